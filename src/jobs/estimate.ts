// How long trainings will take and how much memory, beforehand: a short probe of each kind that there is among them.

import { extname } from "node:path";
import { envName, envSpec } from "../envs/index.ts";
import { RunError } from "../errors.ts";
import { mean } from "../runs/statistics.ts";
import type { ResolvedOptions } from "../training/index.ts";
import { inProcess } from "./fork-job.ts";
import { newJob, runJobs, type CarryOut } from "./run-jobs.ts";
import type { ProbedTask, ProbeReport } from "./training-probe.ts";

/** Options that change what is learned and not how much work that is. */
const sameWork = new Set([
  ...["seed", "totalSteps", "totalEpisodes", "evaluateEvery", "evaluateEpisodes", "gamma", "lambda", "learningRate"],
  ...["learningRateSchedule", "entropyCoefficient", "clip", "clipSchedule", "klCoefficient", "desiredKl"],
  ...["valueCoefficient", "maxGradientNorm", "adamEpsilon", "initialLogStd", "criticLearningRate", "maxKl", "damping"],
]);

/** Trainings of the same algorithm, environment and amount of work, of which one was probed. */
export interface EstimatedKind {
  readonly algorithm: string;
  readonly env: string;
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
  /** How many of the tasks. */
  readonly tasks: number;
  readonly stepsPerSecond: number;
  /** Of one of its processes. */
  readonly bytes: number;
}

/** What trainings will take. */
export interface TrainingEstimate {
  /** Until all are done. */
  readonly seconds: number;
  /** Of each task, in order, evaluation included. */
  readonly taskSeconds: readonly number[];
  /** Of the processes at work at the same time, at the most, after a second; a long run comes to some tens of MiB more. */
  readonly bytes: number;
  readonly atATime: number;
  readonly kinds: readonly EstimatedKind[];
  /** Whether lengths in episodes were reckoned with the episodes of the beginning. */
  readonly isRough: boolean;
}

/** Options of {@link estimateTrainings}. */
export interface EstimateOptions {
  /** Trainings at the same time: as many probes run together, so that they share the machine likewise. */
  readonly atATime: number;
  readonly signal?: AbortSignal;
  /** Carries out a probe. Default: in a process of its own. */
  readonly carryOut?: CarryOut<ProbedTask, ProbeReport>;
}

/**
 * What trainings will take: about two seconds for each kind of them, in which it is trained, saved and evaluated in a
 * temporary folder. Final evaluations are reckoned with the longest episodes that the environment allows.
 *
 * @param tasks in the order in which they will be begun
 * @returns null once the signal is aborted
 * @throws RunError if a probe fails
 */
export async function estimateTrainings(
  tasks: readonly ProbedTask[],
  { atATime, signal, carryOut = forkProbe }: EstimateOptions,
): Promise<TrainingEstimate | null> {
  const together = Math.min(atATime, tasks.length);
  const groups = new Map<string, ProbedTask[]>();
  for (const task of tasks) groups.set(kindOf(task), [...(groups.get(kindOf(task)) ?? []), task]);
  const copies = Math.max(1, Math.ceil(together / Math.max(1, groups.size)));
  const reports = new Map<ProbedTask, ProbeReport>();
  const jobs = [...groups].flatMap(([kind, [task]]) =>
    Array.from({ length: copies }, () => ({
      kind,
      ...newJob<ProbedTask, ProbeReport, ProbeReport>({ ...task }, null),
    })),
  );
  const keep: CarryOut<ProbedTask, ProbeReport> = (task, controls) =>
    carryOut(task, { ...controls, onProgress: (report) => void reports.set(task, report) });
  await runJobs(jobs, { atATime: together, carryOut: keep, resultOf: (task) => reports.get(task) ?? null, signal });
  if (signal?.aborted) return null;
  const failed = jobs.find(({ result }) => result === null);
  if (failed)
    throw new RunError(
      `cannot tell how long ${failed.task.algorithm} on ${envName(failed.task.options.env)} takes: ${failed.error ?? "its probe told nothing"}`,
    );
  const probes = new Map([...groups.keys()].map((kind) => [kind, average(jobs.filter((job) => job.kind === kind).map(({ result }) => result!))])); // prettier-ignore
  const taskSeconds = tasks.map((task) => secondsOf(task, probes.get(kindOf(task))!));
  const largest = tasks.map((task) => probes.get(kindOf(task))!.bytes).sort((a, b) => b - a);
  return {
    seconds: plannedSeconds(taskSeconds, atATime),
    taskSeconds,
    bytes: largest.slice(0, together).reduce((sum, bytes) => sum + bytes, 0),
    atATime: together,
    kinds: [...groups].map(([kind, [{ algorithm, options }, ...others]]) => {
      const { stepsPerSecond, bytes } = probes.get(kind)!;
      return { algorithm, env: envName(options.env), hidden: options.hidden, tasks: 1 + others.length, stepsPerSecond, bytes }; // prettier-ignore
    }),
    isRough: tasks.some(({ options }) => options.totalEpisodes !== null),
  };
}

