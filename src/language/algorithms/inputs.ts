// What the trainings of language models learn from: texts as tokens that are checked, and what they are known again by.

import { InputError } from "../../errors.ts";
import { isList, messageOf, typeName } from "../../text/values.ts";
import { sha256OfArrays, sha256OfData } from "../../training/sha256.ts";
import { assertLanguageModel, tokensOf, type LanguageModel, type RewardModel } from "../language-model.ts";

/** What a text is for: its tokenizer, and how many tokens are seen at once. */
export interface Reader {
  readonly tokenizer: LanguageModel["tokenizer"];
  readonly context: number;
}

/** What messages call item i of some data. */
export type NameOf = (i: number) => string;

/** What a model reads. @throws InputError if it is none */
export function readerOf(model: LanguageModel): Reader {
  assertLanguageModel(model);
  return { tokenizer: model.tokenizer, context: model.config.context };
}

/** @throws InputError if something is no list, whatever its type says */
export function assertList(list: readonly unknown[], name: string): void {
  if (!isList(list)) throw new InputError(`${name} are ${typeName(list)}, but must be a list`);
}

/** A prompt's tokens. @throws InputError naming it if it holds what the tokenizer does not know */
export function promptTokens(reader: Reader, prompt: string | undefined, name: string): number[] {
  assertText(prompt, name);
  return named(name, () => tokensOf(reader, prompt));
}

/** What follows a prompt: the text's tokens and its end, without the end of text that begins texts. */
export function answerTokens(reader: Reader, text: string | undefined, name: string): number[] {
  assertText(text, name);
  return named(name, () => tokensOf(reader, text, true).slice(tokensOf(reader, "").length));
}

/** A prompt with its answer, as a reward model reads it. @throws InputError naming it if it does not fit */
export function wholeText(
  reader: Reader,
  prompt: string | undefined,
  answer: string | undefined,
  name: string,
): number[] {
  const tokens = [...promptTokens(reader, prompt, name), ...answerTokens(reader, answer, name)];
  assertFits(tokens, name, reader);
  return tokens;
}

/** @param spare tokens beyond the context that need no place in it: what is only predicted */
export function assertFits(tokens: readonly number[], name: string, { context }: Reader, spare = 0): void {
  if (tokens.length > context + spare)
    throw new InputError(
      `${name} has ${tokens.length} tokens with its ends, and the model sees ${context} at once: ` +
        `shorten it, or take a model with a longer context`,
    );
}

function assertText(text: unknown, name: string): asserts text is string {
  if (typeof text !== "string") throw new InputError(`${name} is ${typeName(text)}, but must be a text`);
}

function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${name}: ${messageOf(error)}`, { cause: error });
  }
}

/** SHA-256 of a model: sizes, tokenizer and weights. */
export const sha256OfModel = ({ config, tokenizer, weights }: LanguageModel): string =>
  sha256OfData([config, tokenizer.toJSON(), sha256OfArrays(weights)]);

/** SHA-256 of a reward model. */
export const sha256OfRewardModel = ({ model, headWeight, headBias }: RewardModel): string =>
  sha256OfData([sha256OfModel(model), sha256OfArrays([["head", headWeight]]), headBias]);

/** A value that is computed when it is first asked for: hashing a large model takes seconds. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Whether something is due after an update: after the first, at each twentieth of the training, and at its end. */
export const isMark = (update: number, updates: number, marks = 20): boolean =>
  update === 1 || update === updates || Math.floor((marks * update) / updates) > Math.floor((marks * (update - 1)) / updates); // prettier-ignore

/** A number as logs of texts keep it: four significant digits. */
export const brief = (x: number): number => Number(x.toPrecision(4));
