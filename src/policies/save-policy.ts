// A policy as bytes: weights, networks, spaces and normalizer in one safetensors file, so that none can be forgotten.

import type { GaussianOptions } from "../distributions/index.ts";
import type { Moments } from "../math/moments.ts";
import type { MlpOptions } from "../nn/index.ts";
import { encodeSafetensors, storedTensor, type StoredTensor } from "../safetensors.ts";
import { spaceToJson, type SpaceJson } from "../spaces/index.ts";
import type { ActorCritic, Policy } from "./policy.ts";

export const descriptionFormat = "polgrad-policy-1";

/** What a file says of its policy. */
export interface PolicyDescription {
  readonly format: typeof descriptionFormat;
  readonly observationSpace: SpaceJson;
  readonly actionSpace: SpaceJson;
  readonly networks: MlpOptions | "custom";
  /** How draws become actions and where log σ comes from, for a Box of actions. */
  readonly gaussian?: GaussianOptions;
  /** Whether actions were masked. */
  readonly masked?: boolean;
  readonly normalizer: Moments | null;
  readonly strict: boolean;
}

/** The key of its description in a file's metadata, and in a checkpoint's, which describes itself under the former. */
export const descriptionKey = "polgrad";
export const policyKey = "policy";

/** Bytes that `loadPolicy` makes the policy from again, in Node or in a page: a safetensors file. */
export function savePolicy(policy: Policy): Uint8Array {
  const { engine, observationSpace, actionSpace, architecture, normalizer, ...rest } = policy as ActorCritic;
  const description = {
    format: descriptionFormat,
    observationSpace: spaceToJson(observationSpace),
    actionSpace: spaceToJson(actionSpace),
    networks: architecture,
    gaussian: actionSpace.kind === "box" ? rest.gaussianOptions : undefined,
    masked: rest.maskSize > 0 || undefined,
    normalizer: normalizer ?? null,
    strict: engine.strict,
  } satisfies PolicyDescription;
  const weights = rest.weights.map((v): [string, StoredTensor] => [
    v.name,
    storedTensor(engine.read(v), v.shape as number[]),
  ]);
  return encodeSafetensors(weights, { [descriptionKey]: JSON.stringify(description) });
}
