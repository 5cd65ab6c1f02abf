// Statistics over seeds, as Agarwal et al. ask for in "Deep Reinforcement Learning at the Edge of the
// Statistical Precipice" (2021): intervals by the bootstrap, and the interquartile mean beside the mean. Of fewer than
// five seeds a bootstrap only draws the same few numbers again, and its 95 % intervals hold the truth in half to four
// fifths of cases: there the interval is Student's t.

import { meanInterval } from "../math/student.ts";
import { createGenerator } from "../random/index.ts";

/** Resamples of a bootstrap interval. */
const usualResamples = 10_000;

/** A confidence interval. */
export type Interval = readonly [low: number, high: number];

/** The arithmetic mean; NaN of no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation (n − 1); 0 of a single value. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) * (value - center), 0) / (values.length - 1));
}

/**
 * The mean of the middle half: a quarter of the values, rounded down, is left out at each end. Of 5 values the middle
 * 3 count, of 3 all. It is the 25 % trimmed mean, as in rliable.
 */
export function interquartileMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 4);
  return mean(sorted.slice(cut, sorted.length - cut));
}

/** The value below which a share of the values is, between two of them by linear interpolation, as NumPy's. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below];
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}

/** The middle value; of an even number, the mean of the middle two. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * A 95 % interval of a statistic by the percentile bootstrap: the statistic of samples as large as the values, drawn
 * from them with replacement. The numbers are always the same ones, so that a table comes out the same again.
 *
 * @param statistic Default: the mean.
 * @returns null of fewer than two values, from which nothing can be told about their spread
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: (values: readonly number[]) => number = mean,
  resamples = usualResamples,
): Interval | null {
  const n = values.length;
  if (n < 2) return null;
  const generator = createGenerator(2021);
  const sample = new Array<number>(n);
  const statistics = Array.from({ length: resamples }, () => {
    for (let i = 0; i < n; i++) sample[i] = values[generator.integers(0, n)];
    return statistic(sample);
  });
  return [quantile(statistics, 0.025), quantile(statistics, 0.975)];
}

/** So few that a bootstrap over them would be far too sure of itself. */
export const isFew = (values: readonly unknown[]): boolean => values.length < 5;

/**
 * A 95 % interval of a statistic over seeds: by the bootstrap from five on. Of two to four it is Student's t of the mean,
 * for the interquartile mean too, which is the mean of up to three; of any other statistic there is none.
 *
 * @returns null of fewer than two values too
 */
export function seedInterval(
  values: readonly number[],
  statistic: (values: readonly number[]) => number = mean,
  resamples = usualResamples,
): Interval | null {
  if (!isFew(values)) return bootstrapInterval(values, statistic, resamples);
  if (values.length < 2 || (statistic !== mean && statistic !== interquartileMean)) return null;
  const { mean: center, halfWidth } = meanInterval(values);
  return [center - halfWidth, center + halfWidth];
}

/**
 * What is drawn around a statistic over seeds: its 95 % interval from five on, and of two to four the lowest and the
 * highest, between which they all lie.
 */
export function seedBand(
  values: readonly number[],
  statistic: (values: readonly number[]) => number = mean,
  resamples = usualResamples,
): Interval | null {
  if (!isFew(values)) return bootstrapInterval(values, statistic, resamples);
  if (values.length < 2 || (statistic !== mean && statistic !== interquartileMean)) return null;
  return [Math.min(...values), Math.max(...values)];
}
