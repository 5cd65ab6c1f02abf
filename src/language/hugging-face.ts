// A GPT-2 as Hugging Face keeps one: config.json and model.safetensors. Knows bytes only: no files, no networks.

import { InputError } from "../errors.ts";
import { largestHalf, toFloat16 } from "../math/half.ts";
import { decodeSafetensors, toFloat32 } from "../read-safetensors.ts";
import { encodeSafetensors, type StoredTensor } from "../safetensors.ts";
import { describedValue, shortened, valueText } from "../text/values.ts";
import { checkGptConfig, gptShapes, type GptConfig } from "./gpt-config.ts";
import { jsonOfFile } from "./json-file.ts";

const [configFile, modelFile] = ["config.json", "model.safetensors"];

/** What config.json calls the fields of a configuration. */
const fieldNames: Readonly<Record<keyof GptConfig, string>> = {
  vocabularySize: "vocab_size",
  context: "n_positions",
  width: "n_embd",
  layers: "n_layer",
  heads: "n_head",
  epsilon: "layer_norm_epsilon",
};

/** What makes a model another than GPT-2 as published: the one value that polgrad computes, which is also the default. */
const fixed = {
  activation_function: "gelu_new",
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  reorder_and_upcast_attn: false,
  tie_word_embeddings: true,
  add_cross_attention: false,
} as const;

/**
 * The sizes that a config.json tells.
 *
 * @param json parsed JSON, from anywhere
 * @param name what it is called in messages, such as the file's path
 * @throws InputError if it is no GPT-2, one that computes otherwise than GPT-2 as published, or one of impossible sizes
 */
export function configFromHuggingFace(json: unknown, name: string): GptConfig {
  const fail = (problem: string): never => {
    throw new InputError(`${name}: ${problem}`);
  };
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return fail(`it is ${describedValue(json)}, not the JSON object of a model's configuration`);
  const fields = json as Record<string, unknown>;
  if (fields.model_type !== "gpt2")
    return fail(`model_type is ${valueText(fields.model_type)}, but polgrad reads only "gpt2"`);
  const field = (key: keyof GptConfig, otherwise?: number): number => (fields[fieldNames[key]] ?? otherwise) as number; // checked below
  const config: GptConfig = {
    vocabularySize: field("vocabularySize"),
    context: field("context"),
    width: field("width"),
    layers: field("layers"),
    heads: field("heads"),
    epsilon: field("epsilon", 1e-5),
  };
  checkGptConfig(config, name, (key) => fieldNames[key]);
  for (const [key, only] of Object.entries(fixed)) {
    const value = fields[key] ?? only;
    if (value !== only) return fail(`${key} is ${valueText(value)}, but polgrad computes only ${valueText(only)}`);
  }
  const inner = fields.n_inner ?? 4 * config.width;
  if (inner !== 4 * config.width)
    return fail(`n_inner is ${valueText(inner)}, but must be null or 4 · n_embd, which is ${4 * config.width}`);
  return config;
}

/**
 * The contents of a config.json from which Hugging Face makes a GPT2LMHeadModel, without dropout.
 *
 * @param endOfText the id that begins and ends a text; default: there is none
 */
export function configToHuggingFace(config: GptConfig, endOfText?: number): Record<string, unknown> {
  const sizes = Object.entries(fieldNames).map(([key, name]) => [name, config[key as keyof GptConfig]]);
  const end = endOfText ?? null;
  return {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    ...(Object.fromEntries(sizes) as Record<string, number>),
    n_inner: null,
    ...fixed,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    bos_token_id: end,
    eos_token_id: end,
  };
}

/**
 * A model from the contents of its two files.
 *
 * Tensors are F32, F16 or BF16, with names that begin with "transformer." or do not. Buffers of masks are ignored;
 * an `lm_head.weight` must equal `wte.weight`. F32 weights are views of `model` where its alignment permits.
 *
 * @param files contents of config.json and of model.safetensors
 * @param name the folder's, for messages
 * @returns the sizes, and the weights by the names of `gptShapes`, in its order
 * @throws InputError naming the file and the tensor if one is missing, has another shape or dtype, belongs to no GPT-2
 *   of these sizes, or holds a number that is not finite
 */
export function weightsFromHuggingFace(
  files: { readonly config: string; readonly model: Uint8Array },
  name: string,
): { config: GptConfig; weights: Map<string, Float32Array> } {
  const [configName, source] = [`${name}/${configFile}`, `${name}/${modelFile}`];
  const config = configFromHuggingFace(jsonOfFile(files.config, configName), configName);
  const tensors = tensorsOf(files.model, source);
  const head = tensors.get(headName);
  tensors.delete(headName);

  // All names, shapes and dtypes before the first number: what is wrong is told at once, and nothing is decoded for it.
  const shapes = gptShapes(config);
  for (const [key, shape] of Object.entries(shapes)) {
    const tensor = tensors.get(key);
    if (tensor === undefined)
      throw new InputError(`${source}: tensor "${key}" of shape ${valueText(shape)} is missing`);
    checkShape(tensor, shape);
  }
  for (const [key, { named }] of tensors)
    if (!Object.hasOwn(shapes, key))
      throw new InputError(`${named} is no part of a GPT-2 with the sizes in ${configFile}`);
  if (head) checkShape(head, shapes[embeddingName]);

  const weights = new Map(Object.keys(shapes).map((key) => [key, floatsOf(tensors.get(key)!)]));
  if (head) checkTied(head, weights.get(embeddingName)!);
  return { config, weights };
}

