// The results of the runs of a suite: read from their folders, and summarized over the seeds.

import { existsSync } from "node:fs";
import { algorithmNamed, resolveOptions } from "../training/index.ts";
import { readMetrics } from "../runs/metrics.ts";
import { runFiles } from "../runs/run-folder.ts";
import { learningCurves, stepsToGoal } from "./curves.ts";
import type { CurvePoint, CurveRun } from "./curves.ts";
import { readEvaluation, readTrained } from "./training-task.ts";
import type { TrainingTask } from "./training-task.ts";
import { deviation, interquartileMean, mean, median, seedInterval } from "../runs/statistics.ts";
import type { Interval } from "../runs/statistics.ts";
import { envTitle, jobName } from "./suite.ts";
import type { Published, SuiteJob } from "./suite.ts";

/** One run that is trained and evaluated. */
export interface SeedResult {
  seed: number;
  /** The run's folder. */
  run: string;
  /** Of the final evaluation. */
  mean: number;
  /** Over its episodes. */
  std: number;
  min: number;
  max: number;
  steps: number;
  episodes: number;
  /** Mean return of the last 100 episodes of training. */
  meanReturn100: number | null;
  /** The step at which training first had a mean return of the job's goal over 100 episodes. */
  stepsToGoal: number | null;
  wallSeconds: number;
  stepsPerSecond: number;
  weightsSha256: string;
}

/** A job over its seeds. Statistics are of the final evaluations, each seed's mean counting once. */
export interface JobResult {
  name: string;
  algorithm: string;
  env: string;
  /** The length that was asked for; usually one of them is null. */
  totalSteps: number | null;
  totalEpisodes: number | null;
  /** Options that differ from the algorithm's defaults, by a preset or by the suite. */
  options: Record<string, unknown>;
  evaluation: TrainingTask["evaluation"];
  seeds: SeedResult[];
  /** Seeds that failed, and why. */
  failed: { seed: number; error: string }[];
  /** Seeds that are not done. */
  missing: number[];
  /** The rest is null if no seed is done. */
  mean: number | null;
  /** 95 % interval of the mean: by the bootstrap, of two to four seeds Student's t; null of fewer. */
  interval: Interval | null;
  /** Over seeds (n − 1). */
  std: number | null;
  interquartileMean: number | null;
  interquartileInterval: Interval | null;
  min: number | null;
  max: number | null;
  target: number | null;
  /**
   * Whether the mean reached the target; null without one, or while seeds are missing. A seed that failed misses it.
   */
  reached: boolean | null;
  /** What training has to reach: the target, or else the environment's threshold. */
  goal: number | null;
  /** Steps to the goal, of the seeds that reached it. */
  stepsToGoal: { seeds: number; median: number; min: number; max: number } | null;
  /** The median over seeds. */
  stepsPerSecond: number | null;
  wallSeconds: number | null;
  published: Published[];
}

/** What is known of one seed of a job. */
export interface SeedRun {
  seed: number;
  task: TrainingTask;
  /** Why it failed, where it did in this sitting. */
  error?: string;
}

/** A job's result with the curve that figures show of it. */
export interface CollectedJob {
  result: JobResult;
  curve: CurvePoint[];
}

/** Reads the results of a job's runs. @throws InputError if a folder is damaged */
export function collectJob(job: SuiteJob, runs: readonly SeedRun[]): CollectedJob {
  const seeds: SeedResult[] = [];
  const curves: CurveRun[] = [];
  const failed: JobResult["failed"] = [];
  const missing: number[] = [];
  let goal = job.target;
  for (const { seed, task, error } of runs) {
    const summary = readTrained(task);
    const evaluation = readEvaluation(task);
    if (error !== undefined) failed.push({ seed, error });
    else if (summary === null || evaluation === null) missing.push(seed);
    if (error !== undefined || summary === null || evaluation === null) continue;
    const { steps, episodes, meanReturn100, wallSeconds, stepsPerSecond, weightsSha256 } = summary;
    const { metrics } = runFiles(task.run);
    const finished = existsSync(metrics) ? readMetrics(metrics).flatMap((update) => update.finished) : [];
    goal ??= summary.rewardThreshold;
    curves.push({ episodes: finished, steps });
    seeds.push({
      seed,
      run: task.run,
      mean: evaluation.mean,
      std: evaluation.std,
      min: evaluation.min,
      max: evaluation.max,
      steps,
      episodes,
      meanReturn100,
      stepsToGoal: goal === null ? null : stepsToGoal(finished, goal),
      wallSeconds,
      stepsPerSecond,
      weightsSha256,
    });
  }
  const { options, evaluation } = runs[0].task;
  const result: JobResult = {
    name: jobName(job),
    algorithm: job.algorithm,
    env: envTitle(job),
    totalSteps: options.totalSteps,
    totalEpisodes: options.totalEpisodes,
    options: changedOptions(job, options),
    evaluation,
    seeds,
    failed,
    missing,
    ...statistics(seeds),
    ...towardsTarget(job.target, seeds, failed.length, missing.length),
    ...towardsGoal(goal, seeds),
    published: job.published,
  };
  return { result, curve: learningCurves(curves) };
}

function statistics(seeds: readonly SeedResult[]) {
  const means = seeds.map((seed) => seed.mean);
  const ofAll = <T>(statistic: (values: readonly number[]) => T) => (means.length === 0 ? null : statistic(means));
  return {
    mean: ofAll(mean),
    interval: seedInterval(means),
    std: ofAll(deviation),
    interquartileMean: ofAll(interquartileMean),
    interquartileInterval: seedInterval(means, interquartileMean),
    min: ofAll((values) => Math.min(...values)),
    max: ofAll((values) => Math.max(...values)),
    stepsPerSecond: ofAll(() => median(seeds.map((seed) => seed.stepsPerSecond))),
    wallSeconds: ofAll(() => median(seeds.map((seed) => seed.wallSeconds))),
  };
}

function towardsTarget(target: number | null, seeds: readonly SeedResult[], failed: number, missing: number) {
  const isKnown = target !== null && missing === 0 && seeds.length + failed > 0;
  return { target, reached: isKnown ? failed === 0 && mean(seeds.map((seed) => seed.mean)) >= target : null };
}

function towardsGoal(goal: number | null, seeds: readonly SeedResult[]) {
  const steps = seeds.flatMap((seed) => seed.stepsToGoal ?? []);
  if (steps.length === 0) return { goal, stepsToGoal: null };
  const stepsToGoal = { seeds: steps.length, median: median(steps), min: Math.min(...steps), max: Math.max(...steps) };
  return { goal, stepsToGoal };
}

/** What differs from the defaults, but for what a table says anyway. */
function changedOptions({ algorithm }: SuiteJob, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const nowhere = () => Promise.reject(new Error("never made"));
  const defaults: Record<string, unknown> = resolveOptions(algorithmNamed(algorithm), { env: nowhere });
  const isTold = ["env", "envOptions", "seed", "totalSteps", "totalEpisodes"];
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => !isTold.includes(name) && JSON.stringify(value) !== JSON.stringify(defaults[name]),
    ),
  );
}

/** Jobs by their environment, in the order of the suite; jobs without a finished seed are left out. */
export function byEnv(jobs: readonly CollectedJob[]): Map<string, CollectedJob[]> {
  const groups = new Map<string, CollectedJob[]>();
  for (const job of jobs) {
    if (job.result.seeds.length === 0) continue;
    groups.set(job.result.env, [...(groups.get(job.result.env) ?? []), job]);
  }
  return groups;
}
