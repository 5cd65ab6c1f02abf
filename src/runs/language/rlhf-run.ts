// What a run of RLHF came to, from its folder: the numbers of the built-in case, or those that any run has.

import { existsSync } from "node:fs";
import type { reviews } from "../../language/index.ts";
import { wholeLinesOf } from "../files.ts";
import { readRun } from "../read-run.ts";
import { runFiles } from "../run-folder.ts";

/** The same, without what only a known truth gives. */
export type RlhfRun = Omit<reviews.ReviewsRun, "truth" | "truthPeak" | "wellFormed" | "distinct"> &
  Partial<Pick<reviews.ReviewsRun, "truth" | "truthPeak" | "wellFormed" | "distinct">> & { readonly run: string };

/** Iterations over which the end is averaged: a single one is noisy. */
const ending = 5;

/** Null before its first iteration is logged. */
export function rlhfRunOf(run: string, klCoefficient: number): RlhfRun | null {
  const { updates } = readRun(run);
  if (updates.length === 0) return null;
  const mean = (name: string): number => {
    const last = updates.slice(-ending);
    return last.reduce((total, { metrics }) => total + metrics[name], 0) / last.length;
  };
  const isJudged = updates[0].metrics.truth !== undefined;
  return {
    run,
    klCoefficient,
    ...(isJudged && {
      truth: mean("truth"),
      truthPeak: updates.reduce((most, { metrics }) => Math.max(most, metrics.truth), -Infinity),
      wellFormed: mean("wellFormed"),
      distinct: mean("distinct"),
    }),
    proxy: mean("score"),
    kl: mean("kl"),
    length: mean("length"),
    entropy: mean("entropy"),
    steps: updates.map(({ update, metrics: { truth, score, kl, wellFormed, distinct, length, entropy } }) => ({ iteration: update, truth, proxy: score, kl, wellFormed, distinct, length, entropy })), // prettier-ignore
    samples: samplesOf(run),
  };
}

/** Texts of the last iteration, with their prompts. */
function samplesOf(run: string): string[] {
  const { texts } = runFiles(run);
  if (!existsSync(texts)) return [];
  let last = "{}";
  for (const { text } of wholeLinesOf(texts)) last = text;
  const { written = [] } = JSON.parse(last) as { written?: readonly { prompt: string; text: string }[] };
  return written.slice(0, 8).map(({ prompt, text }) => (/^[\p{L}\p{N}]/u.test(text) ? `${prompt} ${text}` : `${prompt}${text}`)); // prettier-ignore
}
