// Running mean, variance and range in float64, merged batch by batch: Chan, Golub & LeVeque (1979).

import { copyOf } from "../globals.ts";

/** Moments of `size` components; the object is its whole state and survives JSON. */
export interface Moments {
  /** How many rows they are of, and a small prior count. */
  count: number;
  /** Of each component. */
  mean: number[];
  /** Of each component, over `count`. */
  variance: number[];
  /** The smallest and the largest value of each component so far; moments of version 0.1 have none. */
  low?: number[];
  high?: number[];
}

/** Mean 0 and variance 1 before the first values. As in Gymnasium, a small count stands for this prior. */
export const createMoments = (size: number): Moments => ({
  count: 1e-4,
  mean: Array<number>(size).fill(0),
  variance: Array<number>(size).fill(1),
});

/**
 * Moments that also know the range of each component, of no values yet.
 *
 * The variance alone is a bad unit for what rarely changes: a flag that is raised once in 10,000 steps would be
 * 100 deviations from its mean. With these a component's unit is at least a sixth of its range, so that no value within
 * the range is standardized to more than ±6, and a component that never changed counts as 0.
 */
export const createRangedMoments = (size: number): Moments => ({
  count: 0,
  mean: Array<number>(size).fill(0),
  variance: Array<number>(size).fill(1),
  low: Array<number>(size).fill(0),
  high: Array<number>(size).fill(0),
});

/** Sets moments to saved ones, which had no range before version 0.2 and then get none. */
export function restoreMoments(moments: Moments, saved: Moments): void {
  Object.assign(moments, { low: undefined, high: undefined }, copyOf(saved));
}

/** Adds `rows` rows of values [rows, size] to the moments. */
export function updateMoments(moments: Moments, values: ArrayLike<number>, rows: number): void {
  const size = moments.mean.length;
  const total = moments.count + rows;
  const { low, high } = moments;
  for (let j = 0; j < size; j++) {
    let mean = 0;
    for (let i = 0; i < rows; i++) mean += values[i * size + j];
    mean /= rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) {
      const d = values[i * size + j] - mean;
      squares += d * d;
    }
    const delta = mean - moments.mean[j];
    const m2 = moments.variance[j] * moments.count + squares + (delta * delta * moments.count * rows) / total;
    moments.mean[j] = moments.mean[j] + (delta * rows) / total;
    moments.variance[j] = m2 / total;
    if (low && high)
      for (let i = 0, k = j; i < rows; i++, k += size) {
        const first = i === 0 && moments.count === 0;
        if (first || values[k] < low[j]) low[j] = values[k];
        if (first || values[k] > high[j]) high[j] = values[k];
      }
  }
  moments.count = total;
}

/** Merges moments of equally many components into these, as if their values had come one batch after the other. */
export function mergeMoments(moments: Moments, other: Moments): void {
  if (other.count === 0) return;
  const total = moments.count + other.count;
  for (let j = 0; j < moments.mean.length; j++) {
    const delta = other.mean[j] - moments.mean[j];
    const squares = moments.variance[j] * moments.count + other.variance[j] * other.count;
    const m2 = squares + (delta * delta * moments.count * other.count) / total;
    moments.mean[j] = moments.mean[j] + (delta * other.count) / total;
    moments.variance[j] = m2 / total;
    if (moments.low && moments.high && other.low && other.high) {
      moments.low[j] = moments.count === 0 ? other.low[j] : Math.min(moments.low[j], other.low[j]);
      moments.high[j] = moments.count === 0 ? other.high[j] : Math.max(moments.high[j], other.high[j]);
    }
  }
  moments.count = total;
}

/** Added to a variance before the root is taken, where there is no range. */
const epsilon = 1e-8;
/** Bound of standardized values. */
export const limit = 10;
/** Deviations in a range at most. */
const deviationsInRange = 6;
/** Ranges below this share of the values themselves are rounding, and those below this are nothing that float32 can show. */
const rounding = 1e-6;
const tiny = 1e-30;

/**
 * The unit of component j: √(variance + 1e-8), as Gymnasium's; of ranged moments √variance, but at least a sixth of the
 * range, and Infinity where nothing but rounding has changed so far.
 */
export function deviation({ count, variance, low, high }: Moments, j: number): number {
  if (!low || !high || count === 0) return Math.sqrt(variance[j] + epsilon);
  const range = high[j] - low[j];
  if (range <= Math.max(tiny, rounding * Math.max(Math.abs(low[j]), Math.abs(high[j])))) return Infinity;
  return Math.max(Math.sqrt(variance[j]), range / deviationsInRange);
}

/** (x − mean) / {@link deviation}, clipped to ±10, for rows [rows, size], from `values` into `out`. */
export function standardize(moments: Moments, values: ArrayLike<number>, rows: number, out: Float32Array): void {
  const size = moments.mean.length;
  for (let j = 0; j < size; j++) {
    const mean = moments.mean[j];
    const scale = 1 / deviation(moments, j);
    for (let k = j; k < rows * size; k += size) out[k] = Math.max(-limit, Math.min(limit, (values[k] - mean) * scale));
  }
}

/** x / {@link deviation}, clipped to ±10: how rewards are scaled, without shifting them. */
export const rescale = (moments: Moments, x: number): number =>
  Math.max(-limit, Math.min(limit, x / deviation(moments, 0)));
