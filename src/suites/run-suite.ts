// Runs a suite: all jobs with all seeds, several at a time, each in a run folder of its own, and then its tables,
// figures and report. What is done already is not done again.

import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { makeEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { benchmarkFiles, openFolder, writeSuite } from "./folder.ts";
import { forkJob } from "../jobs/fork-job.ts";
import { differences, evaluationSeed, readEvaluation, readTrained } from "../jobs/job.ts";
import type { JobControls, JobOutcome, JobProgress, Plan } from "../jobs/job.ts";
import { collectJob } from "./results.ts";
import type { CollectedJob, SeedRun } from "./results.ts";
import { checkJobs, jobId, jobOptions, jobTitle, selectJobs } from "./suite.ts";
import type { Suite, SuiteJob } from "./suite.ts";
import { writeResults } from "./write-results.ts";

/** One job with one seed, and how far it is. */
export interface BoardRun {
  readonly job: SuiteJob;
  readonly seed: number;
  readonly plan: Plan;
  /** `earlier`: it was finished before this sitting. */
  status: "earlier" | "waiting" | "running" | "finished" | "interrupted" | "failed";
  /** The latest of this sitting. */
  progress: JobProgress | null;
  /** Of the final evaluation, once there is one. */
  result: { mean: number; std: number; wallSeconds: number } | null;
  /** Why it failed. */
  error: string | null;
}

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
  /** What was typed, for the configuration of each run. */
  command?: string;
  /** Called once everything is checked. */
  onStart?: (board: readonly BoardRun[], out: string, jobs: number) => void;
  /** Called when a run's status or progress has changed. */
  onChange?: (run: BoardRun) => void;
  /** Carries out one run. Default: in a process of its own. */
  carryOut?: (plan: Plan, controls: JobControls) => Promise<JobOutcome>;
}

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
 * Runs what is not done of a suite, and writes tables, figures and report of all that is. A run that fails is told in
 * the result, and leaves the others alone.
 *
 * @throws InputError for a suite that cannot run, or a folder that holds other runs; RunError where the disk refuses
 */
export async function runBenchmark(suite: Suite, settings: BenchmarkSettings = {}): Promise<BenchmarkResult> {
  const { out = join("benchmarks", suite.name), signal, carryOut = forkJob, command = "runBenchmark(…)" } = settings;
  const seeds = settings.seeds ?? suite.seeds;
  const chosen = settings.only === undefined ? suite.jobs : selectJobs(suite.jobs, settings.only);
  checkJobs(chosen, suite.name);
  await checkEnvironments(chosen, suite.name);
  const atATime = settings.jobs ?? availableParallelism();

  const close = openFolder(out);
  try {
    const planOf = (job: SuiteJob, seed: number) => makePlan(suite, job, seed, out, command);
    const shown = suite.jobs.filter((job) => chosen.includes(job) || canRun(job));
    assertSame(shown.flatMap((job) => allSeeds(out, job, seeds).map((seed) => planOf(job, seed))));
    writeSuite(out, suite);

    // The first seed of each job first: whoever stops early has something of everything.
    const board = seeds.flatMap((seed) => chosen.map((job) => boardRun(job, seed, planOf(job, seed))));
    settings.onStart?.(board, out, atATime);
    await workThrough(board, atATime, carryOut, settings);

    const collected = shown.flatMap((job) => {
      const runs = allSeeds(out, job, chosen.includes(job) ? seeds : []).map((seed): SeedRun => {
        const error = board.find((run) => run.job === job && run.seed === seed)?.error ?? undefined;
        return { seed, plan: planOf(job, seed), error };
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

const isLeft = ({ status }: BoardRun) => status === "waiting" || status === "interrupted";

/** Takes run after run, `atATime` of them together, until all are done or the signal is aborted. */
async function workThrough(
  board: readonly BoardRun[],
  atATime: number,
  carryOut: NonNullable<BenchmarkSettings["carryOut"]>,
  { signal, onChange }: BenchmarkSettings,
): Promise<void> {
  const waiting = board.filter(({ status }) => status === "waiting");
  const work = async () => {
    for (let run = waiting.shift(); run !== undefined && !signal?.aborted; run = waiting.shift()) {
      const current = run;
      current.status = "running";
      onChange?.(current);
      try {
        const onProgress = (progress: JobProgress) => {
          current.progress = progress;
          onChange?.(current);
        };
        current.status = await carryOut(current.plan, { signal, onProgress });
        current.result = resultOf(current.plan);
      } catch (error) {
        current.status = "failed";
        current.error = error instanceof Error ? error.message : String(error);
      }
      onChange?.(current);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, waiting.length) }, work));
}

function makePlan(suite: Suite, job: SuiteJob, seed: number, out: string, command: string): Plan {
  const id = `${jobId(job)}-${seed}`;
  return {
    id,
    title: `${jobTitle(job)}, seed ${seed}`,
    run: join(benchmarkFiles(out).runs, id),
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

function boardRun(job: SuiteJob, seed: number, plan: Plan): BoardRun {
  const result = resultOf(plan);
  return { job, seed, plan, status: result ? "earlier" : "waiting", progress: null, result, error: null };
}

function resultOf(plan: Plan): BoardRun["result"] {
  const trained = readTrained(plan);
  const evaluation = readEvaluation(plan);
  if (trained === null || evaluation === null) return null;
  return { mean: evaluation.mean, std: evaluation.std, wallSeconds: trained.wallSeconds };
}

/** The seeds of a job, and those that its runs in the folder have besides. */
function allSeeds(out: string, job: SuiteJob, seeds: readonly number[]): number[] {
  const start = `${jobId(job)}-`;
  const there = readdirSync(benchmarkFiles(out).runs).flatMap((name) => {
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
      (await makeEnv(env, options.envOptions as Record<string, unknown>)).close?.();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.add(error.message);
    }
  }
  if (problems.size > 0) throw new InputError(`the suite ${where} cannot run: ${[...problems].join("\n")}`);
}

/** @throws InputError where the folder holds runs of other options: a table must not mix them. */
function assertSame(plans: readonly Plan[]): void {
  const others = plans.flatMap((plan) => {
    const found = differences(plan);
    return found.length === 0 ? [] : [`\n- ${plan.run}: ${found.join("; ")}`];
  });
  if (others.length === 0) return;
  throw new InputError(
    `the folder holds runs with other options than the suite's:${others.slice(0, 5).join("")}` +
      `${others.length > 5 ? `\n- and ${others.length - 5} more` : ""}\nRemove them, or name another folder with --out`,
  );
}
