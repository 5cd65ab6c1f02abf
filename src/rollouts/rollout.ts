// A rollout: T steps of n environments with one policy, and what learning from them needs.

import type { Trajectories } from "../advantages/index.ts";
import type { ActorCritic } from "../policies/index.ts";

/** Steps × environments, time-major: entry t·environments + i is step t of environment i. Overwritten by each collection. */
export interface Rollout extends Trajectories {
  /** [entries, observationSize], as the network saw them. */
  readonly observations: Float32Array;
  /** [entries, actionSize]: indices of discrete choices, components as they were drawn (unclipped). */
  readonly actions: Float32Array;
  /** log π(a_t|s_t) at the time of acting. */
  readonly logProbs: Float32Array;
  /** [entries, maskSize]: which choices were allowed, where the environment has masks. */
  readonly masks: Uint8Array | undefined;
  /** [entries, parameterSize]: what gave π(·|s_t) at the time of acting, where it was asked for. */
  readonly parameters: Float32Array | undefined;
  /** [environments, stateSize]: what a policy with memory remembered at the rollout's first step. */
  readonly firstStates: Float32Array | undefined;
  /** [entries, observationSize]: what followed each step, before normalization, where observations are normalized. */
  readonly rawObservations: Float32Array | undefined;
}

export interface RolloutOptions {
  /** Keeps the parameters of π: exact KL divergences are of these. Default false. */
  readonly parameters?: boolean;
}

export function createRollout(
  steps: number,
  environments: number,
  policy: ActorCritic,
  options: RolloutOptions = {},
): Rollout {
  const size = steps * environments;
  const { observationSize, actionSize, parameterSize, maskSize, stateSize, normalizer } = policy;
  return {
    steps,
    environments,
    observations: new Float32Array(size * observationSize),
    actions: new Float32Array(size * actionSize),
    logProbs: new Float32Array(size),
    masks: maskSize > 0 ? new Uint8Array(size * maskSize) : undefined,
    parameters: options.parameters ? new Float32Array(size * parameterSize) : undefined,
    firstStates: stateSize > 0 ? new Float32Array(environments * stateSize) : undefined,
    rawObservations: normalizer ? new Float32Array(size * observationSize) : undefined,
    rewards: new Float64Array(size),
    values: new Float64Array(size),
    nextValues: new Float64Array(size),
    terminated: new Uint8Array(size),
    truncated: new Uint8Array(size),
  };
}
