// How well algorithms learn: all jobs of a suite with all seeds, several at a time, each in a run folder of its own, and
// then tables, figures and a report. What is done already is not done again.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileNameOf } from "../text/names.ts";
import { assertSame, checkEnvironments, scoreOf, trainingJob, withSeedsIn, type TrainingJob } from "./board.ts";
import { suiteFiles, openFolder, writeSuite } from "./folder.ts";
import { isLeft, runJobs, type CarryOut } from "../jobs/run-jobs.ts";
import { evaluationSeed } from "../runs/final-evaluation.ts";
import { forkTraining } from "./training-task.ts";
import type { TrainingProgress, TrainingTask } from "./training-task.ts";
import { collectJob } from "./results.ts";
import type { CollectedJob, SeedRun } from "./results.ts";
import { checkJobs, jobId, jobOptions, jobTitle, selectJobs } from "./suite.ts";
import type { Suite, SuiteJob } from "./suite.ts";
import { writeResults } from "./write-results.ts";

/** A job of the suite with one seed, and its state. */
export interface BoardRun extends TrainingJob {
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
  await checkEnvironments(chosen, `the suite ${suite.name} cannot run`);
  const atATime = settings.jobs ?? availableParallelism();

  const close = openFolder(out);
  try {
    const taskOf = (job: SuiteJob, seed: number) => makeTask(suite, job, seed, out, command);
    const seedsOf = (job: SuiteJob, some: readonly number[]) =>
      withSeedsIn(suiteFiles(out).runs, `${jobId(job)}-`, some);
    const shown = suite.jobs.filter((job) => chosen.includes(job) || canRun(job));
    assertSame(
      shown.flatMap((job) => seedsOf(job, seeds).map((seed) => taskOf(job, seed))),
      "suite",
      "--out",
    );
    writeSuite(out, suite);

    // The first seed of each job first: a benchmark that is stopped early then covers every job.
    const board = seeds.flatMap((seed) => chosen.map((job) => boardRun(job, seed, taskOf(job, seed))));
    settings.onStart?.(board, out, atATime);
    await runJobs(board, { atATime, carryOut, resultOf: scoreOf, signal, onChange: settings.onChange });

    const collected = shown.flatMap((job) => {
      const runs = seedsOf(job, chosen.includes(job) ? seeds : []).map((seed): SeedRun => {
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
  ...trainingJob(task),
});

function canRun(job: SuiteJob): boolean {
  try {
    checkJobs([job], "");
    return true;
  } catch {
    return false;
  }
}
