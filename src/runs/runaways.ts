// What ran away in a run that failed: metrics that ended far above what they had been, and since when.

import type { UpdateReport } from "../training/index.ts";
import { median } from "./statistics.ts";

/** A metric that left its usual size. */
export interface Runaway {
  readonly metric: string;
  /** Its median size over the first half of the updates that have it. */
  readonly usual: number;
  /** The last one; NaN where it was not finite. */
  readonly last: number;
  /** The step from which on it was more than ten times as large as usual, or not finite. */
  readonly since: number;
}

/** Updates that tell what is usual, and how many times as large a metric must have become. */
const [fewest, runawayRatio, unusualRatio] = [4, 100, 10];
/** How many are told. */
const most = 4;

/** The metrics that ended not finite, or at least 100 times as large as usual: what grew most first. */
export function runaways(updates: readonly UpdateReport[]): Runaway[] {
  const names = [...new Set(updates.flatMap(({ metrics }) => Object.keys(metrics)))];
  const found = names.flatMap((metric): Runaway[] => {
    const series = updates.flatMap(({ step, metrics: { [metric]: value } }) => (value === undefined ? [] : [{ step, value }])); // prettier-ignore
    if (series.length < fewest) return [];
    const first = series.slice(0, series.length >> 1).map(({ value }) => Math.abs(value));
    const usual = median(first.filter(Number.isFinite));
    const last = series.at(-1)!.value;
    const isUnusual = (value: number) => !(Math.abs(value) <= unusualRatio * usual);
    if (!(usual > 0) || Math.abs(last) < runawayRatio * usual) return [];
    const calm = series.findLastIndex(({ value }) => !isUnusual(value));
    return [{ metric, usual, last, since: series[calm + 1].step }];
  });
  const growth = ({ last, usual }: Runaway): number => (Number.isFinite(last) ? Math.abs(last) / usual : Infinity);
  return found.sort((a, b) => (growth(a) === growth(b) ? 0 : growth(b) - growth(a))).slice(0, most);
}
