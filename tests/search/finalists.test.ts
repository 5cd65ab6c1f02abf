import { expect, test } from "vitest";
import { finalistsOf, keptForFinals } from "../../src/search/finalists.ts";
import { rungsOf, type Plan } from "../../src/search/plan.ts";
import type { Search, Trial } from "../../src/search/search.ts";

/** Trials with a value and the seconds of a third of their training. */
const searchOf = (...trials: [value: number | null, seconds: number][]) =>
  ({
    plan: { seeds: [1], rungs: rungsOf(2, 1) } as unknown as Plan,
    trials: trials.map(([value, seconds], id): Trial => {
      const result = { value, seconds, steps: 1, weightsSha256: "" };
      return { id, values: {}, rung: 0, results: [new Map([[1, result]]), new Map()] };
    }),
  }) as unknown as Search;
const settings = {
  jobs: 2,
  limit: { seconds: 1000, trials: null, steps: null },
  finalists: 2,
  freshSeeds: [4, 5, 6, 7, 8],
};

test("time is kept for the usual options and those that lead, of which there are as many as there is time for", () => {
  const search = searchOf([1, 10], [5, 20], [9, 30], [null, 1], [3, 1]);
  // Three times 10, 20 and 30 seconds, with five seeds, two at a time
  expect(keptForFinals(search, settings)).toBe(450);
  const ids = (seconds: number) => finalistsOf(search, seconds, settings).map(({ trial }) => trial.id);
  expect(ids(550)).toEqual([2, 1]);
  expect(finalistsOf(search, 100, { ...settings, limit: { ...settings.limit, seconds: 600 } })).toHaveLength(2);
  expect(finalistsOf(search, 590, { ...settings, limit: { ...settings.limit, seconds: 600 } }).map(({ trial }) => trial.id)).toEqual([2]); // prettier-ignore
});

test("a slow leader does not end the search: half of the time is for it", () => {
  expect(keptForFinals(searchOf([1, 10], [5, 2000]), settings)).toBe(500);
  expect(finalistsOf(searchOf([1, 10], [5, 2000]), 500, settings)).toHaveLength(1);
});
