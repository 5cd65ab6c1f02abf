// The workers of a training: how many there can be, what they are sent at the start, and how they are spawned.

import { findSpec, isBuiltIn, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { shares, type RemotePlayers } from "../experience/index.ts";
import { whyNoThreads, type Helpers, type Pool } from "../threads/index.ts";
import type { Engine } from "../tensor/index.ts";
import type { ResolvedOptions } from "./options.ts";
import type { HelperSetup } from "./worker-setup.ts";

/** Threads of a training, this one included, and why they are fewer than were asked for. */
export interface Threads {
  readonly pool: Pool | undefined;
  /** The players on the pool's threads, of so many environments over all threads. */
  readonly others?: (environments: number) => RemotePlayers;
  readonly note: string | undefined;
  /** Environments of each thread. */
  readonly shares: readonly number[];
  /**
   * The environments of this thread as the vectors they are stepped in: several, where it plays the workers in turn.
   */
  readonly vectors: readonly number[];
}

/** Each has a JavaScript heap of its own, and few machines have as many processors. */
const mostWorkers = 1024;

/**
 * The pool that options ask for, not yet started.
 *
 * @param asynchronous where each worker has "envs" environments of its own
 * @param missing why workers cannot be started, where that has turned out
 * @throws InputError if workers could not make the environment or the networks, or would have nothing to do
 */
export async function threadsFor(
  algorithm: string,
  options: ResolvedOptions,
  networks: unknown,
  asynchronous = false,
  missing?: string,
): Promise<Threads> {
  const { envs, env } = options;
  const workers = options.workers || 1;
  if (workers > mostWorkers)
    throw new InputError(
      `${algorithm}: option "workers" is ${workers}, but at most ${mostWorkers} threads are possible`,
    );
  if (workers > envs && !asynchronous)
    throw new InputError(
      `${algorithm}: option "workers" is ${workers}, but there are only ${envs} environments to share out: ` +
        `give "envs" at least ${workers}, or fewer workers`,
    );
  if (workers > 1) {
    const problem = unknownToWorkers(env, networks);
    if (problem) throw new InputError(`${algorithm}: option "workers" is ${workers}, but ${problem}, or 1 worker`);
  }
  const spawning = workers > 1 ? await loadSpawning() : undefined;
  const note = workers > 1 ? (whyNoThreads() ?? spawning?.noWorkers ?? missing) : undefined;
  const each = Array.from({ length: workers }, () => envs);
  if (!spawning || note !== undefined)
    return asynchronous
      ? { pool: undefined, note, shares: [envs * workers], vectors: each }
      : { pool: undefined, note, shares: [envs], vectors: [envs] };
  const sizes = asynchronous ? each : shares(envs, workers);
  const { createPool, createRemotePlayers, spawnWorker } = spawning;
  const pool = createPool({ threads: workers, spawn: spawnWorker });
  const others = (environments: number) => createRemotePlayers(pool, environments);
  return { pool, others, note, shares: sizes, vectors: sizes.slice(0, 1) };
}

/** What another thread cannot make by itself: a function stays on the thread that it was made on. */
function unknownToWorkers(env: EnvSource, networks: unknown): string | undefined {
  if (typeof env === "function")
    return '"env" is a function, which other threads cannot call: give an id, or { module } with the URL of a file';
  // What is said of an unknown name is said where it is made.
  if (typeof env === "string" && findSpec(env) && !isBuiltIn(env)) {
    return `"${env}" is registered on this thread only: ` + "give { module } with the URL of the file that exports it";
  }
  if (networks !== undefined) return '"networks" is a function, which other threads cannot call: use "hidden" instead';
  return undefined;
}

/** What can be posted to workers of the options: a URL cannot. */
export function postable(options: ResolvedOptions): ResolvedOptions {
  const { env } = options;
  return typeof env === "object" ? { ...options, env: { ...env, module: String(env.module) } } : options;
}

/** Threads that help with updates where a training has no workers of its own. */
export async function helpersFor(engine: () => Engine): Promise<Helpers | undefined> {
  const spawning = await loadSpawning();
  if (!spawning || spawning.noWorkers) return undefined;
  return spawning.createHelpers(spawning.spawnWorker, () => ({ engine: engine().share([]) }) satisfies HelperSetup);
}

/** What starts threads is loaded where there can be any. */
const loadSpawning = async () => (whyNoThreads() ? undefined : import("./spawning.ts"));
