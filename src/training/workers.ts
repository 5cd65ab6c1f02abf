// The workers of a training: how many there can be, what they are told at the start, and how they are spawned.

import { isBuiltIn, type EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { shares } from "../rollouts/index.ts";
import { describeSpace, type Space } from "../spaces/index.ts";
import type { EngineHandle } from "../tensor/index.ts";
import {
  browserWorker,
  createPool,
  nodeWorker,
  whyNoThreads,
  type Pool,
  type SpawnedWorker,
} from "../threads/index.ts";
import type { ResolvedOptions } from "./options.ts";

/** What a worker gets to begin with. */
export interface WorkerSetup {
  readonly algorithm: string;
  readonly options: ResolvedOptions;
  readonly engine: EngineHandle;
  /** Environments of each thread. */
  readonly shares: readonly number[];
  /** The spaces, in words, that the environments of every thread have. */
  readonly spaces: string;
}

/** Threads of a training, this one included, and why they are fewer than were asked for. */
export interface Threads {
  readonly pool: Pool | undefined;
  readonly note: string | undefined;
  readonly shares: readonly number[];
}

/**
 * The pool that options ask for, not yet started.
 *
 * @throws InputError where workers could not make the environment or the networks, or would have nothing to do
 */
export function threadsFor(algorithm: string, options: ResolvedOptions, networks: unknown): Threads {
  const { workers = 1, envs, env } = options;
  if (workers > envs)
    throw new InputError(
      `${algorithm}: option "workers" is ${workers}, but there are only ${envs} environments to share out: ` +
        `give "envs" at least ${workers}, or fewer workers`,
    );
  if (workers > 1) {
    const problem = unknownToWorkers(env, networks);
    if (problem) throw new InputError(`${algorithm}: option "workers" is ${workers}, but ${problem}, or 1 worker`);
  }
  const note = workers > 1 ? whyNoThreads() : undefined;
  if (workers === 1 || note !== undefined) return { pool: undefined, note, shares: [envs] };
  return { pool: createPool({ threads: workers, spawn: spawnWorker }), note, shares: shares(envs, workers) };
}

/** What another thread cannot make by itself: a function stays on the thread that it was made on. */
function unknownToWorkers(env: EnvSource, networks: unknown): string | undefined {
  if (typeof env === "function")
    return '"env" is a function, which other threads cannot call: give an id, or { module } with the URL of a file';
  if (typeof env === "string" && !isBuiltIn(env))
    return (
      `"${env}" is known by registerEnv on this thread alone: ` +
      "give { module } with the URL of the file that exports it"
    );
  if (networks !== undefined) return '"networks" is a function, which other threads cannot call: use "hidden"';
  return undefined;
}

/** What can be posted to workers of the options: a URL cannot. */
export function postable(options: ResolvedOptions): ResolvedOptions {
  const { env } = options;
  return typeof env === "object" ? { ...options, env: { ...env, module: String(env.module) } } : options;
}

/** Spaces as threads compare them. */
export const describeSpaces = (of: { readonly observationSpace: Space; readonly actionSpace: Space }): string =>
  `observations ${describeSpace(of.observationSpace)}, actions ${describeSpace(of.actionSpace)}`;

function spawnWorker(): SpawnedWorker {
  const here = import.meta.url;
  const worker = nodeWorker(new URL("./worker.js", here));
  if (worker) return worker;
  // In this very form, so that bundlers find the file.
  return browserWorker(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
}
