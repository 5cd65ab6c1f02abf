// How well algorithms learn: all jobs of a suite with all seeds, several at a time, each in a run folder of its own, and
// then tables, figures and a report. What is done already is not done again.

import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { closeEnvs, makeEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { fileNameOf } from "../text/names.ts";
import { suiteFiles, openFolder, writeSuite } from "./folder.ts";
import { isLeft, newJob, runJobs, type CarryOut, type Job } from "../jobs/run-jobs.ts";
import { differences, evaluationSeed, forkTraining, readEvaluation, readTrained } from "./training-task.ts";
import type { TrainingProgress, TrainingTask } from "./training-task.ts";
import { collectJob } from "./results.ts";
import type { CollectedJob, SeedRun } from "./results.ts";
import { checkJobs, jobId, jobOptions, jobTitle, selectJobs } from "./suite.ts";
import type { Suite, SuiteJob } from "./suite.ts";
import { writeResults } from "./write-results.ts";

/** The final evaluation of a run, and how long it was trained. */
export interface RunScore {
  readonly mean: number;
  readonly std: number;
  readonly wallSeconds: number;
}

/** A job of the suite with one seed, and its state. */
export interface BoardRun extends Job<TrainingTask, TrainingProgress, RunScore> {
  readonly job: SuiteJob;
  readonly seed: number;
}

/** Settings of {@link runBenchmark}. */
export interface BenchmarkSettings {
  /** The benchmark's folder. Default "benchmarks/<name of the suite>". */
  out?: string;
  /** Only jobs that match: see `selectJobs`. Tables still show what is done of the others. */
  only?: string;
  /** Other seeds than the suite's. */
  seeds?: readonly number[];
  /** Jobs at the same time. Default: as many as the machine has hardware threads. */
  jobs?: number;
  /** Once aborted, the jobs in progress stop after their update and save, and no other starts. */
  signal?: AbortSignal;
  /** The command that was typed, for the configuration of each run. */
  command?: string;
  /** Called once everything is checked. */
  onStart?: (board: readonly BoardRun[], out: string, jobs: number) => void;
  /** Called when a run's status or progress has changed. */
  onChange?: (run: BoardRun) => void;
  /** Carries out one run. Default: in a process of its own. */
  carryOut?: CarryOut<TrainingTask, TrainingProgress>;
}

/** What {@link runBenchmark} returns. */
export interface BenchmarkResult {
  suite: string;
  /** The benchmark's folder. */
  out: string;
  status: "finished" | "interrupted";
  /** Runs that failed in this sitting. */
  failed: number;
  jobs: CollectedJob["result"][];
}

/**
 * Runs what is not done of a suite, and writes tables, figures and report of all that is. A run that fails is reported
 * in the result, and leaves the others alone.
 *
 * @throws InputError for a suite that cannot run, or a folder that holds other runs; RunError if the disk refuses
 */
export async function runBenchmark(suite: Suite, settings: BenchmarkSettings = {}): Promise<BenchmarkResult> {
  const {
    out = join("benchmarks", fileNameOf(suite.name)),
    signal,
    carryOut = forkTraining,
    command = "runBenchmark(…)",
  } = settings;
  const seeds = settings.seeds ?? suite.seeds;
  const chosen = settings.only === undefined ? suite.jobs : selectJobs(suite.jobs, settings.only);
  checkJobs(chosen, suite.name);
  await checkEnvironments(chosen, suite.name);
  const atATime = settings.jobs ?? availableParallelism();

  const close = openFolder(out);
  try {
    const taskOf = (job: SuiteJob, seed: number) => makeTask(suite, job, seed, out, command);
    const shown = suite.jobs.filter((job) => chosen.includes(job) || canRun(job));
    assertSame(shown.flatMap((job) => allSeeds(out, job, seeds).map((seed) => taskOf(job, seed))));
    writeSuite(out, suite);

    // The first seed of each job first: a benchmark that is stopped early then covers every job.
    const board = seeds.flatMap((seed) => chosen.map((job) => boardRun(job, seed, taskOf(job, seed))));
    settings.onStart?.(board, out, atATime);
    await runJobs(board, { atATime, carryOut, resultOf, signal, onChange: settings.onChange });

    const collected = shown.flatMap((job) => {
      const runs = allSeeds(out, job, chosen.includes(job) ? seeds : []).map((seed): SeedRun => {
        const error = board.find((run) => run.job === job && run.seed === seed)?.error ?? undefined;
        return { seed, task: taskOf(job, seed), error };
      });
      return runs.length === 0 ? [] : [collectJob(job, runs)];
    });
    await writeResults(out, suite, collected, atATime);
    return {
      suite: suite.name,
      out,
      status: signal?.aborted && board.some(isLeft) ? "interrupted" : "finished",
      failed: board.filter(({ status }) => status === "failed").length,
      jobs: collected.map(({ result }) => result),
    };
  } finally {
    close();
  }
}

function makeTask(suite: Suite, job: SuiteJob, seed: number, out: string, command: string): TrainingTask {
  const id = `${jobId(job)}-${seed}`;
  return {
    id,
    title: `${jobTitle(job)}, seed ${seed}`,
    run: join(suiteFiles(out).runs, id),
    algorithm: job.algorithm,
    options: jobOptions(job, seed),
    evaluation: {
      episodes: job.episodes ?? suite.episodes,
      seed: evaluationSeed,
      deterministic: job.deterministic,
    },
    command,
  };
}

const boardRun = (job: SuiteJob, seed: number, task: TrainingTask): BoardRun => ({
  job,
  seed,
  ...newJob<TrainingTask, TrainingProgress, RunScore>(task, resultOf(task)),
});

function resultOf(task: TrainingTask): RunScore | null {
  const trained = readTrained(task);
  const evaluation = readEvaluation(task);
  if (trained === null || evaluation === null) return null;
  return { mean: evaluation.mean, std: evaluation.std, wallSeconds: trained.wallSeconds };
}

/** The seeds of a job, and those that its runs in the folder have besides. */
function allSeeds(out: string, job: SuiteJob, seeds: readonly number[]): number[] {
  const start = `${jobId(job)}-`;
  const there = readdirSync(suiteFiles(out).runs).flatMap((name) => {
    const rest = name.startsWith(start) ? name.slice(start.length) : "";
    return /^\d+$/.test(rest) ? [Number(rest)] : [];
  });
  return [...new Set([...seeds, ...there])].sort((a, b) => a - b);
}

function canRun(job: SuiteJob): boolean {
  try {
    checkJobs([job], "");
    return true;
  } catch {
    return false;
  }
}

/** Makes each environment once. @throws InputError that lists those that cannot be made */
async function checkEnvironments(jobs: readonly SuiteJob[], where: string): Promise<void> {
  const problems = new Set<string>();
  const made = new Set<string>();
  for (const { env, options } of jobs) {
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
  if (problems.size > 0) throw new InputError(`the suite ${where} cannot run: ${[...problems].join("\n")}`);
}

/** @throws InputError if the folder holds runs of other options: a table must not mix them. */
function assertSame(tasks: readonly TrainingTask[]): void {
  const others = tasks.flatMap((task) => {
    const found = differences(task);
    return found.length === 0 ? [] : [`\n- ${task.run}: ${found.join("; ")}`];
  });
  if (others.length === 0) return;
  throw new InputError(
    `the folder holds runs with other options than the suite's:${others.slice(0, 5).join("")}` +
      `${others.length > 5 ? `\n- and ${others.length - 5} more` : ""}\nRemove them, or name another folder with --out`,
  );
}
