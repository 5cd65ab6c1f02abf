import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/a2c-or-a3c.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);

interface Numbers {
  /** Mean staleness by the number of workers. */
  readonly staleness: (workers: number) => number;
  /** Mean returns: of one worker, of eight, of A2C's eight with either rate, with V-trace. */
  readonly one: number;
  readonly free: number;
  readonly waiting: number;
  readonly scaled: number;
  readonly corrected: number;
  /** How widely seeds of A2C vary compared with A3C's. */
  readonly spread: number;
}

/** n seeds of all that is compared. */
const runs = (n: number, { staleness, one, free, waiting, scaled, corrected, spread }: Numbers): Row[] =>
  Array.from({ length: n }, (_, i): Row[] => {
    const noise = ((i * 7) % n) / n;
    const common = { seed: i + 1, steps: 1000, returns: [i], final: 100, updates: 10 };
    const a3c = (workers: number, average: number, vtrace = false): Row =>
      ({ ...common, algorithm: "a3c", workers, vtrace, average: average + 10 * noise, staleness: staleness(workers) + noise / 10, worst: staleness(workers) }); // prettier-ignore
    const a2c = (workers: number, average: number, isScaled = false): Row => ({
      ...common,
      algorithm: "a2c",
      workers,
      scaled: isScaled,
      average: average + spread * 10 * noise,
    });
    return [
      a3c(1, one),
      a2c(1, one),
      ...[2, 4].flatMap((workers) => [a3c(workers, free), a2c(workers, waiting), a2c(workers, scaled, true)]),
      a3c(8, free),
      a2c(8, waiting),
      a2c(8, scaled, true),
      a3c(8, corrected, true),
    ];
  }).flat();

const asTold = {
  staleness: (n: number) => (n === 1 ? 0 : n / 100),
  one: 300,
  free: 200,
  waiting: 250,
  scaled: 280,
  corrected: 205,
  spread: 0.3,
};
const opposite = {
  staleness: (n: number) => (n === 8 ? 1 : 8 - n),
  one: 150,
  free: 250,
  waiting: 100,
  scaled: 200,
  corrected: 300,
  spread: 3,
};

test("claims follow the data, and fail where data say the opposite", () => {
  for (const { id } of experiment.claims) {
    expect(judge(id, runs(20, asTold)).verdict, id).toBe("supported");
    expect(judge(id, runs(20, opposite)).verdict, id).toBe("not supported");
    if (id !== "one-worker") expect(judge(id, runs(4, asTold)).verdict, id).toBe("inconclusive");
  }
  const other = runs(20, asTold).map((row) => (row.algorithm === "a2c" && row.seed === 3 ? { ...row, returns: [9] } : row)); // prettier-ignore
  expect(judge("one-worker", other).verdict).toBe("not supported");
});

test("its protocols are in order, and a trial trains: A3C's one worker as A2C's one environment", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const rows = runs(1, asTold).filter(({ workers }) => workers !== 1);
  const settings = { workers: 1, seed: 1, steps: 1200 };
  const trained = (await experiment.carryOut(settings, {})).map((row): Row => ({ ...settings, ...row }));
  expect(trained.map(({ algorithm, updates }) => [algorithm, updates])).toEqual([["a3c", 60], ["a2c", 60]]); // prettier-ignore
  expect(trained[0].returns).toHaveLength(30);
  const found = expectPage(experiment, { rows: [...trained, ...rows], quick: true });
  expect(found["one-worker"].verdict).toBe("supported");
  expect(found.steadier.verdict).toBe("inconclusive");
});

test("A2C with several environments makes as many fewer updates", async () => {
  const rows = await experiment.carryOut({ workers: 4, seed: 1, steps: 800 }, {});
  expect(rows.map(({ algorithm, scaled, updates }) => [algorithm, scaled, updates])).toEqual([
    ["a3c", undefined, 40],
    ["a2c", false, 10],
    ["a2c", true, 10],
  ]);
});
