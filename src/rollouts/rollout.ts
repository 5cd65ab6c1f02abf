// A rollout: T steps of n environments with one policy, and what learning from them needs.

import type { Trajectories } from "../advantages/index.ts";

/** Steps × environments, time-major: entry t·environments + i is step t of environment i. Overwritten by each collection. */
export interface Rollout extends Trajectories {
  /** Width of an encoded observation. */
  readonly observationSize: number;
  /** [steps · environments, observationSize], as the network saw them. */
  readonly observations: Float32Array;
  /** Indices of the actions. */
  readonly actions: Float32Array;
  /** log π(a_t|s_t) at the time of acting. */
  readonly logProbs: Float32Array;
}

export function createRollout(steps: number, environments: number, observationSize: number): Rollout {
  const size = steps * environments;
  return {
    steps,
    environments,
    observationSize,
    observations: new Float32Array(size * observationSize),
    actions: new Float32Array(size),
    logProbs: new Float32Array(size),
    rewards: new Float64Array(size),
    values: new Float64Array(size),
    nextValues: new Float64Array(size),
    terminated: new Uint8Array(size),
    truncated: new Uint8Array(size),
  };
}
