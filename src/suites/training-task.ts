// A task of benchmarks and sweeps: a run folder that is trained to its end, from wherever it is, and the evaluation of
// its last policy.

import { existsSync, rmSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import * as z from "zod/mini";
import { createTraining } from "../training/index.ts";
import type { Evaluation, ResolvedOptions } from "../training/index.ts";
import { evaluateRun } from "../runs/evaluate-run.ts";
import { diskProblem, writeFileAtomic } from "../runs/files.ts";
import { assertShape, readJson } from "../runs/json.ts";
import { readSummary } from "../runs/read-run.ts";
import { readConfig, runFiles } from "../runs/run-folder.ts";
import { resumeRun, trainToRun } from "../runs/train-run.ts";
import type { CreateTraining, RunResult } from "../runs/train-run.ts";
import { RunError } from "../errors.ts";
import { inProcess } from "../jobs/fork-job.ts";
import type { JobControls, JobOutcome } from "../jobs/run-jobs.ts";

/** A training with its evaluation, as data that another process can be given. */
export interface TrainingTask {
  /** The name of the run's folder. */
  readonly id: string;
  /** For people: "ppo on CartPole-v1, seed 3". */
  readonly title: string;
  readonly run: string;
  readonly algorithm: string;
  readonly options: ResolvedOptions;
  readonly evaluation: { readonly episodes: number; readonly seed: number; readonly deterministic: boolean };
  /** The command that was typed. */
  readonly command: string;
  /** Whether the run gets its report.html. Default true. */
  readonly report?: boolean;
}

/** How far a training task is. */
export interface TrainingProgress {
  phase: "training" | "evaluating";
  /** From 0 to 1, of the training. */
  fraction: number;
  step: number;
  /** Of the last seconds. */
  stepsPerSecond: number;
  /** Of the last 100 episodes. */
  meanReturn: number | null;
  /** Of training, over all sittings. */
  seconds: number;
}

/** What a task is carried out with; tests put others in their place. */
export interface TrainingMeans {
  createTraining: CreateTraining;
  evaluateRun: typeof evaluateRun;
}

/** evaluation.json in the run's folder. */
export interface SavedEvaluation extends Evaluation {
  readonly episodes: number;
  readonly seed: number;
  readonly deterministic: boolean;
  /** Of the policy that played. */
  readonly weightsSha256: string;
}

/**
 * Trains and evaluates what is not done yet. A run that was interrupted, or whose process was killed, is resumed from
 * its last checkpoint, to the same bits. Once the signal is aborted, it stops after the update or the episode in
 * progress, with everything saved.
 *
 * @throws RunError or InputError for what fails
 */
export default async function carryOutTraining(
  task: TrainingTask,
  { signal, onProgress }: JobControls<TrainingProgress> = {},
  means: TrainingMeans = { createTraining, evaluateRun },
): Promise<JobOutcome> {
  const { run, algorithm, options, command, report, evaluation } = task;
  let latest: TrainingProgress = {
    phase: "training",
    fraction: 0,
    step: 0,
    stepsPerSecond: 0,
    meanReturn: null,
    seconds: 0,
  };
  if (readTrained(task) === null) {
    const settings: Parameters<typeof resumeRun>[1] = {
      command,
      report,
      signal,
      lockSeconds: 30, // a benchmark that was killed leaves jobs that end by themselves
      env: options.env, // the task's own, whatever the folder names
      onUpdate({ step, meanReturn100 }, { fraction, stepsPerSecond, wallSeconds }) {
        latest = { phase: "training", fraction, step, stepsPerSecond, meanReturn: meanReturn100, seconds: wallSeconds };
        onProgress?.(latest);
      },
    };
    let result: RunResult;
    if (existsSync(runFiles(run).last)) result = await resumeRun(run, settings, means.createTraining);
    else {
      clear(run);
      const place = { runDir: dirname(run), name: basename(run) };
      result = await trainToRun(algorithm, options, { ...settings, ...place }, means.createTraining);
    }
    if (result.status === "interrupted") return "interrupted";
  }
  if (readEvaluation(task) !== null) return "finished";
  onProgress?.({ ...latest, phase: "evaluating", fraction: 1 });
  const played = await means.evaluateRun(run, { ...evaluation, env: options.env, signal });
  if (played.returns.length < evaluation.episodes) return "interrupted";
  const { weightsSha256 } = readTrained(task)!;
  const saved: SavedEvaluation = { ...evaluation, weightsSha256, ...played };
  writeFileAtomic(evaluationFile(run), `${JSON.stringify(saved)}\n`);
  return "finished";
}

/** The same, in a process of its own. */
export const forkTraining = inProcess<TrainingTask, TrainingProgress>(
  new URL(`./training-task${extname(import.meta.url)}`, import.meta.url).href,
);

/** The summary of a run that is trained to its end; null of any other. */
export function readTrained({ run }: Pick<TrainingTask, "run">) {
  const summary = readSummary(run);
  return summary?.status === "finished" ? summary : null;
}

/** The evaluation of a run; null if there is none of its present policy with the task's settings. */
export function readEvaluation({ run, evaluation }: Pick<TrainingTask, "run" | "evaluation">): SavedEvaluation | null {
  const path = evaluationFile(run);
  if (!existsSync(path)) return null;
  const saved = assertShape<SavedEvaluation>(readJson(path), evaluationShape, path);
  const asked = { ...evaluation, weightsSha256: readTrained({ run })?.weightsSha256 };
  const isOf = (name: keyof typeof asked) => saved[name] === asked[name];
  return (Object.keys(asked) as (keyof typeof asked)[]).every(isOf) ? saved : null;
}

/** The mean of a run's evaluation.json, if it is of its present policy; null elsewhere. @throws InputError if damaged */
export function readFinalMean(run: string): number | null {
  const path = evaluationFile(run);
  if (!existsSync(path)) return null;
  const { mean, weightsSha256 } = assertShape<SavedEvaluation>(readJson(path), evaluationShape, path);
  return weightsSha256 === readTrained({ run })?.weightsSha256 ? mean : null;
}

/**
 * How an existing run differs from the task: "learningRate 0.001, not 0.0003"; empty if it does not, or
 * there is none. Options that are newer than the run are left out.
 */
export function differences({ run, algorithm, options }: TrainingTask): string[] {
  if (!existsSync(runFiles(run).config)) return [];
  const config = readConfig(run);
  const there: Record<string, unknown> = { algorithm: config.algorithm, ...config.options };
  const wanted: Record<string, unknown> = { algorithm, ...options };
  return Object.keys(wanted).flatMap((name) => {
    const [is, should] = [JSON.stringify(there[name]), JSON.stringify(wanted[name])];
    return is === undefined || is === should ? [] : [`${name} ${is}, not ${should}`];
  });
}

const number = z.nullable(z.number()); // null is one that was not finite
const evaluationShape = z.looseObject({ mean: number, std: number, min: number, max: number });

function evaluationFile(run: string): string {
  return join(run, "evaluation.json");
}

/** Removes what a run left that was killed before its first checkpoint. */
function clear(run: string): void {
  try {
    rmSync(run, { recursive: true, force: true });
  } catch (error) {
    throw new RunError(`cannot clear ${run}: ${diskProblem(error)}`, { cause: error });
  }
}
