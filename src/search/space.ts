// The space that a search looks through: an axis for each option, on which its values have places. What proposes and what
// learns from trials works with places alone.

import type { SearchRange, SearchRanges } from "../algorithms/ranges.ts";
import { exp, log } from "../math/index.ts";

/** An option that varies. */
export interface Axis {
  readonly name: string;
  readonly range: SearchRange;
  /** Values that have no order, of which there are so many: their places are 0, 1, …. 0 where places are from 0 to 1. */
  readonly choices: number;
}

/** A place on each axis: from 0 to 1, or the index of a value that has no order. */
export type Point = readonly number[];

/** The options that vary, by name. */
export type Values = Readonly<Record<string, unknown>>;

const isOrdered = (values: readonly unknown[]): boolean => values.every((value) => typeof value === "number");

/** The axes of ranges. */
export const axesOf = (ranges: SearchRanges): Axis[] =>
  Object.entries(ranges).map(([name, range]) => ({
    name,
    range,
    choices: "values" in range && !isOrdered(range.values) ? range.values.length : 0,
  }));

/** Digits of a number that is proposed: others would not change what comes of it. */
const digits = 3;
const rounded = (value: number): number => Number(value.toPrecision(digits));

/** The value at a place. */
function valueAt({ range, choices }: Axis, place: number): unknown {
  if ("values" in range) {
    const { length } = range.values;
    return range.values[choices > 0 ? place : Math.min(length - 1, Math.floor(place * length))];
  }
  const { low, high, scale, whole } = range;
  const between = (from: number, to: number) => exp(log(from) + place * (log(to) - log(from)));
  const value =
    scale === "logarithmic"
      ? rounded(between(low, high))
      : scale === "nearOne"
        ? 1 - rounded(between(1 - low, 1 - high))
        : rounded(low + place * (high - low));
  // 1 − 0.0123 has the digits of both numbers' binary fractions.
  const neat = scale === "nearOne" ? Number(value.toPrecision(12)) : value;
  return Math.min(high, Math.max(low, whole ? Math.round(neat) : neat));
}

/** The place of a value; that of the nearest where it lies outside of the range, as a preset's may. */
function placeOf({ range, choices }: Axis, value: unknown): number {
  if ("values" in range) {
    if (choices > 0) {
      const text = JSON.stringify(value);
      return Math.max(0, range.values.findIndex((one) => JSON.stringify(one) === text)); // prettier-ignore
    }
    const list = range.values as readonly number[];
    const distance = (i: number) => Math.abs(list[i] - (value as number));
    const nearest = list.reduce((best, _, i) => (distance(i) < distance(best) ? i : best), 0);
    return (nearest + 0.5) / list.length;
  }
  const { low, high, scale } = range;
  const x = Math.min(high, Math.max(low, value as number));
  if (scale === "linear") return (x - low) / (high - low);
  const along = (from: number, to: number, at: number) => (log(at) - log(from)) / (log(to) - log(from));
  return scale === "logarithmic" ? along(low, high, x) : along(1 - low, 1 - high, 1 - x);
}

/** The values at a point. */
export const valuesAt = (axes: readonly Axis[], point: Point): Values =>
  Object.fromEntries(axes.map((axis, i) => [axis.name, valueAt(axis, point[i])]));

/** The point of values. */
export const pointOf = (axes: readonly Axis[], values: Values): Point =>
  axes.map((axis) => placeOf(axis, values[axis.name]));
