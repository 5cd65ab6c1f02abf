// What runs of language models learn from, by where it lies: files of texts, pairs and prompts, folders of models and
// runs, files of rewards, and what is built in.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DataAlgorithm } from "../../algorithms/index.ts";
import { InputError } from "../../errors.ts";
import {
  byteTokenizer,
  decodeUtf8,
  leftOutText,
  lexiconReward,
  modelSizes,
  readPairs,
  readPrompts,
  readTexts,
  reviews,
  rewardModelAlgorithm,
  rlhfAlgorithm,
  sftAlgorithm,
  type LanguageModel,
  type Records,
  type Reward,
  type RewardModel,
  type RewardModelData,
  type RlhfData,
  type SftData,
} from "../../language/index.ts";
import { messageOf, typeName } from "../../text/values.ts";
import { assertSameInputs } from "../../training/same-options.ts";
import { sha256OfData } from "../../training/sha256.ts";
import { readBytes } from "../files.ts";
import { assertAllowed, isRewardFile, type AllowedModules } from "../foreign-module.ts";
import { readGptFolder, readRewardModelFolder } from "../gpt-folder.ts";
import type { RunConfig, RunInputs } from "../run-folder.ts";

/** A language model: "reviews", the built-in one, or a folder of a GPT-2, or a run of `sft` or `rlhf`. */
export type ModelSource = string;

/** What fine-tuning learns from. */
export interface SftSources {
  /** A model to go on from; or "mini", a new one of 0.8 million parameters that reads bytes. */
  readonly model: ModelSource;
  /** A file: JSON lines of `{text}` or `{prompt, completion}`, or plain text, which is cut to the model's context. */
  readonly texts: string;
  /** A file of the same kinds, whose loss is measured in the course of the training. */
  readonly heldOut?: string;
  /** Whether each line of a plain text is a text. Default false. */
  readonly byLine?: boolean;
}

/** What a reward model learns from. */
export interface RewardModelSources {
  readonly model: ModelSource;
  /** A file: JSON lines of `{prompt, chosen, rejected}`, or hh-rlhf's dialogues. */
  readonly pairs: string;
  readonly heldOut?: string;
}

/** What RLHF learns from. */
export interface RlhfSources {
  readonly model: ModelSource;
  /**
   * "reviews", the built-in reward model; "lexicon", `lexiconReward()`; a run of `reward-model`; or a file whose default
   * export is a `Reward`: a function, a reward model, or the parts of a weighted sum.
   */
  readonly reward: string;
  /** A file: JSON lines of `{prompt}`, or a prompt a line; or "reviews": prompts of the built-in language. */
  readonly prompts: string;
}

/** An algorithm with its data, and what is to be said about them. */
export interface Opened<A, Data = unknown> {
  readonly algorithm: A;
  readonly data: Data;
  readonly inputs: RunInputs;
  /** As "texts.jsonl: 2 records are left out: …". */
  readonly notes: readonly string[];
}

/** @throws InputError for a file or a folder that is missing, or what is wrong in one, with its line */
export async function openSft(sources: SftSources): Promise<Opened<ReturnType<typeof sftAlgorithm>, SftData>> {
  const { byLine = false } = sources;
  const read = (text: string, name: string) => readTexts(text, name, { byLine });
  const texts = readRecords(sources.texts, read);
  const heldOut = sources.heldOut === undefined ? undefined : readRecords(sources.heldOut, read);
  const model = sources.model === "mini" ? newMini : await modelAt(sources.model);
  // Records are meant to be whole; a plain text may be as long as a book.
  const cut = !byLine && !/\.(jsonl|ndjson|json)$/i.test(sources.texts);
  const data = { model, texts: texts.records, heldOut: heldOut?.records, cut, nameOf: texts.nameOf, nameOfHeldOut: heldOut?.nameOf }; // prettier-ignore
  return opened(sftAlgorithm(data), data, { ...sources, model: placeOf(sources.model) }, [texts, heldOut]);
}

