// A policy as bytes: weights, networks, spaces and normalizer in one safetensors file, so that none can be forgotten.

import { InputError } from "../errors.ts";
import type { Algorithm } from "../algorithms/index.ts";
import { SeedSequence } from "../random/index.ts";
import { restoreMoments, type Moments } from "../math/moments.ts";
import type { GaussianOptions } from "../distributions/index.ts";
import type { CreateNetworks, MlpOptions } from "../nn/index.ts";
import { createActorCritic, type ActorCritic, type Policy } from "../policies/index.ts";
import { describeSpace, sameSpace, spaceFromJson, spaceToJson, type Space, type SpaceJson } from "../spaces/index.ts";
import { createEngine } from "../tensor/index.ts";
import { inCode } from "./option-values.ts";
import type { ResolvedOptions } from "./options.ts";
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

/** A policy's file, read. */
export interface SavedPolicy {
  readonly description: PolicyDescription;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What messages call it. */
  readonly name: string;
}

/** @throws InputError when the bytes are damaged, or are something else */
export function readPolicy(bytes: Uint8Array, name: string): SavedPolicy {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  return { tensors, description: readDescription(metadata.polgrad, name), name };
}

/** The options of an algorithm that a policy fixes, for a training that begins with it. */
export function policyOptions({ description }: SavedPolicy, { options }: Algorithm): Record<string, unknown> {
  const { networks, gaussian, normalizer } = description;
  const fixed: Record<string, unknown> = {
    ...(networks === "custom" ? {} : networks),
    ...(gaussian && { gaussian: gaussian.kind ?? "clipped", logStd: gaussian.logStd ?? "parameter" }),
    normalizeObservations: normalizer !== null,
  };
  return Object.fromEntries(
    Object.entries(fixed).filter(([name, value]) => value !== undefined && Object.hasOwn(options.shape, name)),
  );
}

/** @throws InputError if options contradict the policy that a training is to begin with */
export function assertPolicyOptions(saved: SavedPolicy, algorithm: Algorithm, options: ResolvedOptions): void {
  const wrong = Object.entries(policyOptions(saved, algorithm)).filter(
    ([name, value]) => JSON.stringify(options[name]) !== JSON.stringify(value),
  );
  if (wrong.length === 0) return;
  const all = wrong.map(([name, value]) => `option "${name}" is ${inCode(options[name])}, but ${saved.name} has ${inCode(value)}`); // prettier-ignore
  throw new InputError(`${all.join("; ")}: leave it out`);
}

/** Gives a policy the weights and the normalizer of a saved one. @throws InputError if spaces or networks differ */
export function applyPolicy({ description, tensors, name }: SavedPolicy, policy: ActorCritic): void {
  for (const space of ["observationSpace", "actionSpace"] as const) {
    const [theirs, ours] = [spaceFromJson(description[space]), policy[space]];
    if (!alike(theirs, ours, space))
      throw new InputError(
        `${name} has the ${space} ${describeSpace(theirs)}, and the environment has ${describeSpace(ours)}`,
      );
  }
  loadWeights(policy, tensors, name);
  if (policy.normalizer && description.normalizer) restoreMoments(policy.normalizer, description.normalizer);
}

/** Whether a policy of one space acts in another: observations may have other bounds, actions may not. */
const alike = (a: Space, b: Space, which: "observationSpace" | "actionSpace"): boolean =>
  which === "observationSpace" && a.kind === "box" && b.kind === "box"
    ? a.shape.join() === b.shape.join()
    : sameSpace(a, b);

/**
 * The policy that `savePolicy` made the bytes of, on an engine of its own.
 *
 * @throws InputError when the bytes are damaged, are something else, or do not fit the networks
 */
export async function loadPolicy(bytes: Uint8Array, options: LoadPolicyOptions = {}): Promise<Policy> {
  const { name = "the policy", networks } = options;
  const { tensors, description } = readPolicy(bytes, name);
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
