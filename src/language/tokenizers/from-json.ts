// Tokenizers from the JSON that they are kept as.

import { InputError } from "../../errors.ts";
import { inOneLine } from "../../text/printable.ts";
import { shortened, valueText } from "../../text/values.ts";
import { byteTokenizer } from "./bytes.ts";
import { idTokenizer } from "./ids.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { wordTokenizer } from "./words.ts";

type Members = Readonly<Record<string, unknown>>;

/** How each kind is made, and the members that its JSON has beside the kind. */
const kinds: Record<Tokenizer["kind"], { members: readonly string[]; make(json: Members): Tokenizer }> = {
  words: { members: ["words"], make: ({ words }) => wordTokenizer(words as string[]) },
  bytes: { members: [], make: byteTokenizer },
  none: {
    members: ["size", "endOfText"],
    make: ({ size, endOfText }) => idTokenizer(size as number, endOfText as number | undefined),
  },
};

/**
 * The tokenizer that its `toJSON` described.
 *
 * @param json parsed JSON, from anywhere
 * @param name what it is called in messages, such as the file's path
 * @throws InputError if it does not describe a tokenizer
 */
export function tokenizerFrom(json: unknown, name: string): Tokenizer {
  const fail = (problem: string): never => {
    throw new InputError(`${name} does not describe a tokenizer: ${inOneLine(problem)}`);
  };
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return fail(`it is ${valueText(json)}, where an object such as {"kind":"bytes"} is needed`);
  const { kind, ...rest } = json as Record<string, unknown>;
  if (!isKind(kind)) return fail(`its kind is ${valueText(kind)}, where ${quoted(Object.keys(kinds))} is needed`);
  const { members, make } = kinds[kind];
  const unknown = Object.keys(rest).find((key) => !members.includes(key));
  if (unknown !== undefined)
    return fail(`beside its kind it has "${shortened(unknown)}", where "${kind}" takes ${quoted(members)}`);
  try {
    return make(rest);
  } catch (error) {
    return fail((error as InputError).message);
  }
}

const isKind = (kind: unknown): kind is Tokenizer["kind"] => typeof kind === "string" && Object.hasOwn(kinds, kind);

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(" or ") || "nothing else";
