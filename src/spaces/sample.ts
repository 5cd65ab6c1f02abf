// Draws elements of a space: Gymnasium's numbers.
import { InputError } from "../errors.ts";
import type { Generator } from "../random/index.ts";
import type { Box } from "./box.ts";
import type { Discrete } from "./discrete.ts";
import { maskProblem, type ActionMask } from "./masks.ts";
import type { MultiBinary } from "./multi-binary.ts";
import type { MultiDiscrete } from "./multi-discrete.ts";
import { describeSpace, maskSize, type Space } from "./space.ts";

/**
 * Draws an element as Gymnasium does: uniform where bounded, shifted standard exponential where bounded on one side,
 * standard normal where unbounded. With a mask, for a Discrete or MultiDiscrete space, uniform over what it allows.
 *
 * @returns for a Box a fresh flat Float32Array, for Discrete a number, for MultiDiscrete and MultiBinary a fresh
 *   Int32Array
 * @throws InputError if the mask does not fit the space, or leaves no choice
 */
export function sample(space: Box, generator: Generator): Float32Array;
export function sample(space: Discrete, generator: Generator, mask?: ActionMask): number;
export function sample(space: MultiDiscrete, generator: Generator, mask?: ActionMask): Int32Array;
export function sample(space: MultiBinary, generator: Generator): Int32Array;
export function sample(space: Space, generator: Generator, mask?: ActionMask): Float32Array | Int32Array | number;
export function sample(space: Space, generator: Generator, mask?: ActionMask): Float32Array | Int32Array | number {
  if (mask !== undefined) return sampleAllowed(space, generator, mask);
  switch (space.kind) {
    case "box":
      return sampleBox(space, generator);
    case "discrete":
      return space.start + Number(generator.integers(0, space.n));
    case "multiDiscrete":
      return Int32Array.from(space.counts, (count) => Math.floor(generator.random() * count));
    case "multiBinary":
      return sampleBits(space.n, generator);
  }
}

function sampleAllowed(space: Space, generator: Generator, mask: ActionMask): Int32Array | number {
  const size = maskSize(space);
  if (size === 0) throw new InputError(`a mask is for Discrete and MultiDiscrete spaces, not ${describeSpace(space)}`);
  const problem = maskProblem(space, mask);
  if (problem) throw new InputError(problem);
  let at = 0;
  const draw = (count: number): number => {
    const allowed = Array.from({ length: count }, (_, k) => k).filter((k) => mask[at + k]);
    at += count;
    return allowed[generator.integers(0, allowed.length)];
  };
  return space.kind === "multiDiscrete" ? Int32Array.from(space.counts, draw) : (space as Discrete).start + draw(size);
}

/** As NumPy draws int8 of 0 … 1: the highest bit of each byte of 32-bit words, the lowest byte first. */
function sampleBits(n: number, generator: Generator): Int32Array {
  const x = new Int32Array(n);
  let word = 0;
  for (let i = 0; i < n; i++) {
    word = i % 4 === 0 ? generator.nextUint32() : word >>> 8;
    x[i] = (word >>> 7) & 1;
  }
  return x;
}

function sampleBox({ low, high }: Box, generator: Generator): Float32Array {
  const x = new Float32Array(low.length);
  const draw = (hasLow: boolean, hasHigh: boolean, value: (i: number) => number): void => {
    for (let i = 0; i < x.length; i++) {
      if (low[i] > -Infinity === hasLow && high[i] < Infinity === hasHigh) x[i] = value(i);
    }
  };
  // One pass per kind of interval: Gymnasium's order of draws.
  draw(false, false, () => generator.standardNormal());
  draw(true, false, (i) => low[i] + generator.standardExponential());
  draw(false, true, (i) => high[i] - generator.standardExponential());
  draw(true, true, (i) => generator.uniform(low[i], high[i]));
  return x;
}
