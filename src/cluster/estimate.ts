// What a sweep over Redis takes there and on the disk, beforehand: one checkpoint of each kind of training is made.

import { envName } from "../envs/index.ts";
import { createTraining, type ResolvedOptions } from "../training/index.ts";
import type { Keep } from "./job.ts";

/** Bytes of what is kept of trainings, without their logs, which grow with their length. */
export interface Room {
  /** In Redis, for each training in progress or not fetched yet, of the largest kind. */
  readonly redis: number;
  /** On the sweep's disk, for all. */
  readonly disk: number;
}

/** Options that make a checkpoint larger or smaller. */
const telling = ["hidden", "sharedTrunk", "memory", "memorySize", "gaussian", "logStd", "envs", "envOptions"];

/**
 * The room that trainings need.
 *
 * @param keep which checkpoints are kept of each
 */
export async function roomOf(
  trainings: readonly { readonly algorithm: string; readonly options: ResolvedOptions }[],
  keep: Keep,
): Promise<Room> {
  const sizes = new Map<string, { checkpoint: number; policy: number }>();
  let [redis, disk] = [0, 0];
  for (const { algorithm, options } of trainings) {
    const kind = JSON.stringify([algorithm, envName(options.env), ...telling.map((name) => options[name] ?? null)]);
    const size = sizes.get(kind) ?? (await measure(algorithm, options));
    sizes.set(kind, size);
    const { checkpoint, policy } = size;
    redis = Math.max(redis, (keep === "last" ? 1 : 2) * checkpoint + policy);
    disk += (keep === "all" ? 2 : 1) * checkpoint + policy;
  }
  return { redis, disk };
}

async function measure(algorithm: string, options: ResolvedOptions) {
  const training = await createTraining(algorithm, {
    ...options,
    ...(options.workers !== undefined && { workers: 1 }),
  });
  try {
    return { checkpoint: training.checkpoint().length, policy: training.savePolicy().length };
  } finally {
    training.close();
  }
}
