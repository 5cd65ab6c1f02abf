// MultiBinary: n switches, each off or on.
import { InputError } from "../errors.ts";

/** The set of vectors of `n` zeros and ones. */
export interface MultiBinary {
  /** Tells spaces apart. */
  readonly kind: "multiBinary";
  /** How many components. */
  readonly n: number;
}

/**
 * Makes a {@link MultiBinary} space. Its elements are Int32Arrays (or arrays) of `n` zeros and ones.
 *
 * @param n number of components, at least 1
 * @throws InputError when it is not a whole number of at least 1
 */
export function multiBinary(n: number): MultiBinary {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new InputError(`MultiBinary: n is ${n}, but must be a whole number of at least 1`);
  }
  return { kind: "multiBinary", n };
}
