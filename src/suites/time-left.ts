// How long a benchmark still takes, estimated from the runs that are done or in progress.

import type { TrainingJob } from "./board.ts";

/** The fraction of a run that must be done before its length is estimated from its speed. */
const tellingFraction = 0.02;

/**
 * Seconds until all runs are done; null before that can be estimated.
 *
 * @param atATime runs at the same time
 */
export function secondsLeft(board: readonly TrainingJob[], atATime: number): number | null {
  const lengths = new Map<string, number[]>();
  const perStep: number[] = [];
  for (const run of board) {
    const seconds = wholeLength(run);
    if (seconds === null) continue;
    const known = lengths.get(jobOf(run)) ?? [];
    lengths.set(jobOf(run), [...known, seconds]);
    perStep.push(seconds / stepsOf(run));
  }
  if (perStep.length === 0) return null;
  const expected = (run: TrainingJob) => average(lengths.get(jobOf(run)) ?? []) ?? average(perStep)! * stepsOf(run);
  const left = board.flatMap((run) => {
    if (run.status === "waiting") return [expected(run)];
    return run.status === "running" ? [expected(run) * (1 - (run.progress?.fraction ?? 0))] : [];
  });
  if (left.length === 0) return 0;
  const total = left.reduce((sum, seconds) => sum + seconds, 0);
  return Math.max(total / Math.min(atATime, left.length), ...left);
}

/** Seconds that a run took, or will take by its speed so far. */
function wholeLength({ result, progress }: TrainingJob): number | null {
  if (result !== null) return result.wallSeconds;
  if (progress === null || progress.fraction < tellingFraction) return null;
  return progress.seconds / progress.fraction;
}

const jobOf = ({ task }: TrainingJob) => task.id.replace(/-\d+$/, "");

/** Steps of a run; a guess where its length is in episodes, which the first run in progress corrects. */
const stepsOf = ({ task }: TrainingJob) => task.options.totalSteps ?? 100 * (task.options.totalEpisodes ?? 1);

function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
