// Student's t: how far the mean of a few numbers may be from the mean of all.

/** The 0.975 quantiles of Student's t with 1, 2, … 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The same of any number; beyond the table by the first term of the expansion of Cornish & Fisher. */
const quantile = (degrees: number): number => quantiles[degrees - 1] ?? 1.96 + 2.372 / degrees;

/** A mean, and how far its 95 % interval reaches to either side: infinitely far for a single number, NaN for none. */
export interface MeanInterval {
  readonly mean: number;
  readonly halfWidth: number;
}

/** The mean of independent numbers with its 95 % interval by Student's t. */
export function meanInterval(values: readonly number[]): MeanInterval {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return { mean, halfWidth: n === 1 ? Infinity : NaN };
  const squares = values.reduce((total, x) => total + (x - mean) * (x - mean), 0);
  return { mean, halfWidth: quantile(n - 1) * Math.sqrt(squares / (n - 1) / n) };
}
