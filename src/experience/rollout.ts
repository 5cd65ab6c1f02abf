// A rollout: T steps of n environments with one policy, and what learning from them needs.

import type { Trajectories } from "../advantages/index.ts";
import type { ActorCritic } from "../policies/index.ts";
import type { Engine } from "../tensor/index.ts";

/**
 * Steps × environments, time-major: entry t·environments + i is step t of environment i. Overwritten by each
 * collection.
 */
export interface Rollout extends Trajectories {
  /** [entries, observationSize], as the network saw them. */
  readonly observations: Float32Array;
  /** Of shape [entries, actionSize]: indices of discrete choices, components as they were drawn (unclipped). */
  readonly actions: Float32Array;
  /** log π(a_t|s_t) at the time of acting. */
  readonly logProbs: Float32Array;
  /** Of shape [entries, maskSize]: which choices were allowed, where the environment has masks. */
  readonly masks: Uint8Array | undefined;
  /** Of shape [entries, distributionSize]: what gave π(·|s_t) at the time of acting, where it was asked for. */
  readonly distributions: Float32Array | undefined;
  /** Of shape [environments, stateSize]: what a policy with memory remembered at the rollout's first step. */
  readonly firstStates: Float32Array | undefined;
  /**
   * Of shape [entries, observationSize]: what followed each step, before normalization, where observations are
   * normalized.
   */
  readonly rawObservations: Float32Array | undefined;
}

/** What a rollout keeps beyond what every algorithm needs. */
export interface RolloutOptions {
  /** Keeps what gave π(·|s_t): exact KL divergences are computed from it. Default false. */
  readonly distributions?: boolean;
}

/** An empty rollout, in memory that the engine's threads share. */
export function createRollout(
  steps: number,
  environments: number,
  policy: ActorCritic,
  options: RolloutOptions = {},
): Rollout {
  const size = steps * environments;
  const { engine, observationSize, actionSize, distributionSize, maskSize, stateSize, normalizer } = policy;
  return {
    steps,
    environments,
    observations: engine.array("float32", size * observationSize),
    actions: engine.array("float32", size * actionSize),
    logProbs: engine.array("float32", size),
    masks: maskSize > 0 ? engine.array("uint8", size * maskSize) : undefined,
    distributions: options.distributions ? engine.array("float32", size * distributionSize) : undefined,
    firstStates: stateSize > 0 ? engine.array("float32", environments * stateSize) : undefined,
    rawObservations: normalizer ? engine.array("float32", size * observationSize) : undefined,
    rewards: engine.array("float64", size),
    values: engine.array("float64", size),
    nextValues: engine.array("float64", size),
    terminated: engine.array("uint8", size),
    truncated: engine.array("uint8", size),
  };
}

const kinds = {
  observations: "float32",
  actions: "float32",
  logProbs: "float32",
  masks: "uint8",
  distributions: "float32",
  firstStates: "float32",
  rawObservations: "float32",
  rewards: "float64",
  values: "float64",
  nextValues: "float64",
  terminated: "uint8",
  truncated: "uint8",
} as const;
type ArrayName = keyof typeof kinds;
const names = Object.keys(kinds) as ArrayName[];

/** A rollout with room for twice as many steps, which begins with those of `rollout`. */
export function enlarged(rollout: Rollout, policy: ActorCritic): Rollout {
  const larger = createRollout(2 * rollout.steps, rollout.environments, policy, {
    distributions: rollout.distributions !== undefined,
  });
  for (const name of names) larger[name]?.set(rollout[name]!);
  return larger;
}

/**
 * Its first steps: views of the same memory as far as advantages read them; what is fed to programs by the row stays as
 * long as it is.
 */
export function firstSteps(rollout: Rollout, steps: number): Rollout {
  const size = steps * rollout.environments;
  return {
    ...rollout,
    steps,
    rewards: rollout.rewards.subarray(0, size),
    values: rollout.values.subarray(0, size),
    nextValues: rollout.nextValues.subarray(0, size),
    terminated: rollout.terminated.subarray(0, size),
    truncated: rollout.truncated.subarray(0, size),
  };
}

/** Where a rollout lies in the memory that an engine's threads share; survives JSON. */
export interface RolloutPlace {
  readonly steps: number;
  readonly environments: number;
  /** First byte and length of the arrays that there are. */
  readonly arrays: Partial<Record<ArrayName, readonly [number, number]>>;
}

/** Where a rollout's arrays lie, to be posted to other threads. */
export const placeOf = (rollout: Rollout): RolloutPlace => ({
  steps: rollout.steps,
  environments: rollout.environments,
  arrays: Object.fromEntries(
    names.flatMap((name) => (rollout[name] ? [[name, [rollout[name].byteOffset, rollout[name].length]]] : [])),
  ),
});

/** The rollout of another thread, as an attached engine sees it. */
export function rolloutAt({ steps, environments, arrays }: RolloutPlace, engine: Engine): Rollout {
  const views = names.map((name) => {
    const [byteOffset, length] = arrays[name] ?? [];
    return [name, byteOffset === undefined ? undefined : engine.arrayAt(kinds[name], byteOffset, length!)];
  });
  return { steps, environments, ...(Object.fromEntries(views) as Omit<Rollout, "steps" | "environments">) };
}
