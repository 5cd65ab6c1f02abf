// Verdicts: from numbers and intervals to supported, not supported or inconclusive.

import { createGenerator } from "../random/index.ts";
import { isFew, mean, quantile, seedInterval, type Interval } from "../runs/statistics.ts";
import type { Finding, Verdict } from "./experiment.ts";

/** A number as a verdict shows it: three significant digits, grouped from a thousand on. */
export function told(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-US").replace("-", "−");
  const text = size !== 0 && size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll("-", "−");
}

/** "0.53 [0.41, 0.66]" */
export const withInterval = (value: number, interval: Interval | null): string =>
  interval ? `${told(value)} [${told(interval[0])}, ${told(interval[1])}]` : told(value);

/** The finding of what is exact: it holds or it does not. */
export const decided = (holds: boolean, measured: string): Finding => ({
  verdict: holds ? "supported" : "not supported",
  measured,
});

/** The finding of several that must all hold: it fails with one of them, and is open while one is. */
export function allOf(findings: readonly Finding[]): Finding {
  const verdicts = findings.map(({ verdict }) => verdict);
  const verdict = (["not supported", "inconclusive"] as const).find((each) => verdicts.includes(each)) ?? "supported";
  return { verdict, measured: findings.map(({ measured }) => measured).join("; ") };
}

/** What an interval has to exclude. */
export interface Bound {
  /** Supported where all of the interval is above it; not supported where all is below. */
  readonly above?: number;
  /** Supported where all of the interval is below it; not supported where all is above. */
  readonly below?: number;
  /** How many seeds there are, and how many a verdict takes. */
  readonly seeds: number;
  readonly atLeast: number;
}

/** The finding of an estimate with its interval: a verdict only where the interval excludes the opposite. */
export function judged(
  what: string,
  { value, interval }: Estimate,
  { above, below, seeds, atLeast }: Bound,
  unit = "",
): Finding {
  const measured = `${what} ${withInterval(value, interval)}${unit}, ${seeds} seed${seeds === 1 ? "" : "s"}`;
  if (seeds < atLeast)
    return { verdict: "inconclusive", measured: `${measured}; a verdict takes ${atLeast}`, interval };
  return { verdict: verdictOf(interval, above, below), measured, interval };
}

function verdictOf(interval: Interval | null, above = -Infinity, below = Infinity): Verdict {
  if (!interval || interval.some(Number.isNaN)) return "inconclusive";
  const [low, high] = interval;
  if (low > above && high < below) return "supported";
  return high < above || low > below ? "not supported" : "inconclusive";
}

/** The same of findings in several cases, such as environments, each told with its name. */
export const inEach = (findings: Readonly<Record<string, Finding>>): Finding =>
  allOf(Object.entries(findings).map(([name, finding]) => ({ ...finding, measured: `${name}: ${finding.measured}` })));

/** A number with its 95 % interval over seeds: see `seedInterval`. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval | null;
}

/** A statistic of values of independent seeds. Default: the mean. */
export const estimate = (
  values: readonly number[],
  statistic: (values: readonly number[]) => number = mean,
): Estimate => ({ value: statistic(values), interval: seedInterval(values, statistic) });

/** a − b, seed by seed. @throws Error if they are not of the same seeds */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  statistic: (values: readonly number[]) => number = mean,
): Estimate {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} values are not pairs`);
  return estimate(
    a.map((value, i) => value - b[i]),
    statistic,
  );
}

/** a / b, each a statistic over seeds; seeds are drawn in pairs. */
export function pairedRatio(
  a: readonly number[],
  b: readonly number[],
  statistic: (values: readonly number[]) => number = mean,
): Estimate {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} values are not pairs`);
  return resampled([a, b], (draw) => statistic(draw[0]) / statistic(draw[1]), true);
}

/**
 * The probability that a seed of `a` does better than one of `b`, a tie counting half (Agarwal et al., 2021): ½ where
 * neither is better.
 */
export const improvement = (a: readonly number[], b: readonly number[]): Estimate =>
  resampled([a, b], ([x, y]) => {
    let wins = 0;
    for (const better of x) for (const worse of y) wins += better > worse ? 1 : better === worse ? 0.5 : 0;
    return wins / (x.length * y.length);
  });

/** In which share of resamples, each sample drawn for itself, something holds. */
export const shareOf = (
  samples: readonly (readonly number[])[],
  holds: (samples: readonly (readonly number[])[]) => boolean,
): number => {
  const generator = createGenerator(2021);
  let count = 0;
  for (let k = 0; k < resamples; k++)
    count += Number(holds(samples.map((sample) => sample.map(() => sample[generator.integers(0, sample.length)]))));
  return count / resamples;
};

const resamples = 2000;

/** A statistic of several samples, with its interval by the bootstrap; the same draws each time. */
function resampled(
  samples: readonly (readonly number[])[],
  statistic: (samples: readonly (readonly number[])[]) => number,
  together = false,
): Estimate {
  const value = statistic(samples);
  if (samples.some(isFew)) return { value, interval: null }; // a bootstrap of so few is too sure of itself
  const generator = createGenerator(2021);
  const drawn = Array.from({ length: resamples }, () => {
    const places = together ? samples[0].map(() => generator.integers(0, samples[0].length)) : null;
    return statistic(
      samples.map((sample) => sample.map((_, i) => sample[places ? places[i] : generator.integers(0, sample.length)])),
    );
  });
  return { value, interval: [quantile(drawn, 0.025), quantile(drawn, 0.975)] };
}
