// A board of trainings, as benchmarks and sweeps have them: its jobs, what is there of them already, and what is asked
// before it is worked through.

import { existsSync, readdirSync } from "node:fs";
import { closeEnvs, makeEnv, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { newJob, type Job } from "../jobs/run-jobs.ts";
import { problemList } from "./file-schema.ts";
import { differences, readEvaluation, readTrained } from "./training-task.ts";
import type { TrainingProgress, TrainingTask } from "./training-task.ts";

/** The final evaluation of a run, and how long it was trained. */
export interface RunScore {
  readonly mean: number;
  readonly std: number;
  /** Of training. */
  readonly steps: number;
  readonly wallSeconds: number;
}

/** A training with its state. */
export type TrainingJob = Job<TrainingTask, TrainingProgress, RunScore>;

/** A training as a job, done where its folder says so. */
export const trainingJob = (task: TrainingTask): TrainingJob => newJob(task, scoreOf(task));

/** What a training came to; null until it is trained and evaluated. */
export function scoreOf(task: TrainingTask): RunScore | null {
  const trained = readTrained(task);
  const evaluation = readEvaluation(task);
  if (trained === null || evaluation === null) return null;
  const { steps, wallSeconds } = trained;
  return { mean: evaluation.mean, std: evaluation.std, steps, wallSeconds };
}

/** These seeds, and those of the runs in a folder whose names are `start` and a seed. */
export function withSeedsIn(folder: string, start: string, seeds: readonly number[]): number[] {
  const there = (existsSync(folder) ? readdirSync(folder) : []).flatMap((name) => {
    const rest = name.startsWith(start) ? name.slice(start.length) : "";
    return /^\d+$/.test(rest) ? [Number(rest)] : [];
  });
  return [...new Set([...seeds, ...there])].sort((a, b) => a - b);
}

/** Makes each environment once. @throws InputError that lists those that cannot be made */
export async function checkEnvironments(
  wanted: readonly { readonly env: EnvSource; readonly options: Readonly<Record<string, unknown>> }[],
  title: string,
): Promise<void> {
  const problems = new Set<string>();
  const made = new Set<string>();
  for (const { env, options } of wanted) {
    const key = JSON.stringify([env, options.envOptions]);
    if (made.has(key)) continue;
    made.add(key);
    try {
      closeEnvs([await makeEnv(env, options.envOptions as Record<string, unknown>)], console.warn);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.add(error.message);
    }
  }
  if (problems.size > 0) throw new InputError(problemList(title, [...problems]));
}

/**
 * @param whose whose options the tasks have, and the flag that names another folder, for the message
 * @throws InputError if the folder holds runs of other options: a table must not mix them
 */
export function assertSame(tasks: readonly TrainingTask[], whose: string, flag: string): void {
  const others = tasks.flatMap((task) => {
    const found = differences(task);
    return found.length === 0 ? [] : [`\n- ${task.run}: ${found.join("; ")}`];
  });
  if (others.length === 0) return;
  throw new InputError(
    `the folder holds runs with other options than the ${whose}'s:${others.slice(0, 5).join("")}` +
      `${others.length > 5 ? `\n- and ${others.length - 5} more` : ""}\nRemove them, or name another folder with ${flag}`,
  );
}