/** @throws InputError likewise */
export async function openRewardModel(
  sources: RewardModelSources,
): Promise<Opened<ReturnType<typeof rewardModelAlgorithm>, RewardModelData>> {
  const pairs = readRecords(sources.pairs, readPairs);
  const heldOut = sources.heldOut === undefined ? undefined : readRecords(sources.heldOut, readPairs);
  const model = await modelAt(sources.model);
  const data = { model, pairs: pairs.records, heldOut: heldOut?.records, nameOf: pairs.nameOf, nameOfHeldOut: heldOut?.nameOf }; // prettier-ignore
  return opened(rewardModelAlgorithm(data), data, { ...sources, model: placeOf(sources.model) }, [pairs, heldOut]);
}

/**
 * @param options of the training: prompts of the built-in language follow seed and episodes
 * @throws InputError likewise
 */
export async function openRlhf(
  sources: RlhfSources,
  { seed, episodes }: { readonly seed: number; readonly episodes: number },
): Promise<Opened<ReturnType<typeof rlhfAlgorithm>, RlhfData>> {
  const prompts = sources.prompts === "reviews" ? undefined : readRecords(sources.prompts, readPrompts);
  const model = await modelAt(sources.model);
  const isOfReviews = JSON.stringify(model.tokenizer.toJSON()) === JSON.stringify(reviews.reviewsTokenizer().toJSON());
  const data: RlhfData = {
    model,
    ...(await rewardAt(sources.reward)),
    prompts: prompts?.records ?? reviews.reviewPrompts(seed, episodes),
    nameOf: prompts?.nameOf,
    // The truth is of the built-in language alone.
    judge: isOfReviews ? (prompt, tokens) => reviews.judge([...prompt.slice(1), ...tokens]) : undefined,
  };
  const reward = isRewardFile(sources.reward) ? resolve(sources.reward) : placeOf(sources.reward);
  return opened(rlhfAlgorithm(data), data, { ...sources, model: placeOf(sources.model), reward }, [prompts]);
}

/**
 * The algorithm of a run, with the data that its folder names.
 *
 * @throws InputError if something of it is missing or has changed, or is code that is not allowed
 */
export async function algorithmFromInputs(
  run: string,
  config: RunConfig,
  { allowModules, options = {} }: { allowModules?: AllowedModules; options?: Readonly<Record<string, unknown>> },
): Promise<DataAlgorithm> {
  const { sources, sha256 } = config.inputs!;
  const { algorithm } = await openSources();
  assertSameInputs(sha256, algorithm.inputs!(), `${run} began`, namesOf(sources));
  return algorithm;

  async function openSources(): Promise<Opened<DataAlgorithm>> {
    const has = (...names: string[]): boolean => names.every((name) => typeof sources[name] === "string");
    if (config.algorithm === "sft" && has("model", "texts")) return openSft(sources as unknown as SftSources);
    if (config.algorithm === "reward-model" && has("model", "pairs"))
      return openRewardModel(sources as unknown as RewardModelSources);
    if (config.algorithm === "rlhf" && has("model", "reward", "prompts")) {
      const of = sources as unknown as RlhfSources;
      if (isRewardFile(of.reward)) {
        assertAllowed({ module: pathToFileURL(of.reward).href }, run, allowModules, "reward");
        // Opening it runs its code, so it is compared before.
        assertSameInputs({ reward: sha256.reward }, { reward: sha256OfRewardFile(of.reward) }, `${run} began`, namesOf(sources)); // prettier-ignore
      }
      const { seed, episodes } = { ...config.options, ...options } as { seed: number; episodes: number };
      return openRlhf(of, { seed, episodes });
    }
    throw new InputError(`${run} is damaged: its config.json does not say what it learns from`);
  }
}

