// Discrete: the n whole numbers start, start + 1, …, start + n − 1.
import { InputError } from "../errors.ts";

/** A set of `n` consecutive whole numbers. */
export interface Discrete {
  /** Tells spaces apart. */
  readonly kind: "discrete";
  /** How many elements. */
  readonly n: number;
  /** The smallest element. */
  readonly start: number;
}

/**
 * Makes a {@link Discrete} space, {start, …, start + n − 1}.
 *
 * @param n number of elements, at least 1
 * @param start the smallest element, default 0
 * @throws InputError when either is not a whole number, or `n` is below 1
 */
export function discrete(n: number, start = 0): Discrete {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new InputError(`Discrete: n is ${n}, but must be a whole number of at least 1`);
  }
  if (!Number.isSafeInteger(start)) throw new InputError(`Discrete: start is ${start}, but must be a whole number`);
  return { kind: "discrete", n, start };
}
