// The decisions of a search, with results made up by hand.

import { describe, expect, test } from "vitest";
import { rungsOf, type Piece, type Plan } from "../../src/search/plan.ts";
import { createSearch, standings, valueAtRung, type Search, type Start } from "../../src/search/search.ts";

const plan = (more: Partial<Plan> = {}): Plan => ({
  algorithm: "ppo",
  env: "CartPole-v1",
  fixed: {},
  usual: { learningRate: 0.001, clip: 0.2 },
  ranges: {
    learningRate: { low: 1e-4, high: 1e-2, scale: "logarithmic" },
    clip: { low: 0.1, high: 0.3, scale: "linear" },
  },
  seeds: [1, 2],
  rungs: rungsOf(3, 2),
  episodes: 10,
  proposals: "parzen",
  synchronous: false,
  seed: 1,
  ...more,
});

const result = (value: number | null, seconds = 1) => ({ value, steps: 100, weightsSha256: "0", seconds });
const place = ({ trial, rung, seed }: Piece) => `${trial}:${rung}:${seed}`;

/** Takes what comes next, and gives it out. */
function take(search: Search): Start | null {
  const start = search.next();
  if (start) search.start(start);
  return start;
}

test("rungs are a ninth, a third and all of the steps by one seed, and then by all seeds", () => {
  expect(rungsOf(3, 3)).toEqual([
    { share: 1 / 9, seeds: 1 },
    { share: 1 / 3, seeds: 1 },
    { share: 1, seeds: 1 },
    { share: 1, seeds: 3 },
  ]);
  expect(rungsOf(1, 1)).toEqual([{ share: 1, seeds: 1 }]);
});

describe("one process at a time", () => {
  test("trial 0 has the usual options and goes all the way; of three on a rung the best goes on", () => {
    const search = createSearch(plan());
    const values: Record<number, number> = { 0: 5, 1: 1, 2: 9 };
    const seen: string[] = [];
    for (let i = 0; i < 10; i++) {
      const start = take(search)!;
      if (start.trial === 0 && start.rung === 0) expect(start.options).toEqual({ learningRate: 0.001, clip: 0.2 });
      seen.push(place(start));
      search.finish(start, result((values[start.trial] ?? 0) + start.rung));
    }
    // 0 goes on alone: the last rung is the other seed alone. 2 leads from the third result on, and at no higher rung there
    // are three yet.
    expect(seen).toEqual(["0:0:1", "0:1:1", "0:2:1", "0:3:2", "1:0:1", "2:0:1", "2:1:1", "3:0:1", "4:0:1", "5:0:1"]);
  });

  test("the value on the last rung is the mean of all seeds, the first one's from the rung before", () => {
    const search = createSearch(plan());
    for (const value of [1, 2, 10, 20]) search.finish(take(search)!, result(value));
    expect([0, 1, 2, 3].map((rung) => valueAtRung(search.plan, search.trials[0], rung))).toEqual([1, 2, 10, 15]);
  });

  test("a trial that diverged is the worst, and is not trained on", () => {
    const search = createSearch(plan());
    for (let i = 0; i < 12; i++) {
      const start = take(search)!;
      search.finish(start, start.trial === 1 ? result(null) : result(start.trial));
    }
    expect(standings(search.plan, search.trials).at(-1)).toMatchObject({ trial: { id: 1 }, value: null });
    expect(search.trials[1].rung).toBe(0);
  });

  test("where the only seed of the last rung has diverged, the others are not asked", () => {
    const search = createSearch(plan({ seeds: [1, 2, 3], rungs: rungsOf(1, 3) }));
    search.finish(take(search)!, result(1));
    const second = take(search)!;
    expect(place(second)).toBe("0:1:2");
    search.finish(second, result(null));
    expect(take(search)).toMatchObject({ trial: 1, rung: 0 });
    expect(standings(search.plan, search.trials)[0].value).toBe(null);
  });

  test("once no more are proposed, the best of each rung goes on to the end, and then nothing is left", () => {
    const search = createSearch(plan());
    const taken: Start[] = [];
    while (search.trials.length < 5) {
      const start = take(search)!;
      taken.push(start);
      search.finish(start, result(start.trial === 3 ? 50 : start.trial));
    }
    search.open(false);
    for (let start = take(search); start; start = take(search)) {
      taken.push(start);
      search.finish(start, result(start.trial === 3 ? 50 : start.trial));
    }
    expect(taken.filter(({ trial }) => trial === 3).map(place)).toEqual(["3:0:1", "3:1:1", "3:2:1", "3:3:2"]);
    expect(standings(search.plan, search.trials)[0]).toMatchObject({ trial: { id: 3 }, rung: 3, value: 50 });
    search.open(true);
    expect(take(search)).toMatchObject({ trial: 5, rung: 0 });
  });
});

