// Running mean and variance in float64, merged batch by batch: Chan, Golub & LeVeque (1979).

/** Moments of `size` components; the object is its whole state and survives JSON. */
export interface Moments {
  /** How many rows they are of, and a small prior count. */
  count: number;
  /** Of each component. */
  mean: number[];
  /** Of each component, over `count`. */
  variance: number[];
}

/** Mean 0 and variance 1 before the first values. As in Gymnasium, a small count stands for this prior. */
export const createMoments = (size: number): Moments => ({
  count: 1e-4,
  mean: Array<number>(size).fill(0),
  variance: Array<number>(size).fill(1),
});

/** Adds `rows` rows of values [rows, size] to the moments. */
export function updateMoments(moments: Moments, values: ArrayLike<number>, rows: number): void {
  const size = moments.mean.length;
  const total = moments.count + rows;
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
  }
  moments.count = total;
}

/** Merges moments of equally many components into these, as if their values had come one batch after the other. */
export function mergeMoments(moments: Moments, other: Moments): void {
  const total = moments.count + other.count;
  for (let j = 0; j < moments.mean.length; j++) {
    const delta = other.mean[j] - moments.mean[j];
    const squares = moments.variance[j] * moments.count + other.variance[j] * other.count;
    const m2 = squares + (delta * delta * moments.count * other.count) / total;
    moments.mean[j] = moments.mean[j] + (delta * other.count) / total;
    moments.variance[j] = m2 / total;
  }
  moments.count = total;
}

/** Added to a variance before the root is taken. */
export const epsilon = 1e-8;
/** Bound of standardized values. */
export const limit = 10;

/** (x − mean) / √(variance + 1e-8), clipped to ±10, for rows [rows, size], from `values` into `out`. */
export function standardize(moments: Moments, values: ArrayLike<number>, rows: number, out: Float32Array): void {
  const size = moments.mean.length;
  for (let j = 0; j < size; j++) {
    const mean = moments.mean[j];
    const scale = 1 / Math.sqrt(moments.variance[j] + epsilon);
    for (let k = j; k < rows * size; k += size) out[k] = Math.max(-limit, Math.min(limit, (values[k] - mean) * scale));
  }
}

/** x / √(variance + 1e-8), clipped to ±10: how rewards are scaled, without shifting them. */
export const rescale = (moments: Moments, x: number): number =>
  Math.max(-limit, Math.min(limit, x / Math.sqrt(moments.variance[0] + epsilon)));
