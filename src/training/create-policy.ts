// The policy that a training's options ask for: on its own thread, and again on each of its workers.

import type { VectorEnv } from "../envs/index.ts";
import { createMoments } from "../math/moments.ts";
import type { CreateNetworks } from "../nn/index.ts";
import { createActorCritic, type ActorCritic } from "../policies/index.ts";
import type { SeedSequence } from "../random/index.ts";
import { flatSize } from "../spaces/index.ts";
import type { Engine } from "../tensor/index.ts";
import type { ResolvedOptions } from "./options.ts";

/** @param seed of the initial weights */
export function createPolicy(
  engine: Engine,
  { observationSpace, actionSpace, actionMasks }: VectorEnv,
  options: ResolvedOptions,
  seed: SeedSequence,
  networks?: CreateNetworks,
): ActorCritic {
  const { hidden, activation, sharedTrunk, logStd, initialLogStd, memory, memorySize } = options;
  return createActorCritic(engine, {
    observationSpace,
    actionSpace,
    networks: networks ?? { hidden, activation, sharedTrunk, memory, memorySize },
    gaussian: actionSpace.kind === "box" ? { logStd, initialLogStd } : undefined,
    masked: actionMasks !== undefined,
    seed,
    normalizer: options.normalizeObservations ? createMoments(flatSize(observationSpace)) : undefined,
  });
}