describe("several processes at a time", () => {
  /** Works with so many processes; the piece whose hash is least ends first. @returns what came of it */
  function work(of: Plan, processes: number, order: number, trials: number) {
    const search = createSearch(of);
    const atWork: Start[] = [];
    const lines: (Start | "result")[] = [];
    const valueOf = ({ trial, rung, seed }: Piece) => ((trial * 7919 + 31 * seed) % 101) + rung;
    for (;;) {
      while (atWork.length < processes) {
        if (search.trials.length >= trials) search.open(false);
        const start = take(search);
        if (!start) break;
        lines.push(start);
        atWork.push(start);
      }
      if (atWork.length === 0) break;
      const [ended] = atWork.splice((order * 13 + lines.length * 7) % atWork.length, 1);
      search.finish(ended, result(valueOf(ended), 1 + (order % 3)));
      lines.push("result");
    }
    const { trials: all } = search;
    return { all: all.map(({ values, rung }) => ({ values, rung })), lines, pending: search.pending() };
  }

  test("synchronous rungs give the same search on any number of processes, in whatever order and time they end", () => {
    const synchronous = plan({ synchronous: true, rungs: rungsOf(2, 2) }); // brackets of 9
    const alone = work(synchronous, 1, 0, 23);
    expect(alone.all).toHaveLength(23);
    for (const [processes, order] of [
      [2, 1],
      [3, 2],
      [8, 3],
      [50, 4],
    ] as const)
      // prettier-ignore
      expect(work(synchronous, processes, order, 23).all).toEqual(alone.all);
    // Of nine, three go on, and of these one; trial 0 goes on anyway. What is left over is a bracket of five.
    const reached = (rung: number, from: number, to: number) => alone.all.slice(from, to).filter((trial) => trial.rung >= rung).length; // prettier-ignore
    expect([reached(1, 9, 18), reached(2, 9, 18), reached(1, 18, 23), reached(2, 18, 23)]).toEqual([3, 1, 1, 1]);
  });

  test("asynchronous ones never wait for a result, and give each piece out once", () => {
    const { lines, all, pending } = work(plan(), 5, 2, 40);
    const starts = lines.filter((line) => line !== "result");
    expect(new Set(starts.map(place)).size).toBe(starts.length);
    expect(all).toHaveLength(40);
    expect(pending).toEqual([]);
    expect(lines.slice(0, 5)).not.toContain("result");
    expect(all.filter(({ rung }) => rung >= 1).length).toBeGreaterThanOrEqual(13); // a third
    expect(all.filter(({ rung }) => rung === 3).length).toBeGreaterThanOrEqual(1);
  });

  test("what is proposed next to each other differs, though nothing is known in between", () => {
    const search = createSearch(plan());
    for (let i = 0; i < 15; i++) search.finish(take(search)!, result(i % 4));
    const proposals = Array.from({ length: 8 }, () => take(search)!).flatMap(({ options }) => (options ? [JSON.stringify(options)] : [])); // prettier-ignore
    expect(new Set(proposals).size).toBe(proposals.length);
  });
});
