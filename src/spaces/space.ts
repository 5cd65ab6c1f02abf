// What can be done with every space. A new kind of space is one more case in each function here.
import type { Generator } from "../random/index.ts";
import type { Box } from "./box.ts";
import type { Discrete } from "./discrete.ts";

/** A set of observations or actions. */
export type Space = Box | Discrete;

/** Whether `x` is an element: for a Box a flat array of the right length within the bounds, for Discrete a number. */
export function contains(space: Space, x: unknown): boolean {
  switch (space.kind) {
    case "box": {
      if (!isNumberArray(x) || x.length !== space.low.length) return false;
      for (let i = 0; i < x.length; i++) {
        // Bounds are float32, so is what they bound: 0.7 as a double is above float32(0.7).
        const value = Math.fround(x[i]);
        if (!(value >= space.low[i] && value <= space.high[i])) return false;
      }
      return true;
    }
    case "discrete":
      return Number.isInteger(x) && (x as number) >= space.start && (x as number) < space.start + space.n;
  }
}

/**
 * Draws an element as Gymnasium does: uniform where bounded, shifted standard exponential where bounded on one side,
 * standard normal where unbounded.
 *
 * @returns for a Box a fresh flat Float32Array, for Discrete a number
 */
export function sample(space: Box, generator: Generator): Float32Array;
export function sample(space: Discrete, generator: Generator): number;
export function sample(space: Space, generator: Generator): Float32Array | number;
export function sample(space: Space, generator: Generator): Float32Array | number {
  switch (space.kind) {
    case "box":
      return sampleBox(space, generator);
    case "discrete":
      return space.start + Number(generator.integers(0, space.n));
  }
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

/** How many numbers {@link encode} writes: a Box's components, a Discrete's `n` (one-hot). */
export function flatSize(space: Space): number {
  switch (space.kind) {
    case "box":
      return space.low.length;
    case "discrete":
      return space.n;
  }
}

/**
 * Writes what a network sees of `x` into `out[offset … offset + flatSize(space)]`: a Box flat as it is, Discrete as
 * one-hot. Does not check that `x` is an element ({@link contains} does).
 */
export function encode(space: Space, x: ArrayLike<number> | number, out: Float32Array, offset = 0): void {
  switch (space.kind) {
    case "box": {
      const values = x as ArrayLike<number>;
      for (let i = 0; i < space.low.length; i++) out[offset + i] = values[i];
      return;
    }
    case "discrete":
      out.fill(0, offset, offset + space.n);
      out[offset + (x as number) - space.start] = 1;
  }
}

/** One line for people: `Box(-1..1, shape (3,))`, `Box([-4.8, -inf]..[4.8, inf], shape (2,))`, `Discrete(2)`. */
export function describeSpace(space: Space): string {
  switch (space.kind) {
    case "box": {
      const shape = space.shape.length === 1 ? `(${space.shape[0]},)` : `(${space.shape.join(", ")})`;
      return `Box(${describeBounds(space)}, shape ${shape})`;
    }
    case "discrete":
      return space.start === 0 ? `Discrete(${space.n})` : `Discrete(${space.n}, start ${space.start})`;
  }
}

const MANY_COMPONENTS = 8;

function describeBounds({ low, high }: Box): string {
  const same = low.every((l) => l === low[0]) && high.every((h) => h === high[0]);
  if (same) return `${describeNumber(low[0])}..${describeNumber(high[0])}`;
  if (low.length <= MANY_COMPONENTS) {
    return `[${Array.from(low, describeNumber).join(", ")}]..[${Array.from(high, describeNumber).join(", ")}]`;
  }
  const lowest = low.reduce((a, b) => Math.min(a, b));
  const highest = high.reduce((a, b) => Math.max(a, b));
  return `within ${describeNumber(lowest)}..${describeNumber(highest)}`;
}

/** A float32 as short as it reads: 4.800000190734863 is "4.8". */
export function describeNumber(x: number): string {
  if (x === Infinity) return "inf";
  if (x === -Infinity) return "-inf";
  return String(Number(x.toPrecision(6)));
}

/** Whether two spaces have the same elements and the same shape. */
export function sameSpace(a: Space, b: Space): boolean {
  if (a.kind === "box" && b.kind === "box") {
    return sameNumbers(a.shape, b.shape) && sameNumbers(a.low, b.low) && sameNumbers(a.high, b.high);
  }
  if (a.kind === "discrete" && b.kind === "discrete") return a.n === b.n && a.start === b.start;
  return false;
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `x` is a typed array or an array of numbers (a NaN is one). */
export function isNumberArray(x: unknown): x is ArrayLike<number> {
  if (Array.isArray(x)) return x.every((value) => typeof value === "number");
  if (!ArrayBuffer.isView(x) || x instanceof DataView) return false;
  return !(x instanceof BigInt64Array || x instanceof BigUint64Array);
}
