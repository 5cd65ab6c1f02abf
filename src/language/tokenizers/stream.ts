// Texts that are shown while their tokens are still being sampled.

import { byteDecoder, isByte } from "./bytes.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The text of tokens that come one by one. */
export interface TextStream {
  /**
   * Takes the next token and gives the text that is complete with it: nothing yet within a character of several bytes.
   *
   * @throws InputError if the id is not one of the tokenizer's
   */
  push(id: number): string;
  /** What was not complete (a cut character becomes U+FFFD); the stream then begins anew. */
  end(): string;
}

/** A stream whose texts, joined, are what `tokenizer.decode` gives for all ids at once. */
export function createTextStream(tokenizer: Tokenizer): TextStream {
  if (tokenizer.kind === "bytes") {
    const decoder = byteDecoder();
    return {
      push: (id) => (isByte(id) ? decoder.decode(Uint8Array.of(id), { stream: true }) : decoder.decode()),
      end: () => decoder.decode(),
    };
  }
  // How a word is joined to those before it depends on the last one that had a text.
  let last: number[] = [];
  return {
    push(id) {
      const text = tokenizer.decode([...last, id]).slice(tokenizer.decode(last).length);
      if (text !== "") last = [id];
      return text;
    },
    end() {
      last = [];
      return "";
    },
  };
}
