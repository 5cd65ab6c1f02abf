// Which options matter: how much of the differences between trials each explains by itself.

import type { Plan } from "./plan.ts";
import { valueAtRung, type Trial } from "./search.ts";
import { axesOf, pointOf, type Axis } from "./space.ts";

/** An option, and what it explains of how trials ranked. */
export interface Importance {
  readonly axis: Axis;
  /** From 0 to 1: the part of the variance of the ranks, without what as many groups explain by chance. */
  readonly share: number;
}

/** Trials that are compared at least: of fewer nothing can be told. */
const fewest = 12;
/** Groups into which an option's places are divided, of equal size. */
const groups = 4;

/**
 * What each option explains of the ranks of trials at the first rung, which all have come to under the same conditions: ε²
 * of a one-way analysis of variance (Kelley, 1935). Trials without a value share the last rank.
 *
 * @returns the most telling first; empty of too few trials
 */
export function importances(plan: Plan, trials: readonly Trial[]): Importance[] {
  const known = trials.flatMap((trial) => {
    const value = valueAtRung(plan, trial, 0);
    return value === undefined ? [] : [{ trial, value: value ?? -Infinity }];
  });
  if (known.length < fewest) return [];
  const ranks = ranksOf(known.map(({ value }) => value));
  const axes = axesOf(plan.ranges);
  const points = known.map(({ trial }) => pointOf(axes, trial.values));
  return axes
    .map((axis, i) => {
      const places = points.map((point) => point[i]);
      return { axis, share: explained(ranks, axis.choices > 0 ? places : inGroups(places)) };
    })
    .sort((a, b) => b.share - a.share);
}

/** Ranks from 1 on; equal values share the mean of theirs. */
export function ranksOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}

/** The group of each place, by its rank. */
const inGroups = (places: readonly number[]): number[] =>
  ranksOf(places).map((rank) => Math.floor(((rank - 1) / places.length) * groups));

/** ε²: (SS between − (k − 1)·MS within) / SS, and 0 where that is below. */
export function explained(values: readonly number[], groupOf: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const squares = (list: readonly number[], center: number) => list.reduce((sum, x) => sum + (x - center) * (x - center), 0); // prettier-ignore
  const total = squares(values, mean(values));
  const members = [...new Set(groupOf)].map((group) => values.filter((_, i) => groupOf[i] === group));
  const within = members.reduce((sum, list) => sum + squares(list, mean(list)), 0);
  const freedom = values.length - members.length;
  if (total === 0 || freedom <= 0) return 0;
  return Math.max(0, (total - within - ((members.length - 1) * within) / freedom) / total);
}
