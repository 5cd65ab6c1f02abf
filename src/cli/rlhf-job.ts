// One β of the built-in case, in a process of its own.

import type { JobControls, JobOutcome } from "../jobs/run-jobs.ts";
import { reviews } from "../language/index.ts";

/** What is to be done. */
export interface ReviewsTask {
  readonly klCoefficient: number;
  readonly seed: number;
  readonly iterations: number;
  readonly strict: boolean;
}

/** How far it is; at the end with what it came to. */
export interface ReviewsProgress {
  readonly step: reviews.ReviewsStep;
  readonly run?: reviews.ReviewsRun;
}

/** Trains, and tells each iteration. */
export default async function carryOutReviews(
  task: ReviewsTask,
  { signal, onProgress }: JobControls<ReviewsProgress> = {},
): Promise<JobOutcome> {
  const run = await reviews.runReviews({ ...task, signal, onStep: (step) => onProgress?.({ step }) });
  const step = run.steps.at(-1);
  if (step) onProgress?.({ step, run });
  return signal?.aborted ? "interrupted" : "finished";
}