/** Sources by what messages call what is in them. */
const namesOf = (sources: RunInputs["sources"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      model: sources.model,
      texts: sources.texts,
      "held-out texts": sources.heldOut,
      pairs: sources.pairs,
      "held-out pairs": sources.heldOut,
      "reward model": sources.reward,
      reward: sources.reward,
      prompts: sources.prompts,
    }).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

const newMini: SftData["model"] = { sizes: modelSizes.mini, tokenizer: byteTokenizer() };

/** Names of what is built in, which stay as they are; paths become absolute, so that a run is resumed from anywhere. */
export const placeOf = (source: string): string =>
  ["reviews", "mini", "lexicon"].includes(source) ? source : resolve(source);

function opened<A extends { inputs?(): Readonly<Record<string, string>> }, Data>(
  algorithm: A,
  data: Data,
  sources: object,
  files: readonly (NamedRecords | undefined)[],
): Opened<A, Data> {
  const isFile = (name: string): boolean => ["texts", "heldOut", "pairs", "prompts"].includes(name);
  const places = Object.entries(sources as Record<string, string | boolean | undefined>).flatMap(([name, source]) =>
    source === undefined
      ? []
      : [[name, isFile(name) && typeof source === "string" ? placeOf(source) : source] as const],
  );
  const notes = files.flatMap((file) => (file && file.leftOut.length > 0 ? `${file.path}: ${leftOutText(file.leftOut)}` : [])); // prettier-ignore
  return {
    algorithm,
    data,
    inputs: { sources: Object.fromEntries(places), sha256: algorithm.inputs?.() ?? {} },
    notes,
  };
}

interface NamedRecords<T = unknown> extends Records<T> {
  readonly path: string;
  readonly nameOf: (i: number) => string;
}

function readRecords<T>(path: string, read: (text: string, name: string) => Records<T>): NamedRecords<T> {
  const records = read(decodeUtf8(readBytes(path), path), path);
  return { ...records, path, nameOf: (i) => `${path}, line ${records.lines[i]}` };
}

async function modelAt(source: ModelSource): Promise<LanguageModel> {
  return source === "reviews" ? (await reviews.reviewsModels()).sft : readGptFolder(source);
}

async function rewardAt(source: string): Promise<{ reward: RewardModel } | { reward: Reward; rewardSha256: string }> {
  if (source === "reviews") return { reward: (await reviews.reviewsModels()).reward };
  if (source === "lexicon") return { reward: lexiconReward(), rewardSha256: sha256OfData(["lexicon", "AFINN-165"]) };
  if (!isRewardFile(source)) return { reward: readRewardModelFolder(source) };
  const path = resolve(source);
  const rewardSha256 = sha256OfRewardFile(source);
  let found: { default?: unknown };
  try {
    found = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    const line = error instanceof SyntaxError ? syntaxErrorLine(path) : undefined;
    const place = line === undefined ? source : `${source}, line ${line},`;
    throw new InputError(`the reward file ${place} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  if (typeof found.default !== "function" && (typeof found.default !== "object" || found.default === null))
    throw new InputError(
      `the reward file ${source} has ${found.default === undefined ? "no default export" : `${typeName(found.default)} as its default export`}, ` +
        `but must export a function: export default (prompt, text, ended) => number; or a reward model, or a list of rewards with weights`,
    );
  return { reward: found.default as Reward, rewardSha256 };
}

function sha256OfRewardFile(source: string): string {
  if (!existsSync(resolve(source))) throw new InputError(`there is no reward file ${source}`);
  return sha256OfData([decodeUtf8(readBytes(resolve(source)), source)]);
}

/** The line of a mistake in a file's syntax, which Node tells on the console alone, and not in the error. */
const syntaxErrorLine = (path: string): string | undefined =>
  /:(\d+)$/m.exec(spawnSync(process.execPath, ["--check", path], { encoding: "utf8" }).stderr)?.[1];
