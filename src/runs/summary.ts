// The result of a run: the object that `--json` prints, and summary.json.

import type { FinishedEpisode } from "../experience/index.ts";
import type { Training } from "../training/index.ts";
import { writeFileAtomic } from "./files.ts";
import type { FinalEvaluation } from "./final-evaluation.ts";
import { recentReturns } from "./recent-returns.ts";
import { runFiles } from "./run-folder.ts";
import type { RunConfig } from "./run-folder.ts";

/** A run in numbers. */
export interface RunSummary {
  algorithm: string;
  /** Null if the run plays in no environment. */
  env: string | null;
  seed: number;
  steps: number;
  episodes: number;
  /** Seconds of training, of all sittings where the run was resumed. */
  wallSeconds: number;
  stepsPerSecond: number;
  /** Mean return of the last 100 episodes, or of all where there were fewer; null before the first. */
  meanReturn100: number | null;
  /** The first step at which the last 100 returns, of at least 100, had a mean of the environment's threshold. */
  solvedAtStep: number | null;
  /**
   * The first step at which the episodes that ended in the last 2 % of the run's steps, and at least ten, had a mean
   * return of the threshold: how early the policy was that good, where 100 episodes take long.
   */
  reachedAtStep?: number | null;
  weightsSha256: string;
  /** The run's folder. */
  run: string;
  /** What the last policy's own episodes came to, where it has played any. */
  finalEvaluation?: FinalEvaluation;
}

/** `failed` occurs in summary.json only: a training that fails throws. */
export type RunStatus = "finished" | "interrupted" | "failed";

/** What summary.json holds. */
export interface SavedSummary extends RunSummary {
  status: RunStatus;
  /** What stopped a run that failed. */
  error?: string;
  /** What did not seem to fit the problem, where anything did not: each with what to do. */
  warnings?: readonly string[];
  rewardThreshold: number | null;
}

/** The summary of a training as it is now. @param episodes all that have ended */
export function summarize(
  run: string,
  config: RunConfig,
  training: Training,
  wallSeconds: number,
  episodes: readonly FinishedEpisode[],
): RunSummary {
  return {
    algorithm: config.algorithm,
    env: config.env,
    seed: config.seed,
    steps: training.step,
    episodes: training.episodes,
    wallSeconds: Number(wallSeconds.toFixed(3)),
    stepsPerSecond: wallSeconds > 0 ? Math.round(training.step / wallSeconds) : 0,
    meanReturn100: training.meanReturn100,
    solvedAtStep: training.solvedAtStep,
    ...(config.env !== null && {
      reachedAtStep: recentReturns(episodes, training.step, training.rewardThreshold).reachedAtStep,
    }),
    weightsSha256: training.weightsSha256(),
    run,
  };
}

/**
 * Writes summary.json.
 *
 * @param more what stopped a run that failed, and what it warned of
 */
export function writeSummary(
  summary: RunSummary,
  status: RunStatus,
  rewardThreshold: number | null,
  { error, warnings = [] }: Pick<SavedSummary, "error" | "warnings"> = {},
): void {
  const content: SavedSummary = {
    status,
    ...(error !== undefined && { error }),
    ...summary,
    rewardThreshold,
    ...(warnings.length > 0 && { warnings }),
  };
  writeFileAtomic(runFiles(summary.run).summary, `${JSON.stringify(content, null, 2)}\n`);
}

/** A total to extend a run to: twice the present total, or twice the amount done where that is more already. */
export const furtherTotal = (total: number, done: number): number => 2 * (2 * total > done ? total : done);
