// Lines of charts from rows: what seeds have in common, point by point, with intervals.

import { interquartileMean, mean, seedBand } from "../runs/statistics.ts";
import type { Line } from "./charts.ts";
import type { Row } from "./experiment.ts";

/** Resamples of a band: it is looked at, not decided by. */
const resamples = 400;

/**
 * Columns of curves, over rows, as the points of a {@link Line}: a statistic with its 95 % interval at each place, or the
 * lowest and highest of fewer than five rows.
 *
 * @param x of each place, from 0 on
 * @param statistic default: the mean
 */
export function curveOver(
  rows: readonly Row[],
  column: string,
  x: (place: number) => number,
  statistic: (values: readonly number[]) => number = mean,
): Line["points"] {
  const curves = rows.map((row) => row[column] as readonly (number | null)[]);
  const length = Math.max(0, ...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, place) => {
    const values = curves.flatMap((curve) => curve[place] ?? []);
    return {
      x: x(place),
      y: values.length > 0 ? statistic(values) : null,
      band: seedBand(values, statistic, resamples),
    };
  });
}

/**
 * A line through a statistic over rows, each of which has an array of numbers under `column`, with 95 % intervals. Where
 * a row has null, or has no more points, it does not count; where none counts the line has a gap.
 *
 * @param xs where the points stand
 * @param statistic of the rows' numbers at a point. Default: the interquartile mean
 */
export function lineOver(
  label: string,
  rows: readonly Row[],
  column: string,
  xs: readonly number[],
  statistic: (values: readonly number[]) => number = interquartileMean,
): Line {
  const points = curveOver(rows, column, (i) => xs[i], statistic).slice(0, xs.length);
  return { label, points };
}

/** The ends of n equal stretches of 0 … end. */
export const endsOf = (n: number, end: number): number[] => Array.from({ length: n }, (_, i) => ((i + 1) * end) / n);
