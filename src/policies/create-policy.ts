// The policy that options describe: on the main thread of a training, and again on each of its workers.

import type { GaussianKind } from "../distributions/index.ts";
import { createRangedMoments } from "../math/moments.ts";
import type { CreateNetworks } from "../nn/index.ts";
import type { SeedSequence } from "../random/index.ts";
import { flatSize, type Space } from "../spaces/index.ts";
import type { Engine } from "../tensor/index.ts";
import { createActorCritic, type ActorCriticOptions } from "./actor-critic.ts";
import type { ActorCritic } from "./policy.ts";

/** Options that make a policy; what is left out has the default of its network or distribution. */
export interface PolicyOptions {
  readonly hidden?: readonly number[];
  readonly activation?: "tanh" | "relu";
  readonly sharedTrunk?: boolean;
  readonly memory?: "none" | "gru";
  readonly memorySize?: number;
  readonly gaussian?: GaussianKind;
  readonly logStd?: "parameter" | "network";
  readonly initialLogStd?: number;
  readonly normalizeObservations?: boolean;
}

/** What a policy sees and does; a vector of environments has it. */
export interface Spaces {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Defined where some actions are forbidden at times. */
  readonly actionMasks?: unknown;
}

/** Whether observations are normalized: what is encoded as zeros and ones has no scale. */
export const normalizes = ({ normalizeObservations }: PolicyOptions, { observationSpace }: Spaces): boolean =>
  normalizeObservations === true && observationSpace.kind === "box";

/** What options say of a policy, but for its numbers. */
export function designOptions(
  { observationSpace, actionSpace, actionMasks }: Spaces,
  options: PolicyOptions,
  networks?: CreateNetworks,
): Omit<ActorCriticOptions, "seed" | "normalizer"> {
  const { hidden, activation, sharedTrunk, memory, memorySize } = options;
  const { gaussian: kind, logStd, initialLogStd } = options;
  return {
    observationSpace,
    actionSpace,
    networks: networks ?? { hidden, activation, sharedTrunk, memory, memorySize },
    gaussian: actionSpace.kind === "box" ? { kind, logStd, initialLogStd } : undefined,
    masked: actionMasks !== undefined,
  };
}

/**
 * @param seed of the initial weights
 * @param networks instead of those that the options describe
 */
export const createPolicy = (
  engine: Engine,
  spaces: Spaces,
  options: PolicyOptions,
  seed: SeedSequence,
  networks?: CreateNetworks,
): ActorCritic =>
  createActorCritic(engine, {
    ...designOptions(spaces, options, networks),
    seed,
    normalizer: normalizes(options, spaces) ? createRangedMoments(flatSize(spaces.observationSpace)) : undefined,
  });
