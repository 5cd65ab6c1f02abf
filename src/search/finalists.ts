// Which trials are trained again with fresh seeds, and the time that is kept for that.

import { standings, type Search, type Standing, type Trial } from "./search.ts";

/** When a search ends; null where that does not end it. */
export interface SearchLimit {
  readonly seconds: number | null;
  readonly trials: number | null;
  /** Of training, in all trials together. */
  readonly steps: number | null;
}

/** What the end of a search depends on: see `SearchSettings`. */
export interface FinalsSettings {
  readonly jobs: number;
  readonly limit: SearchLimit;
  readonly finalists: number;
  readonly freshSeeds: readonly number[];
}

/** The part of the time of a search that is kept for its end at most: else a slow leader would end it at once. */
const mostKept = 0.5;

/** What a whole training takes, by its pieces with the first seed so far. */
function secondsOf({ plan }: Search, { results }: Trial): number {
  let [seconds, share] = [0, 0];
  results.forEach((of, rung) => {
    const result = of.get(plan.seeds[0]);
    if (!result) return;
    seconds += result.seconds;
    share = plan.rungs[rung].share;
  });
  return share === 0 ? 0 : seconds / share;
}

/** The trials that lead, but for trial 0: they have a value. */
const leading = ({ plan, trials }: Search, { finalists }: FinalsSettings): Standing[] =>
  standings(plan, trials)
    .filter(({ trial, value }) => trial.id !== 0 && value !== null)
    .slice(0, finalists);

/** Seconds that training some trials with fresh seeds takes. */
function secondsTogether(search: Search, entered: readonly Trial[], { freshSeeds, jobs }: FinalsSettings): number {
  const runs = entered.length * freshSeeds.length;
  const all = entered.reduce((sum, trial) => sum + secondsOf(search, trial), 0) * freshSeeds.length;
  return all / Math.max(1, Math.min(jobs, runs));
}

/** Seconds that are kept for the end of a search. */
export function keptForFinals(search: Search, settings: FinalsSettings): number {
  const entered = [...search.trials.slice(0, 1), ...leading(search, settings).map(({ trial }) => trial)];
  return Math.min(secondsTogether(search, entered, settings), mostKept * (settings.limit.seconds ?? Infinity));
}

/**
 * The trials that lead, as many as there is time for; the first of them anyway.
 *
 * @param seconds those of the search
 */
export function finalistsOf(search: Search, seconds: number, settings: FinalsSettings): Standing[] {
  const { limit } = settings;
  const left = limit.seconds === null ? Infinity : Math.max(limit.seconds - seconds, mostKept * limit.seconds);
  const entered = search.trials.slice(0, 1);
  return leading(search, settings).filter(({ trial }, i) => {
    if (i > 0 && secondsTogether(search, [...entered, trial], settings) > left) return false;
    entered.push(trial);
    return true;
  });
}