/**
 * The contents of the two files of a model. {@link weightsFromHuggingFace} reads them back, F32 to the bit; they are
 * laid out as transformers has them.
 *
 * @param weights by the names of `gptShapes`
 * @param dtype "F16" takes half the room and rounds to 11 bits
 * @param endOfText the id that begins and ends a text; default: there is none
 * @param marks what else the file of weights says of itself, which other readers pass over
 * @throws InputError if the sizes are impossible, or a weight is missing, too many, of another size, not finite, or
 *   beyond what F16 holds
 */
export function weightsToHuggingFace(
  config: GptConfig,
  weights: ReadonlyMap<string, Float32Array>,
  dtype: "F32" | "F16" = "F32",
  endOfText?: number,
  marks: Readonly<Record<string, string>> = {},
): { config: string; model: Uint8Array } {
  checkGptConfig(config, "the model");
  const shapes = gptShapes(config);
  const unknown = [...weights.keys()].find((key) => !Object.hasOwn(shapes, key));
  if (unknown !== undefined) throw new InputError(`"${shortened(unknown)}" is no weight of a GPT-2 with these sizes`);
  const tensors = Object.entries(shapes).map(([key, shape]): [string, StoredTensor] => {
    const values = weights.get(key);
    const named = `the weight "${key}"`;
    const size = shape.reduce((product, n) => product * n, 1);
    if (values?.length !== size)
      throw new InputError(`${named} has ${values?.length ?? "no"} numbers, but must have ${size}`);
    checkFinite(values, named);
    return [key, { dtype, shape, data: dtype === "F16" ? halvesOf(values, named) : values }];
  });
  return {
    config: `${JSON.stringify(configToHuggingFace(config, endOfText), null, 2)}\n`,
    // transformers refuses a file that does not say which library's layout it has.
    model: encodeSafetensors(tensors, { ...marks, format: "pt" }),
  };
}

const headName = "lm_head.weight";
const embeddingName = "wte.weight";
/** Masks of attention and what is put in place of masked scores: constants that older files kept. */
const buffer = /^h\.\d+\.attn\.(bias|masked_bias)$/;

/** A tensor, and what it is called in messages. */
interface NamedTensor extends StoredTensor {
  readonly named: string;
}

/** The tensors of a file by the names of `gptShapes`, without buffers. */
function tensorsOf(model: Uint8Array, source: string): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  for (const [key, tensor] of decodeSafetensors(model, source).tensors) {
    const short = key.startsWith("transformer.") ? key.slice("transformer.".length) : key;
    if (buffer.test(short)) continue;
    const named = `${source}: tensor "${shortened(key)}"`;
    if (tensors.has(short)) throw new InputError(`${named} is there twice, with and without "transformer."`);
    tensors.set(short, { ...tensor, named });
  }
  return tensors;
}

function checkShape({ named, dtype, shape }: NamedTensor, needed: readonly number[]): void {
  if (shape.length !== needed.length || shape.some((size, i) => size !== needed[i]))
    throw new InputError(`${named} has the shape ${valueText(shape)}, but must have ${valueText(needed)}`);
  if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16")
    throw new InputError(`${named} is ${dtype}, but must be F32, F16 or BF16`);
}

function floatsOf(tensor: NamedTensor): Float32Array {
  const values = toFloat32(tensor, tensor.named);
  checkFinite(values, tensor.named);
  return values;
}

function halvesOf(values: Float32Array, named: string): Uint16Array {
  const halves = toFloat16(values);
  const infinite = halves.findIndex((bits) => (bits & 0x7fff) === 0x7c00);
  if (infinite < 0) return halves;
  throw new InputError(
    `${named} holds ${values[infinite]} at element ${infinite}, beyond ${largestHalf}, the largest of F16: write F32`,
  );
}

function checkFinite(values: Float32Array, named: string): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new InputError(`${named} holds ${values[i]} at element ${i}, but weights must be finite`);
}

function checkTied(head: NamedTensor, embedding: Float32Array): void {
  const values = toFloat32(head, head.named);
  for (let i = 0; i < values.length; i++)
    if (values[i] !== embedding[i])
      throw new InputError(
        `${head.named} differs from "${embeddingName}" at element ${i}, but must be the same: a GPT-2's output layer is its embedding`,
      );
}
