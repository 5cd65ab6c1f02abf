// Works through a board of jobs, several at a time: benchmarks, sweeps and experiments. It knows nothing of what the
// jobs are; the caller says how one is carried out, and how its result is found once it is done.

import { messageOf } from "../text/values.ts";

/** A task and its state. */
export interface Job<Task = unknown, Progress = unknown, Result = unknown> {
  /** What is to be done, as data that another process can be given. */
  readonly task: Task;
  /** `earlier`: it was done before this board was made. */
  status: "earlier" | "waiting" | "running" | "finished" | "interrupted" | "failed";
  /** The latest, of this board. */
  progress: Progress | null;
  /** Null until it is done. */
  result: Result | null;
  /** Why it failed. */
  error: string | null;
}

/** How a job is stopped and followed. */
export interface JobControls<Progress> {
  /** Once aborted, a job stops as soon as it has saved everything that it needs to be resumed. */
  readonly signal?: AbortSignal;
  /** Called with the latest progress. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Called where the job is carried out elsewhere, and that is not at once: whether it waits there, or runs. Until then it
   * counts as running.
   */
  readonly onStatus?: (status: "waiting" | "running") => void;
}

/** Whether a job came to its end or stopped on request. */
export type JobOutcome = "finished" | "interrupted";

/** Carries out a task, or the rest of one that was interrupted. */
export type CarryOut<Task, Progress> = (task: Task, controls: JobControls<Progress>) => Promise<JobOutcome>;

/** A job, done where there is a result of it already. */
export const newJob = <Task, Progress, Result>(task: Task, result: Result | null): Job<Task, Progress, Result> => ({
  task,
  status: result === null ? "waiting" : "earlier",
  progress: null,
  result,
  error: null,
});

/** Options of {@link runJobs}. */
export interface RunJobs<Task, Progress, Result, J extends Job<Task, Progress, Result>> {
  /** Jobs that run at the same time. */
  readonly atATime: number;
  readonly carryOut: CarryOut<Task, Progress>;
  /** The result of a task that was carried out. */
  readonly resultOf: (task: Task) => Result | null;
  /** Once aborted, the jobs in progress are interrupted, and no other starts. */
  readonly signal?: AbortSignal;
  /** Called when the status or the progress of a job has changed. */
  readonly onChange?: (job: J) => void;
}

/**
 * Carries out the jobs that wait, in their order, and keeps their state up to date. A job that fails holds the message
 * of its error, and leaves the others alone.
 */
export async function runJobs<Task, Progress, Result, J extends Job<Task, Progress, Result>>(
  jobs: readonly J[],
  { atATime, carryOut, resultOf, signal, onChange }: RunJobs<Task, Progress, Result, J>,
): Promise<void> {
  const waiting = jobs.filter(({ status }) => status === "waiting");
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined && !signal?.aborted; job = waiting.shift()) {
      const current = job;
      current.status = "running";
      onChange?.(current);
      const onProgress = (progress: Progress): void => {
        current.progress = progress;
        onChange?.(current);
      };
      const onStatus = (status: "waiting" | "running"): void => {
        current.status = status;
        onChange?.(current);
      };
      try {
        current.status = await carryOut(current.task, { signal, onProgress, onStatus });
        current.result = resultOf(current.task);
      } catch (error) {
        current.status = "failed";
        current.error = messageOf(error);
      }
      onChange?.(current);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, waiting.length) }, work));
}

/** Whether there is something left to do of a job, for the next time. */
export const isLeft = ({ status }: Job): boolean => status === "waiting" || status === "interrupted";
