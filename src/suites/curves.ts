// Learning curves of several seeds on one grid of steps, so that they can be averaged.

import type { FinishedEpisode } from "../experience/index.ts";
import { mean, seedBand } from "../runs/statistics.ts";
import type { Interval } from "../runs/statistics.ts";

/** Points of a curve after the first, and the stretch of a run that each of them averages over, as a share of it. */
const gridPoints = 100;
const windowShare = 1 / 20;
/** Resamples for each point's interval: enough for a drawing. */
const resamples = 1000;

/** A point of a learning curve. */
export interface CurvePoint {
  step: number;
  /** Over seeds. */
  mean: number;
  /** 95 % bootstrap interval of that mean; of two to four seeds the lowest and the highest; null of a single one. */
  interval: Interval | null;
  /** Of each seed. */
  values: number[];
}

/** What of a run its curve is made of. */
export interface CurveRun {
  episodes: readonly FinishedEpisode[];
  /** How far it went. */
  steps: number;
}

/**
 * The mean return of the episodes that ended in the last twentieth of the run, at a hundred steps of it; where none
 * ended there, that of the stretch before. Returns are those of training, in which the policy explores. The curve
 * begins where every seed has finished an episode, and ends with the shortest of the runs.
 */
export function learningCurves(runs: readonly CurveRun[]): CurvePoint[] {
  if (runs.length === 0) return [];
  const last = Math.min(...runs.map(({ steps }) => steps));
  const steps = Array.from({ length: gridPoints + 1 }, (_, i) => Math.round((i * last) / gridPoints));
  const bySeed = runs.map(({ episodes }) => smooth(episodes, steps, last * windowShare));
  return steps.flatMap((step, i) => {
    const values = bySeed.flatMap((seed) => seed[i] ?? []);
    if (values.length < runs.length) return []; // a seed has not finished an episode yet
    return [{ step, mean: mean(values), interval: seedBand(values, mean, resamples), values }];
  });
}

/**
 * The mean return of the episodes that ended within `window` steps up to each step, in order; null before the first.
 */
function smooth(episodes: readonly FinishedEpisode[], steps: readonly number[], window: number): (number | null)[] {
  let from = 0;
  let to = 0;
  let value: number | null = null;
  return steps.map((step) => {
    while (to < episodes.length && episodes[to].step <= step) to++;
    while (from < to && episodes[from].step <= step - window) from++;
    if (from < to) value = mean(episodes.slice(from, to).map((episode) => episode.return));
    return value;
  });
}

/** The step at which the last 100 returns, of at least 100 episodes, first had a mean of the goal; null if never. */
export function stepsToGoal(episodes: readonly FinishedEpisode[], goal: number): number | null {
  const window = 100;
  for (let end = window; end <= episodes.length; end++) {
    const returns = episodes.slice(end - window, end).map((episode) => episode.return);
    if (mean(returns) >= goal) return episodes[end - 1].step;
  }
  return null;
}
