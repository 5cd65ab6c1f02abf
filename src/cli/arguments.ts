// Values of flags that belong to commands rather than to algorithms.

import { InputError } from "../errors.ts";
import { parseSeeds } from "../suites/file-schema.ts";
import { parseValue } from "./values.ts";

/** A parser for a flag that takes a whole number of at least 1. */
export function positiveInteger(flag: string): (text: string) => number {
  return (text) => integer(flag, text, 1);
}

/** A parser for a flag that takes a whole number of at least 0. */
export function naturalNumber(flag: string): (text: string) => number {
  return (text) => integer(flag, text, 0);
}

function integer(flag: string, text: string, least: number): number {
  const value = parseValue(text, { type: "integer" });
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new InputError(`${flag} must be a whole number of at least ${least}, not ${JSON.stringify(text)}`);
  }
  return value as number;
}

/** A parser for a flag that takes a number that `isRight`, which is one of `range`. */
export const number = (flag: string, isRight: (value: number) => boolean, range: string) => (text: string) => {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(value) || !isRight(value))
    throw new InputError(`${flag} must be a number ${range}, not ${JSON.stringify(text)}`);
  return value;
};

/** A parser for a flag that takes a JSON object, of which `example` is one. */
export const jsonObject = (flag: string, example: string) => (text: string) => {
  const value = parseValue(text, { type: "object" });
  if (typeof value !== "object")
    throw new InputError(`${flag} is not a JSON object: ${text}\nFor example: ${flag} '${example}'`);
  return value as Record<string, unknown>;
};

/** What `--seeds` takes: 1-5, or 1,2,9. */
export function typedSeeds(text: string): number[] {
  try {
    return parseSeeds(text);
  } catch (error) {
    throw new InputError(`--seeds: ${(error as Error).message}`, { cause: error });
  }
}
