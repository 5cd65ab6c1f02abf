// One id a word, for small languages whose words are all known.

import { InputError } from "../../errors.ts";
import { didYouMean } from "../../text/nearest.ts";
import { inOneLine } from "../../text/printable.ts";
import { shortened, valueText } from "../../text/values.ts";
import { checkedId, type Tokenizer } from "./tokenizer.ts";

/** A mark of punctuation, or what stands between white space and such marks. */
const token = /[.,;:!?]|[^\s.,;:!?]+/g;
const punctuation = /^[.,;:!?]$/;

/**
 * A tokenizer whose ids are the places of `words`; then come end of text and padding. Texts are split at white space and
 * around the marks `. , ; : ! ?`, which are words of their own and have ids only if they are listed. Decoding joins words
 * by single spaces, with none before a mark; encoding what was decoded gives the same ids.
 *
 * @throws InputError if there are no words, or one is empty, doubled, or would be split into several
 */
export function wordTokenizer(words: readonly string[]): Tokenizer {
  if (!Array.isArray(words) || words.length === 0)
    throw new InputError(`a tokenizer of words needs a list of one word or more, not ${valueText(words)}`);
  const ids = new Map<string, number>();
  for (const [id, word] of words.entries()) {
    if (typeof word !== "string" || word.match(token)?.[0] !== word)
      throw new InputError(
        `word ${id} of the tokenizer is ${valueText(word)}, but must be a word without white space and without the ` +
          `marks . , ; : ! ?, or one of these marks`,
      );
    if (ids.has(word)) throw new InputError(`the tokenizer has the word ${valueText(word)} twice`);
    ids.set(word, id);
  }
  const list = [...ids.keys()];
  const size = list.length + 2;

  return {
    kind: "words",
    size,
    endOfText: list.length,
    padding: list.length + 1,
    encode: (text) =>
      Array.from(text.matchAll(token), ([word]) => {
        const id = ids.get(word);
        if (id !== undefined) return id;
        throw new InputError(
          `the tokenizer does not know the word "${inOneLine(shortened(word))}".${didYouMean(word, list)}`,
        );
      }),
    decode(tokens) {
      let text = "";
      for (const id of tokens) {
        const word = list[checkedId(id, size)];
        if (word !== undefined) text += text === "" || punctuation.test(word) ? word : ` ${word}`;
      }
      return text;
    },
    toJSON: () => ({ kind: "words", words: [...list] }),
  };
}
