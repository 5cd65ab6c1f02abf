// Curves of several seeds as one line with a band.

import { bootstrapInterval, mean } from "../runs/statistics.ts";
import type { Line } from "./charts.ts";
import type { Row } from "./experiment.ts";

/** Resamples of a band: it is looked at, not decided by. */
const resamples = 400;

/**
 * Columns of curves, over rows, as the points of a {@link Line}: a statistic with its 95 % interval at each place.
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
      band: bootstrapInterval(values, statistic, resamples),
    };
  });
}
