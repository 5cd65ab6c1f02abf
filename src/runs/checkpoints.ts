// A run's checkpoints: the last, to resume from, and the best, to use.

import { existsSync, statSync } from "node:fs";
import { InputError } from "../errors.ts";
import { decodeSafetensors, encodeSafetensors } from "../training/index.ts";
import type { Training, UpdateReport } from "../training/index.ts";
import { policyKey } from "../policies/index.ts";
import { readBytes, writeFileAtomic } from "./files.ts";
import { metricsUpToStep } from "./metrics.ts";
import { readConfig, runFiles } from "./run-folder.ts";

/** Episodes that a mean return must cover before it can be the best: early ones are luck. */
const bestEpisodes = 100;

/** What best.safetensors says of itself, in its metadata. */
const scoreKey = "bestScore";
const stepKey = "bestStep";

/**
 * The bytes of a run's last checkpoint; undefined if the run was killed before its first.
 *
 * @throws InputError if it is gone, or damaged.
 */
export function readLastCheckpoint(run: string): Uint8Array | undefined {
  const { last: path, metrics } = runFiles(run);
  if (!existsSync(path)) {
    if (!existsSync(metrics) || metricsUpToStep(metrics, Infinity).length === 0) return undefined;
    throw new InputError(`${run} has no checkpoint to resume from: ${path} does not exist`);
  }
  const bytes = readBytes(path);
  decodeSafetensors(bytes, path);
  return bytes;
}

/**
 * How good the policy of an update is: the mean return of its evaluation where training evaluates, else the mean of the
 * last 100 returns; null if the update has neither.
 */
export function scoreOf(report: UpdateReport, options: Readonly<Record<string, unknown>>): number | null {
  if (Number(options.evaluateEvery) > 0) return report.evaluation?.mean ?? null;
  return report.episodes >= bestEpisodes ? report.meanReturn100 : null;
}

/** Keeps best.safetensors up to date. */
export interface BestKeeper {
  /** Saves the training as it is now if its score is the highest yet. */
  offer(training: Training, score: number): void;
  /** Saves the training if nothing was good enough so far; returns whether it did. */
  settle(training: Training): boolean;
}

/** @param step the step at which the run is resumed: a best of a later step is of updates that were undone */
export function keepBest(run: string, step: number): BestKeeper {
  const path = runFiles(run).best;
  let best = readBest(path, step);
  const save = (training: Training, score: number | null) => {
    const { tensors, metadata } = decodeSafetensors(training.checkpoint());
    const { polgrad: policy = "" } = decodeSafetensors(training.savePolicy()).metadata;
    const marks = {
      [policyKey]: policy,
      [stepKey]: String(training.step),
      ...(score === null ? {} : { [scoreKey]: String(score) }),
    };
    writeFileAtomic(path, encodeSafetensors(tensors, { ...metadata, ...marks }));
    best = { score };
  };
  return {
    offer(training, score) {
      if (best === null || best.score === null || score > best.score) save(training, score);
    },
    settle(training) {
      if (best !== null) return false;
      save(training, null);
      return true;
    },
  };
}

/** The score of an existing best.safetensors; one that is damaged or of a later step is written anew. */
function readBest(path: string, step: number): { score: number | null } | null {
  if (!existsSync(path)) return null;
  try {
    const { metadata } = decodeSafetensors(readBytes(path), path);
    if (!(Number(metadata[stepKey]) <= step)) return null;
    return { score: metadata[scoreKey] === undefined ? null : Number(metadata[scoreKey]) };
  } catch {
    return null;
  }
}

/**
 * The policy of a run, as bytes for `loadPolicy`.
 *
 * @param best The one of best.safetensors, rather than the last.
 * @throws InputError if there is none, or it is damaged.
 */
export function readPolicyBytes(run: string, best = false): Uint8Array {
  const path = best ? runFiles(run).best : runFiles(run).policy;
  if (existsSync(runFiles(run).weights) || existsSync(runFiles(run).model))
    throw new InputError(`${run} is of a learner without an environment: it has no policy`);
  if (!existsSync(path)) {
    const missing = `${run} has no ${best ? "best " : ""}policy yet: ${path} does not exist`;
    const why = "; one is chosen in the course of the run. Without --best, it is the last";
    throw new InputError(best ? `${missing}${why}` : missing);
  }
  const bytes = readBytes(path);
  decodeSafetensors(bytes, path);
  return bytes;
}

/**
 * The policy to begin a run with, as bytes: of a run's folder its last, or what is in a policy's file or a
 * best.safetensors.
 *
 * @throws InputError if there is none
 */
export function readPolicyAt(path: string): Uint8Array {
  if (!existsSync(path) || !statSync(path).isDirectory()) return readBytes(path);
  readConfig(path);
  return readPolicyBytes(path);
}
