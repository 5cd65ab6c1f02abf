// How far rounding alone leads beyond the bounds of a Box.
import type { Box } from "./box.ts";

/** The largest finite float32. */
export const largestFloat32 = 3.4028234663852886e38;

/** Bounds of a Box, all of them finite. */
export interface FiniteBounds {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** The bounds of a Box, with the largest finite numbers in place of infinite ones. */
export const finiteBounds = ({ low, high }: Box): FiniteBounds => ({ low: low.map(finite), high: high.map(finite) });

/**
 * The same, a rounding farther out: by one float32 step of the bound. 0 has no step of its own: beyond it counts that of
 * the other bound or of 1, whichever is smaller.
 */
export function roundedBounds(space: Box): FiniteBounds {
  const { low, high } = finiteBounds(space);
  return {
    low: low.map((bound, i) => finite(bound === 0 ? -stepOfZero(high[i]) : neighbour(bound, bound < 0))),
    high: high.map((bound, i) => finite(bound === 0 ? stepOfZero(low[i]) : neighbour(bound, bound > 0))),
  };
}

const finite = (bound: number): number => Math.max(-largestFloat32, Math.min(largestFloat32, bound));

function stepOfZero(otherBound: number): number {
  const size = Math.min(1, Math.abs(otherBound));
  return neighbour(size, true) - size;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The float32 next to one that is not 0: the next larger by magnitude, or the next smaller. */
function neighbour(x: number, larger: boolean): number {
  float[0] = x;
  bits[0] += larger ? 1 : -1;
  return float[0];
}
