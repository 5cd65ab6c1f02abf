// A language model as data: sizes, weights, and a tokenizer. Engines compute with it; it can be posted and saved.

import { InputError } from "../errors.ts";
import { createGenerator, type SeedSequence } from "../random/index.ts";
import type { Engine } from "../tensor/index.ts";
import { typeName } from "../text/values.ts";
import { checkGptConfig, type GptConfig } from "./gpt-config.ts";
import { createGpt, initialWeights, type Gpt } from "./gpt.ts";
import type { Tokenizer } from "./tokenizers/index.ts";

/** A GPT with its numbers, and what text is to it. */
export interface LanguageModel {
  readonly config: GptConfig;
  readonly tokenizer: Tokenizer;
  /** By GPT-2's names: see `gptShapes`. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** @throws InputError if something is no language model, whatever its type says */
export function assertLanguageModel(model: LanguageModel): void {
  const { config, tokenizer, weights } = (model ?? {}) as Partial<LanguageModel>;
  if (!config || !tokenizer || !weights)
    throw new InputError(`the model is ${typeName(model)}, but must be a language model, as loadGpt gives one`);
}

/** A model that gives texts a number. */
export interface RewardModel {
  readonly model: LanguageModel;
  /** [width]: of the last token's hidden vector. */
  readonly headWeight: Float32Array;
  readonly headBias: number;
}

/** @throws InputError if something is no reward model, whatever its type says */
export function assertRewardModel(model: RewardModel): void {
  const { headWeight, headBias, model: of } = (model ?? {}) as Partial<RewardModel>;
  if (!of || !headWeight || typeof headBias !== "number")
    throw new InputError(
      `the reward model is ${typeName(model)}, but must be a reward model, as loadRewardModel and trainRewardModel give one`,
    );
}

/** Sizes of a model that is yet to be trained; its vocabulary is the tokenizer's. */
export type ModelSizes = Omit<GptConfig, "vocabularySize" | "epsilon">;

/** Sizes by name. */
export const modelSizes = {
  /** 106,000 parameters with a vocabulary of 56: the built-in language's. */
  reviews: { context: 40, width: 64, layers: 2, heads: 4 },
  /** 0.83 million parameters with 256 bytes and 2. */
  mini: { context: 256, width: 128, layers: 4, heads: 4 },
} as const satisfies Record<string, ModelSizes>;

/** All sizes of a new model. @throws InputError if they cannot be */
export function newConfig(sizes: ModelSizes, tokenizer: Tokenizer): GptConfig {
  const config = { ...sizes, vocabularySize: tokenizer.size, epsilon: 1e-5 };
  checkGptConfig(config, "the model");
  return config;
}

/** A model with random weights. */
export function newLanguageModel(sizes: ModelSizes, tokenizer: Tokenizer, seed: SeedSequence): LanguageModel {
  const config = newConfig(sizes, tokenizer);
  const initial = initialWeights(createGpt(config), createGenerator(seed));
  return { config, tokenizer, weights: new Map(Array.from(initial, ([{ name }, values]) => [name, values])) };
}

/** The model's graph, its weights in an engine. @param name prefix of the variables' names */
export function openGpt(engine: Engine, model: LanguageModel, name = ""): Gpt {
  const gpt = createGpt(model.config, name);
  for (const v of gpt.weights) engine.write(v, model.weights.get(v.name.slice(name.length))!);
  return gpt;
}

/** The weights that an engine holds of a graph of this model, as a new one. */
export const modelOf = (engine: Engine, gpt: Gpt, { tokenizer }: LanguageModel, name = ""): LanguageModel => ({
  config: gpt.config,
  tokenizer,
  weights: new Map(gpt.weights.map((v) => [v.name.slice(name.length), engine.read(v)])),
});

/**
 * A text as the model reads it: behind an end of text, which also begins texts, unless token ids are given as they are.
 *
 * @param ends whether an end of text follows
 * @throws InputError if the tokenizer has no end of text and one is needed
 */
export function tokensOf({ tokenizer }: Pick<LanguageModel, "tokenizer">, text: string, ends = false): number[] {
  const { endOfText, kind } = tokenizer;
  if (ends && endOfText === undefined)
    throw new InputError("the model's tokenizer has no token that ends a text, and training needs one");
  const ids = tokenizer.encode(text);
  return [...(kind === "none" ? [] : [endOfText!]), ...ids, ...(ends ? [endOfText!] : [])];
}
