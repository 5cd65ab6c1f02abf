// Gymnasium's rule for `reset(seed)`, for environments that draw random numbers.
import { createGenerator, type Generator } from "../random/index.ts";

/**
 * The generator that an environment goes on with after `reset(seed)`: with a seed, NumPy's `default_rng(seed)` afresh;
 * without one, the generator it has; at first, one of unpredictable seed.
 */
export function seededGenerator(seed: number | undefined, current: Generator | null): Generator {
  if (seed !== undefined) return createGenerator(seed);
  return current ?? createGenerator(crypto.getRandomValues(new BigUint64Array(1))[0]);
}
