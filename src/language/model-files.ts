// Language models as the files of a folder: config.json and model.safetensors as Hugging Face's, and the tokenizer.

import { InputError } from "../errors.ts";
import { crc32c } from "../math/crc32c.ts";
import { decodeSafetensors } from "../read-safetensors.ts";
import { encodeSafetensors, storedTensor } from "../safetensors.ts";
import { typeName } from "../text/values.ts";
import { assertLanguageModel, assertRewardModel, type LanguageModel, type RewardModel } from "./language-model.ts";
import { decodeUtf8 } from "./utf8.ts";
import { weightsFromHuggingFace, weightsToHuggingFace } from "./hugging-face.ts";
import { tokenizerFile, tokenizerOfFolder } from "./tokenizers/index.ts";

/** Files by name. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/**
 * A language model from the files of its folder: a GPT-2 as Hugging Face keeps it, in float32, float16 or bfloat16.
 *
 * Its tokenizer is what polgrad left in `polgrad-tokenizer.json`; without one, texts are token ids.
 *
 * @param files `config.json`, `model.safetensors`, and whatever else lies there
 * @param name what the folder is called in messages
 * @throws InputError naming the file, and the tensor, that is missing, damaged or of a kind that polgrad does not read
 */
export function loadGpt(files: ModelFiles, name = "the model"): LanguageModel {
  if (typeof (files as Partial<ModelFiles> | null | undefined)?.get !== "function")
    throw new InputError(
      `the files of ${name} are ${typeName(files)}, but must be a Map of their contents by their names, as ` +
        `new Map([["config.json", bytes], ["model.safetensors", bytes]]); readGptFolder of polgrad/node reads a folder`,
    );
  const file = (of: string): Uint8Array => {
    const bytes = files.get(of);
    if (bytes) return bytes;
    const found = [...files.keys()].slice(0, 5).join(", ");
    throw new InputError(`${name} has no file ${of}; ${found === "" ? "it is empty" : `it has ${found}`}`);
  };
  const text = decodeUtf8(file("config.json"), `${name}: config.json`);
  const { config, weights } = weightsFromHuggingFace({ config: text, model: file("model.safetensors") }, name);
  return { config, weights, tokenizer: tokenizerOfFolder(files, config) };
}

/**
 * The files that `loadGpt` makes the model from again; transformers reads them too, but for the tokenizer.
 *
 * @param dtype half the size in "F16", at the cost of 11 bits of precision instead of 24. Default "F32"
 */
export const gptFiles = (model: LanguageModel, dtype: "F32" | "F16" = "F32"): Map<string, Uint8Array> =>
  filesOf(model, dtype);

function filesOf(
  model: LanguageModel,
  dtype: "F32" | "F16",
  marks?: Readonly<Record<string, string>>,
): Map<string, Uint8Array> {
  assertLanguageModel(model);
  const { config, weights, tokenizer } = model;
  const written = weightsToHuggingFace(config, weights, dtype, tokenizer.endOfText, marks);
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return new Map([
    ["config.json", encode(written.config)],
    ["model.safetensors", written.model],
    ...(tokenizer.kind === "none"
      ? []
      : ([[tokenizerFile, encode(`${JSON.stringify(tokenizer.toJSON())}\n`)]] as const)),
  ]);
}

/** The file with a reward model's head beside the files of its model. */
const headFile = "reward-head.safetensors";
/** Its tensors: [width, 1] and [1]. */
const [headWeightName, headBiasName] = ["score.weight", "score.bias"];
/** What model.safetensors says of the head that it was written with: the CRC-32C of that file. */
const headMark = "polgradRewardHead";

/** The files of a reward model: those of its model, and its head as `score.weight` and `score.bias`. */
export function rewardModelFiles(rewardModel: RewardModel): Map<string, Uint8Array> {
  assertRewardModel(rewardModel);
  const { model, headWeight, headBias } = rewardModel;
  const head = encodeSafetensors([
    [headWeightName, storedTensor(headWeight, [headWeight.length, 1])],
    [headBiasName, storedTensor(Float32Array.of(headBias), [1])],
  ]);
  return filesOf(model, "F32", { [headMark]: String(crc32c(head)) }).set(headFile, head);
}

/**
 * A reward model from the files that `rewardModelFiles` gives.
 *
 * @param name what the folder is called in messages
 * @throws InputError naming the file that is missing or wrong, and where model and head were not written together
 */
export function loadRewardModel(files: ModelFiles, name = "the reward model"): RewardModel {
  const model = loadGpt(files, name);
  const bytes = files.get(headFile);
  if (!bytes) throw new InputError(`${name} is no reward model: it has no file ${headFile}`);
  const { [headMark]: mark = String(crc32c(bytes)) } = decodeSafetensors(files.get("model.safetensors")!).metadata;
  if (mark !== String(crc32c(bytes)))
    throw new InputError(
      `${name}: model.safetensors and ${headFile} were not written together, as where the process was killed between ` +
        `the two: resume the run, which writes both anew`,
    );
  const { tensors } = decodeSafetensors(bytes, `${name}: ${headFile}`);
  const tensor = (of: string, shape: readonly number[]): Float32Array => {
    const { data, shape: found = [] } = tensors.get(of) ?? {};
    if (data instanceof Float32Array && found.join() === shape.join()) return data;
    throw new InputError(`${name}: ${headFile} has no tensor "${of}" of shape [${shape.join(", ")}] in float32`);
  };
  return {
    model,
    headWeight: tensor(headWeightName, [model.config.width, 1]),
    headBias: tensor(headBiasName, [1])[0],
  };
}
