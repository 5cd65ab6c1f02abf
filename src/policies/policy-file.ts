// A policy from its bytes: see save-policy.ts.

import type { Bytes } from "../bytes.ts";
import { InputError } from "../errors.ts";
import type { Moments } from "../math/moments.ts";
import type { CreateNetworks, MlpOptions } from "../nn/index.ts";
import { createGenerator, SeedSequence } from "../random/index.ts";
import { decodeSafetensors } from "../read-safetensors.ts";
import type { StoredTensor } from "../safetensors.ts";
import { describeSpace, flatSize, spaceFromJson, type Space } from "../spaces/index.ts";
import type { Engine, Variable } from "../tensor/index.ts";
import { plainOptions } from "../text/plain-options.ts";
import { shortened, valueText } from "../text/values.ts";
import { assembleActorCritic, designPolicy, type PolicyDesign } from "./actor-critic.ts";
import { damaged, readDescription } from "./description.ts";
import type { Policy } from "./policy.ts";
import { descriptionKey, policyKey, type PolicyDescription } from "./save-policy.ts";

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
  /** Whether it is the policy in a run's best checkpoint, which has further tensors. */
  readonly ofCheckpoint: boolean;
  /** What messages call it. */
  readonly name: string;
}

/** What a policy needs to act; its type has the whole engine, for algorithms. */
export type ActingEngine = Pick<Engine, "strict" | "compile" | "write" | "read">;

/** @throws InputError when the bytes are damaged, or are something else */
export function readPolicy(bytes: Bytes, name: string): SavedPolicy {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const ofCheckpoint = metadata[policyKey] !== undefined;
  const description = readDescription(metadata[ofCheckpoint ? policyKey : descriptionKey], name);
  return { tensors, description, ofCheckpoint, name };
}

/**
 * The policy that bytes hold.
 *
 * @throws InputError when the bytes are damaged, are something else, or do not fit the networks
 */
export async function openPolicy(
  bytes: Bytes,
  options: LoadPolicyOptions,
  createEngine: (options: { strict: boolean }) => Promise<ActingEngine>,
): Promise<Policy> {
  const { name, networks } = checkedOptions(options);
  const { tensors, description, ofCheckpoint } = readPolicy(bytes, name);
  if (description.networks === "custom" && !networks)
    throw new InputError(
      `${name} has custom networks: pass the function that makes them as loadPolicy(bytes, { networks })`,
    );
  const policyOptions = {
    observationSpace: spaceOf(description, "observation", name),
    actionSpace: spaceOf(description, "action", name),
    networks: networks ?? (description.networks as MlpOptions),
    gaussian: description.gaussian,
    masked: description.masked,
    normalizer: description.normalizer ?? undefined,
  };
  assertNormalizer(description.normalizer, policyOptions.observationSpace, name);
  assertDepth(description.networks, tensors, name);
  const design = explained(name, () => designPolicy(policyOptions));
  const weights = new Map(design.parameters.map((p) => [p, weightsOf(p.variable, tensors, name)]));
  const foreign = tensors.size > weights.size && !ofCheckpoint ? foreignTensor(design, tensors) : undefined;
  if (foreign !== undefined) damaged(name, `it has a tensor "${shortened(foreign)}", which its networks do not have`);

  const engine = await createEngine({ strict: description.strict });
  const generator = createGenerator(new SeedSequence(0));
  return assembleActorCritic(engine as Engine, policyOptions, design, generator, (p) => weights.get(p)!);
}

/** Callers without types may pass anything. */
function checkedOptions(options: LoadPolicyOptions): { name: string; networks: CreateNetworks | undefined } {
  const { name = "the policy", networks } = plainOptions(options, "the options of loadPolicy");
  if (typeof name !== "string") throw new InputError(`loadPolicy: "name" must be text, not ${valueText(name)}`);
  if (networks !== undefined && typeof networks !== "function")
    throw new InputError(`loadPolicy: "networks" must be a function, as mlp({ hidden }), not ${valueText(networks)}`);
  return { name, networks };
}

/** What `make` makes, or why it cannot, of what. */
function explained<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${what}: ${error.message}`, { cause: error });
  }
}

/**
 * Choices are stored as float32, which is exact up to here; so no policy has more. What a file says of its spaces is
 * bounded by that even where networks of a user's own do not depend on it.
 */
const mostNumbers = 1 << 24;

export function spaceOf(description: PolicyDescription, what: "observation" | "action", name: string): Space {
  const space = explained(`the ${what} space of ${name}`, () => spaceFromJson(description[`${what}Space`]));
  if (flatSize(space) > mostNumbers)
    damaged(name, `its ${what} space, ${shortened(describeSpace(space))}, has more than ${mostNumbers} numbers`);
  return space;
}

export function assertNormalizer(moments: Moments | null, space: Space, name: string): void {
  if (moments === null) return;
  const components = flatSize(space);
  const { mean, variance, low, high } = moments;
  if ((low === undefined) !== (high === undefined)) damaged(name, "its normalizer has one end of a range alone");
  for (const [part, values] of Object.entries({ mean, variance, low, high }))
    if (values !== undefined && values.length !== components)
      damaged(
        name,
        `its normalizer's ${part} has ${values.length} components, and ${shortened(describeSpace(space))} has ${components}`,
      );
  const empty = low && high ? low.findIndex((bound, i) => bound > high[i]) : -1;
  if (empty >= 0) damaged(name, `component ${empty} of its normalizer has an empty range`);
}

/** So many layers as a file has no weights for are not even sketched: each hidden layer has two tensors or more. */
function assertDepth(networks: MlpOptions | "custom", tensors: ReadonlyMap<string, unknown>, name: string): void {
  const layers = networks === "custom" ? 0 : (networks.hidden?.length ?? 0);
  if (2 * layers > tensors.size) damaged(name, `it tells of ${layers} hidden layers, and has ${tensors.size} tensors`);
}

/** The stored numbers of a variable, which must be there, in its shape, and finite. */
export function weightsOf(variable: Variable, tensors: ReadonlyMap<string, StoredTensor>, name: string): Float32Array {
  const stored = tensors.get(variable.name);
  if (!stored) throw new InputError(`${name} has no tensor "${variable.name}"`);
  const { dtype, shape, data } = stored;
  if (dtype !== "F32" || shape.join() !== variable.shape.join())
    throw new InputError(
      `${name}: tensor "${variable.name}" is ${dtype} ${valueText(shape)}, ` +
        `and the network needs F32 [${variable.shape.join(", ")}]`,
    );
  const weights = data as Float32Array;
  const infinite = weights.findIndex((x) => !Number.isFinite(x));
  if (infinite >= 0) damaged(name, `number ${infinite} of tensor "${variable.name}" is ${weights[infinite]}`);
  return weights;
}

/** The name of a stored tensor that is none of the design's parameters. */
function foreignTensor({ parameters }: PolicyDesign, tensors: ReadonlyMap<string, unknown>): string | undefined {
  const known = new Set(parameters.map((p) => p.variable.name));
  return [...tensors.keys()].find((tensor) => !known.has(tensor));
}
