// No tokenizer: texts are written as the ids themselves, for a model whose own tokenizer is elsewhere.

import { InputError } from "../../errors.ts";
import { inOneLine } from "../../text/printable.ts";
import { shortened, valueText } from "../../text/values.ts";
import { checkedId, isId, type Tokenizer } from "./tokenizer.ts";

/**
 * A tokenizer that takes and gives ids: "1 5 7" is [1, 5, 7]. It has no padding.
 *
 * @param size number of ids
 * @param endOfText the id that ends a text; default: there is none
 * @throws InputError if the size is not a positive integer, or `endOfText` not an id
 */
export function idTokenizer(size: number, endOfText?: number): Tokenizer {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new InputError(`a tokenizer needs a positive number of token ids, not ${valueText(size)}`);
  if (endOfText !== undefined && !isId(endOfText, size))
    throw new InputError(`the end of text is ${valueText(endOfText)}, but must be a token id from 0 to ${size - 1}`);
  return {
    kind: "none",
    size,
    endOfText,
    padding: undefined,
    encode: (text) =>
      Array.from(text.matchAll(/\S+/g), ([word]) => {
        if (!/^\d+$/.test(word))
          throw new InputError(
            `"${inOneLine(shortened(word))}" is not a token id: there is no tokenizer here, so texts are ids such as 1 5 7`,
          );
        return checkedId(Number(word), size);
      }),
    decode: (ids) => Array.from(ids, (id) => checkedId(id, size)).join(" "),
    toJSON: () => ({ kind: "none", size, ...(endOfText !== undefined && { endOfText }) }),
  };
}
