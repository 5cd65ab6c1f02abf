// The random streams of one run: each purpose has a separate seed, so that none disturbs another.
import { InputError } from "../errors.ts";
import { SeedSequence } from "./seed-sequence.ts";
import type { Entropy } from "./seed-sequence.ts";

/**
 * The spawn key of each purpose. Never renumber: numbers of recorded runs depend on them. New purposes go at the end.
 */
const spawnKeys = {
  initialization: 0,
  actions: 1,
  minibatches: 2,
  environments: 3,
  evaluation: 4,
} as const;

/** What a run needs random numbers for. */
export type StreamPurpose = keyof typeof spawnKeys;

/**
 * The named streams of a run with this seed: `streams("actions")` is the same SeedSequence in each call, whatever other
 * streams are used. Environments get children of `streams("environments")`, so that adding one does not change the
 * others.
 * @throws InputError for a bad seed or an unknown purpose
 */
export function createStreams(seed: Entropy): (purpose: StreamPurpose) => SeedSequence {
  new SeedSequence(seed); // a bad seed is reported here and not at the first use
  return (purpose) => {
    if (!Object.hasOwn(spawnKeys, purpose))
      throw new InputError(`unknown random stream "${purpose}": known are ${Object.keys(spawnKeys).join(", ")}`);
    return new SeedSequence(seed, [spawnKeys[purpose]]);
  };
}
