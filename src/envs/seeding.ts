// Gymnasium's rule for `reset(seed)`, for environments that draw random numbers.
import { createGenerator, type Generator } from "../random/index.ts";

/**
 * The generator that an environment continues with after `reset(seed)`: with a seed, a new `default_rng(seed)` of NumPy;
 * without one, its current generator; initially, one with an unpredictable seed.
 */
export function seededGenerator(seed: number | undefined, current: Generator | null): Generator {
  if (seed !== undefined) return createGenerator(seed);
  return current ?? createGenerator(crypto.getRandomValues(new BigUint64Array(1))[0]);
}
