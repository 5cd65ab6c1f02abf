// What can be done with every space. A new kind of space is one more case in each function here.
import { isNumberArray } from "./arrays.ts";
import type { Box } from "./box.ts";
import type { Discrete } from "./discrete.ts";
import type { MultiBinary } from "./multi-binary.ts";
import type { MultiDiscrete } from "./multi-discrete.ts";

/** A set of observations or actions. */
export type Space = Box | Discrete | MultiDiscrete | MultiBinary;

/**
 * Whether `x` is an element: for a Box a flat array of the right length within the bounds, for Discrete a whole number,
 * for MultiDiscrete and MultiBinary an array of whole numbers.
 */
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
    case "multiDiscrete":
    case "multiBinary": {
      const size = elementSize(space);
      if (!isNumberArray(x) || x.length !== size) return false;
      for (let i = 0; i < size; i++) {
        if (!Number.isInteger(x[i]) || x[i] < 0 || x[i] >= alternatives(space, i)) return false;
      }
      return true;
    }
  }
}

/** How many values component i can have. */
const alternatives = (space: MultiDiscrete | MultiBinary, i: number): number =>
  space.kind === "multiBinary" ? 2 : space.counts[i];

/** How many numbers an element is made of: 1 for Discrete, otherwise its components. */
export function elementSize(space: Space): number {
  switch (space.kind) {
    case "box":
      return space.low.length;
    case "discrete":
      return 1;
    case "multiDiscrete":
      return space.counts.length;
    case "multiBinary":
      return space.n;
  }
}

/** How many entries an action mask has: `n` for Discrete, Σ counts for MultiDiscrete, 0 for spaces without masks. */
export function maskSize(space: Space): number {
  return space.kind === "discrete" || space.kind === "multiDiscrete" ? flatSize(space) : 0;
}

/** How many numbers {@link encode} writes: a Box's or MultiBinary's components, one-hot `n` of Discrete, Σ counts. */
export function flatSize(space: Space): number {
  switch (space.kind) {
    case "box":
      return space.low.length;
    case "discrete":
    case "multiBinary":
      return space.n;
    case "multiDiscrete":
      return space.counts.reduce((sum, count) => sum + count, 0);
  }
}

/**
 * Writes what a network sees of `x` into `out[offset … offset + flatSize(space)]`: a Box and MultiBinary as they are,
 * Discrete as one-hot, MultiDiscrete as one one-hot after the other. Does not check that `x` is an element: see
 * {@link contains}.
 */
export function encode(space: Space, x: ArrayLike<number> | number, out: Float32Array, offset = 0): void {
  switch (space.kind) {
    case "box":
    case "multiBinary": {
      const values = x as ArrayLike<number>;
      const size = flatSize(space);
      for (let i = 0; i < size; i++) out[offset + i] = values[i];
      return;
    }
    case "discrete":
      out.fill(0, offset, offset + space.n);
      out[offset + (x as number) - space.start] = 1;
      return;
    case "multiDiscrete": {
      const values = x as ArrayLike<number>;
      let at = offset;
      for (let i = 0; i < space.counts.length; i++) {
        const count = space.counts[i];
        out.fill(0, at, at + count);
        out[at + values[i]] = 1;
        at += count;
      }
    }
  }
}

/**
 * A readable line: `Box(-1..1, shape (3,))`, `Box([-4.8, -inf]..[4.8, inf], shape (2,))`, `Discrete(2)`,
 * `MultiDiscrete([3, 2])`, `MultiBinary(4)`.
 */
export function describeSpace(space: Space): string {
  switch (space.kind) {
    case "box": {
      const shape = space.shape.length === 1 ? `(${space.shape[0]},)` : `(${space.shape.join(", ")})`;
      return `Box(${describeBounds(space)}, shape ${shape})`;
    }
    case "discrete":
      return space.start === 0 ? `Discrete(${space.n})` : `Discrete(${space.n}, start ${space.start})`;
    case "multiDiscrete":
      return `MultiDiscrete([${space.counts.join(", ")}])`;
    case "multiBinary":
      return `MultiBinary(${space.n})`;
  }
}

const manyComponents = 8;

function describeBounds({ low, high }: Box): string {
  const same = low.every((l) => l === low[0]) && high.every((h) => h === high[0]);
  if (same) return `${describeNumber(low[0])}..${describeNumber(high[0])}`;
  if (low.length <= manyComponents) {
    return `[${Array.from(low, describeNumber).join(", ")}]..[${Array.from(high, describeNumber).join(", ")}]`;
  }
  const lowest = low.reduce((a, b) => Math.min(a, b));
  const highest = high.reduce((a, b) => Math.max(a, b));
  return `within ${describeNumber(lowest)}..${describeNumber(highest)}`;
}

/** A float32 to six digits: 4.800000190734863 is "4.8". */
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
  if (a.kind === "multiDiscrete" && b.kind === "multiDiscrete") return sameNumbers(a.counts, b.counts);
  if (a.kind === "multiBinary" && b.kind === "multiBinary") return a.n === b.n;
  return false;
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
