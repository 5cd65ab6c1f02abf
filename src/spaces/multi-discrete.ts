// MultiDiscrete: several choices at once, each with its number of alternatives.
import { InputError } from "../errors.ts";
import { lengthOf, valueText } from "../text/values.ts";

/** A set of vectors of whole numbers: component i is one of 0 … counts[i] − 1. */
export interface MultiDiscrete {
  /** Tells spaces apart. */
  readonly kind: "multiDiscrete";
  /** How many alternatives each component has. */
  readonly counts: readonly number[];
}

/**
 * Makes a {@link MultiDiscrete} space. Its elements are Int32Arrays (or arrays of whole numbers) as long as `counts`.
 *
 * @param counts alternatives of each component, each at least 1
 * @throws InputError when there are none, or one is not a whole number of at least 1
 *
 * @example multiDiscrete([3, 2]) // [0, 0], [0, 1], [1, 0], … [2, 1]
 */
export function multiDiscrete(counts: ArrayLike<number>): MultiDiscrete {
  const problem = countsProblem(counts);
  if (problem) throw new InputError(`MultiDiscrete: ${problem}`);
  return { kind: "multiDiscrete", counts: Object.freeze(Array.from(counts)) };
}

/** What is wrong with the counts of a MultiDiscrete space, or null. */
export function countsProblem(counts: unknown): string | null {
  if (lengthOf(counts) === undefined) {
    return `counts is ${valueText(counts)}, but must be an array of whole numbers`;
  }
  const list = counts as ArrayLike<unknown>;
  if (list.length === 0) return "counts is empty, but there must be at least one component";
  for (let i = 0; i < list.length; i++)
    if (!Number.isSafeInteger(list[i]) || (list[i] as number) < 1)
      return `counts[${i}] is ${valueText(list[i])}, but must be a whole number of at least 1`;
  return null;
}
