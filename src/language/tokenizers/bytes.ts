// One id a byte of UTF-8: takes any text.

import { checkedId, type Tokenizer } from "./tokenizer.ts";
import { TextDecoder, TextEncoder } from "../../globals.ts";

const endOfText = 256;
const padding = 257;
const size = 258;

/**
 * A tokenizer whose ids are the bytes of UTF-8, then end of text (256) and padding (257). Decoding replaces what is not
 * UTF-8 by U+FFFD, and does so with a character that an end of text cuts in two; encoding, lone surrogates.
 */
export function byteTokenizer(): Tokenizer {
  return {
    kind: "bytes",
    size,
    endOfText,
    padding,
    encode: (text) => Array.from(new TextEncoder().encode(text)),
    decode(ids) {
      let text = "";
      let bytes: number[] = [];
      const flush = (): void => {
        text += byteDecoder().decode(Uint8Array.from(bytes));
        bytes = [];
      };
      for (const id of ids) {
        if (isByte(id)) bytes.push(id);
        else flush();
      }
      flush();
      return text;
    },
    toJSON: () => ({ kind: "bytes" }),
  };
}

/** A TextDecoder, as programs without browser types know it. */
export interface ByteDecoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
}

/** A decoder of bytes, which keeps a byte order mark: it was part of the text. */
export const byteDecoder = (): ByteDecoder => new TextDecoder("utf-8", { ignoreBOM: true });

/** Whether an id is a byte rather than end of text or padding. @throws InputError if it is none of these */
export const isByte = (id: number): boolean => checkedId(id, size) < 256;
