// Pairs of texts that a model of reviews wrote behind the same prompt, and which of them is preferred: what reward models
// of the built-in case learn from.

import { createGenerator, createStreams } from "../../random/index.ts";
import { generate } from "../generate-text.ts";
import type { LanguageModel } from "../language-model.ts";
import type { PreferencePair } from "../records.ts";
import { samplePrompt } from "./language.ts";
import { samplePreference } from "./preferences.ts";
import { judge, type Judgement } from "./truth.ts";

/**
 * What differences of truth are multiplied by before they become preferences: who prefers is surer than truths of a
 * deviation of 0.7 would make them, and a pair tells more.
 */
const sureness = 4;

/** A pair with what its texts are worth. */
export interface JudgedPair extends PreferencePair {
  /** The truth of the chosen and of the rejected text. */
  readonly truths: readonly [number, number];
}

/** What {@link samplePairs} takes. */
export interface SamplePairsOptions {
  /** Default 0. */
  readonly seed?: number;
  /** The share of preferences that are turned round. Default 0.1. */
  readonly flipped?: number;
  /** The same bits on every machine. Default false. */
  readonly strict?: boolean;
}

/**
 * Writes two texts behind each of so many prompts, and draws which is preferred, by {@link samplePreference} from four
 * times their truths. Pairs are left out whose texts are equal, or empty, or were cut off.
 */
export async function samplePairs(
  model: LanguageModel,
  count: number,
  { seed = 0, flipped, strict }: SamplePairsOptions = {},
): Promise<JudgedPair[]> {
  const random = createGenerator(createStreams(seed)("environments"));
  const prompts = Array.from({ length: count }, () => samplePrompt(random).join(" "));
  const written = await generate(model, prompts.flatMap((prompt) => [prompt, prompt]), { seed, strict }); // prettier-ignore
  return prompts.flatMap((prompt, i): JudgedPair[] => {
    const pair = [written[2 * i], written[2 * i + 1]];
    const [a, b] = pair.map(({ text }) => judgeText(prompt, text).truth);
    const isFirst = samplePreference(sureness * a, sureness * b, random, { flipped });
    if (pair.some(({ ended, text }) => !ended || text === "") || pair[0].text === pair[1].text) return [];
    const [chosen, rejected] = isFirst ? pair : [...pair].reverse();
    return [{ prompt, chosen: chosen.text, rejected: rejected.text, truths: isFirst ? [a, b] : [b, a] }];
  });
}

/** What a text is worth that was written behind a prompt. */
export const judgeText = (prompt: string, text: string): Judgement =>
  judge(`${prompt} ${text}`.match(/[.]|[^\s.]+/g) ?? []);
