// A short probe of a training, in a process of its own: the training itself, in a folder that is removed again, stopped
// after about a second. What it measures is what a run will take: starting, updates, saving, evaluating, and memory.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeEnvs, type EnvSource } from "../envs/index.ts";
import { openRun } from "../runs/open-run.ts";
import { trainToRun } from "../runs/train-run.ts";
import { mean } from "../runs/statistics.ts";
import { evaluate, type ResolvedOptions } from "../training/index.ts";
import type { JobControls, JobOutcome } from "./run-jobs.ts";

/** A training, as data that another process can be given. */
export interface ProbedTask {
  readonly algorithm: string;
  readonly options: ResolvedOptions;
  readonly evaluation: { readonly episodes: number; readonly deterministic: boolean };
}

/** What a probe measured. Times are in seconds. */
export interface ProbeReport {
  /** From the start of the process to the end of the first update, and the steps that were done by then. */
  readonly first: { readonly seconds: number; readonly steps: number };
  /** Of the updates after that. */
  readonly stepsPerSecond: number;
  /** Of the episodes that ended; null if none did. */
  readonly meanLength: number | null;
  /** What it takes to save and to write the report. */
  readonly closingSeconds: number;
  /** To open the policy and play a first episode, which compiles it; then of each step. */
  readonly evaluation: { readonly opening: number; readonly perStep: number };
  /** The most memory that the process held. */
  readonly bytes: number;
}

/** Seconds of updates that are measured; the first of them are of code that is still being compiled. */
const [measured, warmUp] = [1.2, 0.4];
/** Updates as long as this are not waited for a second time. */
const longUpdate = 4;
const evaluationMilliseconds = 250;

/** Trains for about a second, and reports once. */
export default async function probeTraining(
  { algorithm, options, evaluation }: ProbedTask,
  { signal, onProgress }: JobControls<ProbeReport> = {},
): Promise<JobOutcome> {
  const runDir = mkdtempSync(join(tmpdir(), "polgrad-probe-"));
  const now = () => performance.now() / 1000; // since the process began
  const stop = new AbortController();
  signal?.addEventListener("abort", () => stop.abort());
  const marks: { seconds: number; steps: number }[] = [];
  let began = 0;
  const lengths: number[] = [];
  try {
    const { summary } = await trainToRun(
      algorithm,
      { ...options, evaluateEvery: 0 }, // these are evaluations of their own
      {
        runDir,
        name: "probe",
        signal: stop.signal,
        onStart: () => void (began = now()),
        onUpdate({ step, finished }) {
          marks.push({ seconds: now(), steps: step });
          lengths.push(...finished.map(({ length }) => length));
          const [first] = marks;
          if (now() - first.seconds >= measured || first.seconds - began >= longUpdate) stop.abort();
        },
        onWarning: () => undefined,
      },
    );
    if (signal?.aborted) return "interrupted";
    const [first, last] = [marks[0], marks.at(-1)!];
    const closingSeconds = now() - last.seconds;
    const evaluationCost = await costOfEvaluation(summary.run, options.env, evaluation, now);
    onProgress?.({
      first,
      stepsPerSecond: speedOf(marks, began),
      meanLength: lengths.length === 0 ? null : mean(lengths),
      closingSeconds,
      evaluation: evaluationCost,
      bytes: process.resourceUsage().maxRSS * 1024,
    });
    return "finished";
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
}

async function costOfEvaluation(
  run: string,
  env: EnvSource,
  { deterministic }: ProbedTask["evaluation"],
  now: () => number,
): Promise<ProbeReport["evaluation"]> {
  const begin = now();
  const opened = await openRun(run, { env });
  try {
    await evaluate(opened.policy, opened.env, { episodes: 1, deterministic });
    const playing = now();
    const enough = new AbortController();
    const timer = setTimeout(() => enough.abort(), evaluationMilliseconds);
    const { lengths } = await evaluate(opened.policy, opened.env, { episodes: 100_000, deterministic, signal: enough.signal }); // prettier-ignore
    clearTimeout(timer);
    const steps = lengths.reduce((sum, length) => sum + length, 0);
    return { opening: playing - begin, perStep: (now() - playing) / steps };
  } finally {
    closeEnvs([opened.env], () => undefined);
  }
}

/** Of the updates after warming up; where there are none, of all after the first, or of the first itself. */
function speedOf(marks: readonly { seconds: number; steps: number }[], began: number): number {
  const last = marks.at(-1)!;
  const start = { seconds: began, steps: 0 };
  const warm = marks.find(({ seconds }) => seconds - marks[0].seconds >= warmUp);
  const from = [warm, marks[0], start].find((mark) => mark !== undefined && mark.steps < last.steps)!;
  return (last.steps - from.steps) / (last.seconds - from.seconds);
}