const forkProbe = inProcess<ProbedTask, ProbeReport>(
  new URL(`./training-probe${extname(import.meta.url)}`, import.meta.url).href,
);

/** What trainings of the same kind have in common. */
const kindOf = ({ algorithm, options }: ProbedTask): string =>
  JSON.stringify([algorithm, Object.entries(options).filter(([name]) => !sameWork.has(name))]);

/** Of probes that ran side by side: the most memory, and the mean of everything else. */
function average(reports: readonly ProbeReport[]): ProbeReport {
  const of = (number: (report: ProbeReport) => number) => mean(reports.map(number));
  const lengths = reports.flatMap(({ meanLength }) => meanLength ?? []);
  return {
    first: { seconds: of(({ first }) => first.seconds), steps: of(({ first }) => first.steps) },
    stepsPerSecond: of(({ stepsPerSecond }) => stepsPerSecond),
    meanLength: lengths.length === 0 ? null : mean(lengths),
    closingSeconds: of(({ closingSeconds }) => closingSeconds),
    evaluation: {
      opening: of(({ evaluation }) => evaluation.opening),
      perStep: of(({ evaluation }) => evaluation.perStep),
    },
    bytes: Math.max(...reports.map(({ bytes }) => bytes)),
  };
}

/** Seconds of one training, from the start of its process to its evaluation. Exported for tests. */
export function secondsOf({ options, evaluation }: ProbedTask, probe: ProbeReport): number {
  const longest = longestEpisode(options) ?? probe.meanLength ?? probe.first.steps;
  const { totalSteps, totalEpisodes, evaluateEvery, evaluateEpisodes } = options;
  const byEpisodes = totalEpisodes === null ? Infinity : totalEpisodes * (probe.meanLength ?? longest);
  const steps = Math.min(totalSteps ?? Infinity, byEpisodes);
  const between = evaluateEvery > 0 ? Math.floor(steps / evaluateEvery) * evaluateEpisodes : 0;
  const { first, stepsPerSecond, closingSeconds, evaluation: cost } = probe;
  return (
    first.seconds +
    Math.max(0, steps - first.steps) / stepsPerSecond +
    closingSeconds +
    cost.opening +
    (evaluation.episodes + between) * longest * cost.perStep
  );
}

/** Steps of an episode at most; null where nobody knows. */
function longestEpisode({ env, envOptions }: ResolvedOptions): number | null {
  const given = envOptions.maxEpisodeSteps;
  if (typeof given === "number") return given;
  return typeof env === "string" ? (envSpec(env).maxEpisodeSteps ?? null) : null;
}

/** Seconds until jobs are done that are begun in their order, each where a place is free. Exported for tests. */
export function plannedSeconds(seconds: readonly number[], atATime: number): number {
  const places = Array<number>(Math.max(1, Math.min(atATime, seconds.length))).fill(0);
  for (const length of seconds) {
    const free = places.indexOf(Math.min(...places));
    places[free] += length;
  }
  return Math.max(...places);
}
