// A policy as bytes: weights, networks, spaces and normalizer in one safetensors file, so that none can be forgotten.

import * as z from "zod/mini";
import { gaussianKinds } from "../distributions/index.ts";
import type { EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import type { Algorithm } from "../algorithms/index.ts";
import { restoreMoments, type Moments } from "../math/moments.ts";
import type { CreateNetworks, MlpOptions } from "../nn/index.ts";
import {
  assembleActorCritic,
  designPolicy,
  type ActorCritic,
  type Policy,
  type PolicyOf,
  type PolicyDesign,
} from "../policies/index.ts";
import { createGenerator, SeedSequence } from "../random/index.ts";
import { describeSpace, flatSize, sameSpace, spaceFromJson, spaceToJson, type Space } from "../spaces/index.ts";
import { createEngine, type Variable } from "../tensor/index.ts";
import { plainOptions } from "../text/plain-options.ts";
import { messageOf, shortened, valueText } from "../text/values.ts";
import type { Bytes } from "../bytes.ts";
import { isNewerFormat, newerFormat } from "./file-format.ts";
import type { ResolvedOptions } from "./options.ts";
import { decodeSafetensors, encodeSafetensors, storedTensor, type StoredTensor } from "../safetensors.ts";
import { parseStrictJson } from "../strict-json.ts";

const format = "polgrad-policy-1";

/** The key of its description in a file's metadata, and in a checkpoint's, which describes itself under the former. */
const descriptionKey = "polgrad";
export const policyKey = "policy";

const size = z.int().check(z.minimum(1));
const least0 = z.number().check(z.nonnegative());
const bounds = z.array(z.union([z.number(), z.literal(["inf", "-inf"])]));

const space = z.union([
  z.strictObject({ kind: z.literal("box"), shape: z.array(size), low: bounds, high: bounds }),
  z.strictObject({ kind: z.literal("discrete"), n: size, start: z.int() }),
  z.strictObject({ kind: z.literal("multiDiscrete"), counts: z.array(size) }),
  z.strictObject({ kind: z.literal("multiBinary"), n: size }),
]);

/** What a file says of its policy. */
const descriptionSchema = z.strictObject({
  format: z.literal(format),
  observationSpace: space,
  actionSpace: space,
  networks: z.union([
    z.literal("custom"),
    z.strictObject({
      hidden: z.optional(z.array(size)),
      activation: z.optional(z.enum(["tanh", "relu"])),
      sharedTrunk: z.optional(z.boolean()),
      memory: z.optional(z.enum(["none", "gru"])),
      memorySize: z.optional(size),
    }),
  ]),
  /** How draws become actions and where log σ comes from, for a Box of actions. */
  gaussian: z.optional(
    z.strictObject({
      kind: z.optional(z.enum(gaussianKinds)),
      logStd: z.optional(z.enum(["parameter", "network"])),
      initialLogStd: z.optional(z.number()),
    }),
  ),
  /** Whether actions were masked. */
  masked: z.optional(z.boolean()),
  normalizer: z.nullable(
    z.strictObject({
      count: least0,
      mean: z.array(z.number()),
      variance: z.array(least0),
      low: z.optional(z.array(z.number())),
      high: z.optional(z.array(z.number())),
    }),
  ),
  strict: z.boolean(),
});
type PolicyDescription = z.infer<typeof descriptionSchema>;

/** Bytes that `loadPolicy` makes the policy from again, in Node or in a page: a safetensors file. */
export function savePolicy(policy: Policy): Uint8Array {
  const { engine, observationSpace, actionSpace, architecture, normalizer, ...rest } = policy as ActorCritic;
  const description = {
    format,
    observationSpace: spaceToJson(observationSpace),
    actionSpace: spaceToJson(actionSpace),
    networks: architecture as PolicyDescription["networks"],
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

/** @throws InputError when the bytes are damaged, or are something else */
export function readPolicy(bytes: Bytes, name: string): SavedPolicy {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const ofCheckpoint = metadata[policyKey] !== undefined;
  const description = readDescription(metadata[ofCheckpoint ? policyKey : descriptionKey], name);
  return { tensors, description, ofCheckpoint, name };
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
  const all = wrong.map(([name, value]) => `option "${name}" is ${valueText(options[name])}, but ${saved.name} has ${valueText(value)}`); // prettier-ignore
  throw new InputError(`${all.join("; ")}: leave it out`);
}

/** Gives a policy the weights and the normalizer of a saved one. @throws InputError if spaces or networks differ */
export function applyPolicy({ description, tensors, name }: SavedPolicy, policy: ActorCritic): void {
  for (const what of ["observation", "action"] as const) {
    const [theirs, ours] = [spaceOf(description, what, name), policy[`${what}Space`]];
    if (!alike(theirs, ours, what))
      throw new InputError(
        `${name} has the ${what} space ${describeSpace(theirs)}, and the environment has ${describeSpace(ours)}`,
      );
  }
  assertNormalizer(description.normalizer, policy.observationSpace, name);
  const weights = policy.weights.map((variable) => weightsOf(variable, tensors, name));
  policy.weights.forEach((variable, i) => policy.engine.write(variable, weights[i]));
  if (policy.normalizer && description.normalizer) restoreMoments(policy.normalizer, description.normalizer);
}

/** Whether a policy of one space acts in another: observations may have other bounds, actions may not. */
const alike = (a: Space, b: Space, what: "observation" | "action"): boolean =>
  what === "observation" && a.kind === "box" && b.kind === "box" ? a.shape.join() === b.shape.join() : sameSpace(a, b);

/**
 * The policy that `savePolicy` made the bytes of, on an engine of its own; also the policy in a run's best checkpoint.
 *
 * All that the bytes say is checked before anything is made of it: the description, and that there are exactly the
 * weights that the networks need, of their shapes and finite.
 *
 * @param bytes a Uint8Array, such as a Node Buffer, or an ArrayBuffer
 * @throws InputError when the bytes are damaged, are something else, or do not fit the networks
 */
export function loadPolicy<Source = EnvSource>(bytes: Bytes, options?: LoadPolicyOptions): Promise<PolicyOf<Source>>;
export async function loadPolicy(bytes: Bytes, options: LoadPolicyOptions = {}): Promise<Policy> {
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
  return assembleActorCritic(engine, policyOptions, design, generator, (p) => weights.get(p)!);
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

function damaged(name: string, problem: string): never {
  throw new InputError(`${name} is damaged: ${problem}`);
}

function readDescription(json: string | undefined, name: string): PolicyDescription {
  let description: unknown;
  try {
    description = json === undefined ? undefined : parseStrictJson(json);
  } catch (error) {
    damaged(name, `its description of the policy is not JSON (${messageOf(error)})`);
  }
  const found: unknown = (description as PolicyDescription | null | undefined)?.format;
  if (isNewerFormat(found, format)) throw new InputError(newerFormat(name, found, format));
  if (found !== format)
    throw new InputError(
      `${name} is a safetensors file, but not a policy that polgrad saved (its format is not "${format}")`,
    );
  const parsed = descriptionSchema.safeParse(description);
  if (parsed.success) return parsed.data;
  const { path, code } = parsed.error.issues[0];
  const at = path.length === 0 ? "" : `: "${shortened(path.join("."))}"`;
  damaged(name, `its description of the policy is not one${at} (${code.replaceAll("_", " ")})`);
}

/**
 * Choices are stored as float32, which is exact up to here; so no policy has more. What a file says of its spaces is
 * bounded by that even where networks of a user's own do not depend on it.
 */
const mostNumbers = 1 << 24;

function spaceOf(description: PolicyDescription, what: "observation" | "action", name: string): Space {
  const space = explained(`the ${what} space of ${name}`, () => spaceFromJson(description[`${what}Space`]));
  if (flatSize(space) > mostNumbers)
    damaged(name, `its ${what} space, ${shortened(describeSpace(space))}, has more than ${mostNumbers} numbers`);
  return space;
}

function assertNormalizer(moments: Moments | null, space: Space, name: string): void {
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
function weightsOf(variable: Variable, tensors: ReadonlyMap<string, StoredTensor>, name: string): Float32Array {
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
