// How far experiments are: one line, redrawn on a terminal; in a pipe or a file a line now and then.

import type { TrialJob } from "../experiments/run-experiments.ts";
import type { Output } from "./context.ts";
import { columnsOf, createLiveLines, freeColumns, isLive } from "./live-lines.ts";
import { clockTime } from "./progress.ts";

/** Shows how far the trials are. */
export interface TrialProgress {
  /** To be called when the status or the progress of a trial has changed. */
  change(): void;
  /** Clears what is redrawn, so that other text can be written. */
  clear(): void;
}

/** For `--quiet`. */
export const noTrialProgress: TrialProgress = { change: () => {}, clear: () => {} };

const plainMilliseconds = 30_000;

/** @param now Milliseconds, for tests. */
export function createTrialProgress(
  output: Output,
  board: readonly TrialJob[],
  atATime: number,
  now: () => number = () => performance.now(),
): TrialProgress {
  const start = now();
  if (isLive(output)) {
    const live = createLiveLines(output, now);
    const line = () => trialsLine(board, atATime, (now() - start) / 1000);
    return {
      change: () => live.isDue() && live.draw([line().slice(0, columnsOf(output) - freeColumns)]),
      clear: () => live.clear(),
    };
  }
  let toldAt = start;
  return {
    change() {
      if (now() - toldAt < plainMilliseconds) return;
      toldAt = now();
      output.write(`${trialsLine(board, atATime, (now() - start) / 1000)}\n`);
    },
    clear() {},
  };
}

/** "12 of 120 trials done, gae-lambda running, 2:10 left". Exported for tests. */
export function trialsLine(board: readonly TrialJob[], atATime: number, seconds: number): string {
  const done = board.filter(({ status }) => status === "finished" || status === "earlier").length;
  const failed = board.filter(({ status }) => status === "failed").length;
  const running = [...new Set(board.flatMap((job) => (job.status === "running" ? [job.task.experiment] : [])))];
  const left = secondsLeft(board, atATime, seconds);
  return [
    `${done} of ${board.length} trials done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(running.length > 0 ? [running.join(", ")] : []),
    ...(left === null ? [] : [`${clockTime(left)} left`]),
  ].join(" · ");
}

/** Seconds to go, from the weight that was done since the start; null before anything was. */
function secondsLeft(board: readonly TrialJob[], atATime: number, seconds: number): number | null {
  const weightOf = ({ task }: TrialJob) => task.trial.weight ?? 1;
  let done = 0;
  let left = 0;
  for (const job of board) {
    if (job.status === "finished") done += weightOf(job);
    else if (job.status === "running") {
      const share = job.progress ?? 0;
      done += share * weightOf(job);
      left += (1 - share) * weightOf(job);
    } else if (job.status === "waiting") left += weightOf(job);
  }
  const running = board.filter(({ status }) => status === "running").length;
  if (done <= 0 || left <= 0 || seconds < 1) return null;
  return (seconds / done) * left * Math.max(1, running / atATime);
}
