// A piece of a trial, carried out in a process of its own: a training from where it was left to its next rung, and an
// evaluation of its policy there. What the training itself comes to, a failure too, is a result; what is thrown is the
// machine's.

import { existsSync, mkdirSync } from "node:fs";
import { dirname, extname } from "node:path";
import { wouldRecur } from "../errors.ts";
import { inProcess } from "../jobs/fork-job.ts";
import type { JobControls, JobOutcome } from "../jobs/run-jobs.ts";
import { readBytes, writeFileAtomic } from "../runs/files.ts";
import { messageOf } from "../text/values.ts";
import {
  createTraining,
  createTurns,
  evaluate,
  runInTurns,
  type ResolvedOptions,
  type Training,
} from "../training/index.ts";
import type { Outcome } from "./plan.ts";

/** A piece of a trial, as data that another process can be given. */
export interface TrialTask {
  readonly algorithm: string;
  readonly options: ResolvedOptions;
  /** The part of the training after which it stops, from 0 to 1. */
  readonly share: number;
  readonly evaluation: { readonly episodes: number; readonly seed: number; readonly deterministic: boolean };
  /** The file that the training goes on from, and leaves. */
  readonly checkpoint: string;
}

/** How far a piece is; the last one tells what it came to. */
export interface TrialProgress {
  /** From 0 to 1, of the training up to this rung. */
  readonly fraction: number;
  readonly step: number;
  /** Of the last 100 episodes. */
  readonly meanReturn: number | null;
  /** Whether other options might fare better: the training diverged, rather than failed. */
  readonly diverged?: boolean;
  readonly outcome?: Outcome;
}

const checkpointMilliseconds = 10_000;

/**
 * Carries a piece out. Once the signal is aborted, it stops after the update in progress, and its checkpoint goes on from
 * there, to the same bits.
 *
 * @throws RunError if the disk refuses
 */
export default async function carryOutTrial(
  { algorithm, options, share, evaluation, checkpoint }: TrialTask,
  { signal, onProgress }: JobControls<TrialProgress> = {},
): Promise<JobOutcome> {
  let progress: TrialProgress = { fraction: 0, step: 0, meanReturn: null };
  const end = (outcome: Outcome, diverged = false): JobOutcome => {
    onProgress?.({ ...progress, fraction: 1, outcome, ...(diverged && { diverged }) });
    return "finished";
  };
  const fail = (error: unknown) =>
    end({ value: null, problem: messageOf(error), steps: progress.step, weightsSha256: null }, wouldRecur(error));
  const begun = existsSync(checkpoint) ? readBytes(checkpoint) : undefined;
  let training: Training;
  try {
    training = await createTraining(algorithm, options, begun);
  } catch (error) {
    return fail(error);
  }
  try {
    const takeTurns = createTurns();
    let savedAt = performance.now();
    while (training.fractionDone < share && !training.done) {
      try {
        await runInTurns(training.updateInSlices(), takeTurns);
      } catch (error) {
        return fail(error);
      }
      const { step, meanReturn100: meanReturn } = training;
      progress = { fraction: Math.min(1, training.fractionDone / share), step, meanReturn };
      onProgress?.(progress);
      const now = performance.now();
      if (!signal?.aborted && now - savedAt < checkpointMilliseconds) continue;
      save();
      savedAt = now;
      if (signal?.aborted) return "interrupted";
    }
    save();
    let value: number;
    try {
      const env = await training.anotherEnv!();
      const played = await evaluate(training.policy, env, { ...evaluation, signal });
      if (played.returns.length < evaluation.episodes) return "interrupted";
      value = played.mean;
    } catch (error) {
      return fail(error);
    }
    const weightsSha256 = training.weightsSha256();
    if (!Number.isFinite(value)) return end({ value: null, problem: `its mean return is ${value}`, steps: training.step, weightsSha256 }, true); // prettier-ignore
    return end({ value, steps: training.step, weightsSha256 });
  } finally {
    training.close(() => undefined);
  }

  function save(): void {
    mkdirSync(dirname(checkpoint), { recursive: true });
    writeFileAtomic(checkpoint, training.checkpoint(), true);
  }
}

/** The same, in a process of its own. */
export const forkTrial = inProcess<TrialTask, TrialProgress>(
  new URL(`./trial-task${extname(import.meta.url)}`, import.meta.url).href,
);
