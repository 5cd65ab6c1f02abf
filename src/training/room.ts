// What a training takes in memory, from its options and spaces, before any of it is allocated: what no machine has is
// refused in words. It leaves out what is small or cannot be told, so that nothing is refused that would have fitted.

import type { AsyncEnv } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import type { CreateNetworks } from "../nn/index.ts";
import { designOptions, designPolicy, normalizes } from "../policies/index.ts";
import { flatSize } from "../spaces/index.ts";
import { whole } from "../text/numbers.ts";
import type { ResolvedOptions } from "./options.ts";

/** Bytes of a training's parts. */
export interface Room {
  /** Environments, which live on JavaScript's heap, and graphs that are unrolled over the steps of a rollout. */
  readonly environments: number;
  readonly graph: number;
  /** Arrays that hold a rollout, and what is computed from it. */
  readonly rollout: number;
  /** Weights, with what the optimizer keeps of each, and the gradients of each slot of an update. */
  readonly weights: number;
  /** What an update is fed with, and the activations of the rows that it works on at a time. */
  readonly program: number;
}

/** An environment with its time limit, its generators and its place in a vector. */
const environmentBytes = 3000;
/** A node of a graph, with those that its gradient adds and what becomes of them. */
const nodeBytes = 2000;
/** What the engine computes at a time, and the slots of its sums over rows. */
const [blockRows, mostSlots] = [64, 16];

/**
 * The memory that a training will take, once it has made its first update.
 *
 * @param env one of its environments
 * @param asynchronous where each worker has "envs" environments of its own
 */
export function roomOf(options: ResolvedOptions, env: AsyncEnv, networks?: CreateNetworks, asynchronous = false): Room {
  const {
    rollout: steps = 1,
    minibatches = 1,
    workers = 1,
    envs,
    optimizer = "adam",
  } = options as ResolvedOptions & Readonly<{ rollout?: number; minibatches?: number; optimizer?: string }>;
  const { observationSpace, actionSpace } = env;
  const spaces = { observationSpace, actionSpace, actionMasks: env.actionMask };
  const { head, maskSize, parameters, networks: made } = designPolicy(designOptions(spaces, options, networks));
  const shapes = parameters.map(({ variable }) => variable.shape as readonly number[]);
  const weights = shapes.reduce((total, shape) => total + shape.reduce((a, b) => a * b, 1), 0);
  const widths = shapes.reduce((total, shape) => total + (shape.length === 2 ? shape[1] : 0), 0);
  const observation = flatSize(observationSpace);
  const entry = observation + head.actionSize + 1 + maskSize; // float32 numbers that a step is learned from

  const environments = envs * (asynchronous ? workers : 1);
  const entries = steps * envs;
  const sequence = (made.stateSize ?? 0) > 0 ? steps : 1;
  const rows = Math.ceil(entries / sequence / Math.min(minibatches, entries / sequence));
  const slots = Math.min(Math.ceil(rows / blockRows), mostSlots);
  const kept = { adam: 2, rmsprop: 1 }[optimizer] ?? 0;
  return {
    environments: environments * (environmentBytes + 16 * observation),
    graph: sequence > 1 ? sequence * shapes.length * nodeBytes : 0,
    rollout:
      entries * (4 * (entry + (normalizes(options, spaces) ? observation : 0)) + (sequence > 1 ? 4 * entry : 0) + 50),
    weights: 4 * weights * (1 + kept + slots),
    program: 4 * (rows * sequence * (entry + 4) + blockRows * sequence * widths * 2),
  };
}

/** What there is, in bytes. Undefined where it cannot be told, as in a page. */
interface Machine {
  readonly memory: number | undefined;
  readonly heap: number | undefined;
}

/** An engine's memory has 32-bit addresses. */
export const engineBytes = 4_294_967_296;

function machine(): Machine {
  const node = globalThis.process;
  if (!node?.versions?.node) return { memory: undefined, heap: undefined };
  return {
    memory: node.getBuiltinModule?.("node:os").totalmem(),
    heap: node.getBuiltinModule?.("node:v8").getHeapStatistics().heap_size_limit,
  };
}

/** Bytes of memory that the machine has. Undefined where it cannot be told, as in a page. */
export const memoryOfMachine = (): number | undefined => machine().memory;

/** The options to lower, by the part that is largest. */
const remedies: Readonly<Record<keyof Room, string>> = {
  environments: 'lower "envs"',
  graph: 'lower "rollout", over whose steps a policy with a memory is unrolled',
  rollout: 'lower "envs" or "rollout"',
  weights: 'lower "hidden", or the size of observations or actions',
  program: 'lower "envs" or "rollout", or give more "minibatches"',
};

/**
 * Whether there is room for a training.
 *
 * @throws InputError with what it would take, what there is, and what to lower
 */
export function assertRoom(
  algorithm: string,
  options: ResolvedOptions,
  env: AsyncEnv,
  { networks, asynchronous }: { readonly networks?: CreateNetworks; readonly asynchronous?: boolean } = {},
  { memory, heap } = machine(),
): void {
  const room = roomOf(options, env, networks, asynchronous);
  const check = (parts: readonly (keyof Room)[], there: number | undefined, what: string): void => {
    const needed = parts.reduce((total, part) => total + room[part], 0);
    if (there === undefined || needed <= there) return;
    const largest = parts.reduce((a, b) => (room[b] > room[a] ? b : a));
    throw new InputError(
      `${algorithm}: this training would take ${gibibytes(needed)} of memory, ${gibibytes(room[largest])} of it for its ` +
        `${largest}, and ${what} ${gibibytes(there)}: ${remedies[largest]}`,
    );
  };
  check(["environments", "graph"], heap, "JavaScript's heap has");
  check(["weights", "program"], engineBytes, "an engine has at most");
  check(["environments", "graph", "rollout", "weights", "program"], memory, "the machine has");
}

/** A number of bytes for a reader, in GiB. */
export const gibibytes = (bytes: number): string => {
  const size = bytes / (1 << 30);
  return `${size < 10 ? Number(size.toFixed(1)) : size < 1e9 ? whole(size) : size.toExponential(0)} GiB`;
};
