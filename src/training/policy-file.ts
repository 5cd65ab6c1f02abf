// A policy as bytes: weights, networks, spaces and normalizer in one safetensors file, so that none can be forgotten.

import { InputError } from "../errors.ts";
import { SeedSequence } from "../random/index.ts";
import type { Moments } from "../math/moments.ts";
import type { GaussianOptions } from "../distributions/index.ts";
import type { CreateNetworks, MlpOptions } from "../nn/index.ts";
import { createActorCritic, type ActorCritic, type Policy } from "../policies/index.ts";
import { spaceFromJson, spaceToJson, type SpaceJson } from "../spaces/index.ts";
import { createEngine } from "../tensor/index.ts";
import { decodeSafetensors, encodeSafetensors, storedTensor, type StoredTensor } from "./safetensors.ts";

const format = "polgrad-policy-1";

interface PolicyDescription {
  readonly format: string;
  readonly observationSpace: SpaceJson;
  readonly actionSpace: SpaceJson;
  readonly networks: MlpOptions | "custom";
  /** Where log σ comes from, for a Box of actions. */
  readonly gaussian?: GaussianOptions;
  /** Whether actions were masked. */
  readonly masked?: boolean;
  readonly normalizer: Moments | null;
  readonly strict: boolean;
}

/** Bytes that `loadPolicy` makes the policy from again, in Node or in a page: a safetensors file. */
export function savePolicy(policy: Policy): Uint8Array {
  const { engine, observationSpace, actionSpace, architecture, normalizer, ...rest } = policy as ActorCritic;
  const description: PolicyDescription = {
    format,
    observationSpace: spaceToJson(observationSpace),
    actionSpace: spaceToJson(actionSpace),
    networks: architecture,
    gaussian: actionSpace.kind === "box" ? rest.gaussianOptions : undefined,
    masked: rest.maskSize > 0 || undefined,
    normalizer: normalizer ?? null,
    strict: engine.strict,
  };
  return encodeSafetensors(storedWeights(policy as ActorCritic), { polgrad: JSON.stringify(description) });
}

/** The weights of a policy, by name. */
export const storedWeights = ({ engine, parameters }: ActorCritic): [string, StoredTensor][] =>
  parameters.map(({ variable }) => [variable.name, storedTensor(engine.read(variable), variable.shape as number[])]);

/** What {@link loadPolicy} needs beyond the bytes. */
export interface LoadPolicyOptions {
  /** The networks, where the policy was trained with networks of the user's own. */
  readonly networks?: CreateNetworks;
  /** What messages call the bytes, such as the file's name. */
  readonly name?: string;
}

/**
 * The policy that `savePolicy` made the bytes of, on an engine of its own.
 *
 * @throws InputError when the bytes are damaged, are something else, or do not fit the networks
 */
export async function loadPolicy(bytes: Uint8Array, options: LoadPolicyOptions = {}): Promise<Policy> {
  const { name = "the policy", networks } = options;
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const description = readDescription(metadata.polgrad, name);
  if (description.networks === "custom" && !networks)
    throw new InputError(
      `${name} has custom networks: pass the function that makes them as loadPolicy(bytes, { networks })`,
    );
  const engine = await createEngine({ strict: description.strict });
  const policy = createActorCritic(engine, {
    observationSpace: spaceFromJson(description.observationSpace),
    actionSpace: spaceFromJson(description.actionSpace),
    networks: networks ?? (description.networks as MlpOptions),
    gaussian: description.gaussian,
    masked: description.masked,
    normalizer: description.normalizer ?? undefined,
    seed: new SeedSequence(0),
  });
  loadWeights(policy, tensors, name);
  return policy;
}

/** Sets the weights of a policy from stored tensors; each must be there, in its shape. */
export function loadWeights(policy: ActorCritic, tensors: ReadonlyMap<string, StoredTensor>, name: string): void {
  for (const { variable } of policy.parameters) {
    const stored = tensors.get(variable.name);
    if (!stored) throw new InputError(`${name} has no tensor "${variable.name}"`);
    if (stored.dtype !== "F32" || stored.shape.join() !== variable.shape.join())
      throw new InputError(
        `${name}: tensor "${variable.name}" is ${stored.dtype} [${stored.shape.join(", ")}], ` +
          `and the network needs F32 [${variable.shape.join(", ")}]`,
      );
    policy.engine.write(variable, stored.data as Float32Array);
  }
}

function readDescription(json: string | undefined, name: string): PolicyDescription {
  let description: PolicyDescription | undefined;
  try {
    description = json === undefined ? undefined : (JSON.parse(json) as PolicyDescription);
  } catch {
    // Treated like a missing description.
  }
  if (description?.format !== format)
    throw new InputError(
      `${name} is a safetensors file, but not a policy that polgrad saved (its format is not "${format}")`,
    );
  if (!isDescription(description))
    throw new InputError(`${name} is damaged: its description of the policy is incomplete`);
  return description;
}

const isDescription = (d: PolicyDescription): boolean =>
  typeof d.strict === "boolean" &&
  (d.networks === "custom" ||
    (typeof d.networks === "object" && d.networks !== null && Array.isArray(d.networks.hidden ?? []))) &&
  (d.normalizer === null || (Array.isArray(d.normalizer?.mean) && Array.isArray(d.normalizer.variance)));
