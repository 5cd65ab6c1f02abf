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

/** What `--seeds` takes: 1-5, or 1,2,9. */
export function typedSeeds(text: string): number[] {
  try {
    return parseSeeds(text);
  } catch (error) {
    throw new InputError(`--seeds: ${(error as Error).message}`, { cause: error });
  }
}
