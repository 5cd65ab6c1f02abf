// Hand-made folders of RLHF.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { metricsLine } from "../../../src/runs/metrics.ts";
import type { TextsOfUpdate, WatchedText } from "../../../src/runs/rlhf-report/texts.ts";
import { runFiles, writeConfig } from "../../../src/runs/run-folder.ts";

/** What a run is made of; `metrics` are those of update 1, 2, …. */
export interface HandMade {
  readonly beta?: number;
  readonly updates?: number;
  readonly metrics?: (update: number) => Record<string, number>;
  readonly texts?: readonly TextsOfUpdate[];
  readonly command?: string;
  readonly algorithm?: string;
}

/** Makes a run's folder. */
export function makeRun(folder: string, made: HandMade = {}): string {
  const { beta = 0.1, updates = 20, metrics = () => ({ score: 1, kl: 1 }), texts, command = "polgrad rlhf" } = made;
  mkdirSync(folder, { recursive: true });
  writeConfig(folder, {
    format: "polgrad-run",
    formatVersion: 1,
    algorithm: made.algorithm ?? "rlhf",
    env: null,
    seed: 11,
    options: { klCoefficient: beta, episodes: 32 },
    versions: { polgrad: "0.2.0", node: "20.19.0" },
    platform: { os: "linux", arch: "x64", cpu: "a processor" },
    startedAt: "2026-11-27T01:51:00.000Z",
    command,
    resumed: [],
  });
  const lines = Array.from({ length: updates }, (_, i) => {
    const update = i + 1;
    const [step, finished] = [32 * update, []];
    return metricsLine({ update, step, episodes: step, meanReturn100: null, metrics: metrics(update), finished });
  });
  writeFileSync(runFiles(folder).metrics, lines.join(""));
  if (texts) writeFileSync(join(folder, "texts.jsonl"), texts.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return folder;
}

/** A text behind a fixed prompt, each token as likely as before. */
export function watchedText(tokens: readonly string[], more: Partial<WatchedText> = {}): WatchedText {
  const all = (x: number): number[] => tokens.map(() => x);
  return { prompt: "the service was", tokens, logProbs: all(-1), referenceLogProbs: all(-1), values: all(0.5), advantages: all(0.25), score: 1, ended: true, ...more }; // prettier-ignore
}

/** A line of texts.jsonl. */
export const textsLine = (update: number, texts: Partial<TextsOfUpdate> = {}): TextsOfUpdate => ({
  update,
  step: 32 * update,
  written: [],
  watched: [watchedText(["nice", ".", "<|endoftext|>"])],
  ...texts,
});
