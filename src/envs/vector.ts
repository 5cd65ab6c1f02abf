// Several environments in lock-step, with everything that a learner reads in arrays that never move.
import type { SeedSequence } from "../random/index.ts";
import type { Space } from "../spaces/index.ts";
import type { Env } from "./env.ts";

/** An episode that has ended. */
export interface Episode {
  /** Index of the environment in its vector. */
  environment: number;
  /** Sum of the rewards, not discounted. */
  return: number;
  /** Number of steps. */
  length: number;
}

/**
 * `size` environments of the same spaces, stepped together. An environment whose episode ends is reset in the same step:
 * `observations` then holds the first observation of its next episode, and `finalObservations` the last of the ended one.
 *
 * All arrays are written in place; whoever wants to keep values copies them before the next step.
 */
export interface VectorEnv {
  readonly size: number;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Numbers per encoded observation: `flatSize(observationSpace)`. */
  readonly observationSize: number;
  /** [size, observationSize]: encoded current observations, which the next actions are chosen from. */
  readonly observations: Float32Array;
  /** [size, observationSize]: row i holds where `terminated[i]` or `truncated[i]`, and is stale elsewhere. */
  readonly finalObservations: Float32Array;
  /** [size]: rewards of the last step. */
  readonly rewards: Float64Array;
  /** [size]: 1 where the last step terminated the episode. */
  readonly terminated: Uint8Array;
  /** [size]: 1 where the last step truncated the episode; `terminated` wins where both are 1. */
  readonly truncated: Uint8Array;
  /** The episodes that the last step ended, by environment; the list and its entries are reused. */
  readonly finished: readonly Episode[];
  /** Begins a new episode everywhere, with the next seed of each environment's stream. */
  reset(): void;
  /**
   * Steps every environment.
   *
   * @param actions of the policy: for Discrete [size] indices 0 … n − 1 (the space's start is added here), for a Box
   *   [size, components], clipped to the space's bounds for the environment (the array itself stays as it is)
   * @throws RunError naming environment and step where an environment breaks its contract
   */
  step(actions: Int32Array | Float32Array): void;
  /** Everything that is needed to go on elsewhere with the same bits, as an object that survives JSON. */
  getState(): unknown;
  /** Returns to a state of `getState`, of a vector of the same size over the same environments. */
  setState(state: unknown): void;
}

/**
 * Makes a vector.
 *
 * Environment i draws the seeds of its episodes from a stream of its own, child i of `seeds`: its numbers do not depend on
 * how many others there are. Nothing has been reset yet when it returns: call `reset()`.
 *
 * @throws InputError when there are no environments, one is given twice, or their spaces differ
 */
export function createVectorEnv(envs: readonly Env[], seeds: SeedSequence): VectorEnv {
  throw new Error(`to come: ${envs.length} ${seeds}`);
}
