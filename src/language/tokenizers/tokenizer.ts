// What a tokenizer is: text as the numbers that a language model reads and writes, and back.

import { InputError } from "../../errors.ts";
import { valueText } from "../../text/values.ts";

/** Text as token ids, and back. Ids are 0 … `size` − 1. */
export interface Tokenizer {
  /** "none" where ids are written as numbers. */
  readonly kind: "words" | "bytes" | "none";
  /** Number of token ids. */
  readonly size: number;
  /** The id that ends a text; `encode` never gives it. Undefined for kind "none" unless given. */
  readonly endOfText: number | undefined;
  /** The id of padding, never a token of text and never the end of text; undefined if there is none. */
  readonly padding: number | undefined;
  /**
   * The ids of a text, without an end of text.
   *
   * @throws InputError if the text holds what has no id
   */
  encode(text: string): number[];
  /**
   * The text of ids. Of kinds "words" and "bytes", end of text and padding are no text and give none.
   *
   * @throws InputError if an id is not one of the tokenizer's
   */
  decode(ids: Iterable<number>): string;
  /** What `tokenizerFrom` makes the tokenizer from again: plain JSON. */
  toJSON(): unknown;
}

export const isId = (id: unknown, size: number): boolean =>
  Number.isInteger(id) && 0 <= (id as number) && (id as number) < size;

/** The id, if it is one. @throws InputError naming it if it is not 0 … size − 1 */
export function checkedId(id: number, size: number): number {
  if (isId(id, size)) return id;
  throw new InputError(`${valueText(id)} is not a token id: this tokenizer has the ids 0 to ${size - 1}`);
}
