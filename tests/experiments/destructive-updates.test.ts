import { expect, test } from "vitest";
import { experiment, fateOf } from "../../src/experiments/lecture/destructive-updates.ts";
import type { Row } from "../../src/experiments/experiment.ts";
import { expectPage } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false });

test("a curve falls, collapses and comes back by the written shares", () => {
  // Ten stretches: a tenth is one.
  expect(fateOf([20, 100, 200, 300, 400, 400, 400, 400, 400, 101])).toMatchObject({ collapsed: false, fellAt: null });
  expect(fateOf([20, 100, 200, 300, 400, 400, 400, 400, 400, 99])).toMatchObject({ collapsed: true, fellAt: 0.9, cameBack: false, best: 400, end: 99 }); // prettier-ignore
  expect(fateOf([20, 400, 99, 150, 299, 100, 99, 9, 9, 9])).toMatchObject({ fellAt: 0.2, cameBack: false });
  expect(fateOf([20, 400, 99, 150, 300, 100, 99, 9, 9, 9])).toMatchObject({ fellAt: 0.2, cameBack: true });
  // Where no episode ended, that of the stretch before counts on.
  expect(fateOf([20, null, 400, null, 50, null, null, null, null, null])).toMatchObject({ end: 50, collapsed: true });
});

/** Seeds of a learner, of which those up to a number collapse at each rate. */
const runs = (learner: string, collapsing: (rate: number) => number, fallen = 0, back = 0, n = 20): Row[] =>
  [0.001, 0.003, 0.01, 0.03, 0.1].flatMap(
    (rate) =>
    Array.from({ length: n }, (_, i) => ({ learner, rate, seed: i + 1, collapsed: i < collapsing(rate), fellAt: i < fallen ? 0.5 : null, cameBack: i < back, best: 200, steps: 6000, returns: [20, 200, 100] })), // prettier-ignore
  );

const trpo = (kl: number, rise: number, falls: number, n = 20): Row[] =>
  Array.from({ length: n }, (_, i) => ({ learner: "trpo", seed: i + 1, kl: Array<number>(10).fill(kl), rise: Array<number>(10).fill(rise), change: Array.from({ length: 10 }, (_, k) => (k < falls ? -31 : -29)), error: Array<number>(10).fill(10), refused: 0, collapsed: false, best: 500, steps: 6000, returns: [20, 200, 500] })); // prettier-ignore

test("claims follow the data, and fail where data say the opposite", () => {
  const large = (rate: number) => (rate >= 0.03 ? 15 : 0);
  expect(judge("large-steps-destroy", runs("plain", large)).verdict).toBe("supported");
  expect(
    judge(
      "large-steps-destroy",
      runs("plain", (rate) => (rate < 0.01 ? 15 : 0)),
    ).verdict,
  ).toBe("not supported");
  expect(judge("large-steps-destroy", runs("plain", large, 0, 0, 2)).verdict).toBe("inconclusive");

  expect(judge("no-way-back", runs("plain", large, 10, 1)).verdict).toBe("supported");
  expect(judge("no-way-back", runs("plain", large, 10, 9)).verdict).toBe("not supported");
  expect(judge("no-way-back", runs("plain", large, 3, 0)).verdict).toBe("inconclusive");
  expect(judge("no-way-back", runs("plain", large)).measured).toBe("no training fell");

  const none = () => 0;
  expect(judge("clip-prevents", [...runs("clipped", none), ...runs("unclipped", large)]).verdict).toBe("supported");
  expect(judge("clip-prevents", [...runs("clipped", large), ...runs("unclipped", none)]).verdict).toBe("not supported");
  expect(judge("clip-prevents", [...runs("clipped", none), ...runs("unclipped", none)]).verdict).toBe("inconclusive");

  expect(judge("kl-limit-holds", trpo(0.01, 1, 0)).verdict).toBe("supported");
  expect(judge("kl-limit-holds", [...trpo(0.01, 1, 0), ...trpo(0.0101, 1, 0, 1)]).verdict).toBe("not supported");
  expect(judge("surrogate-rises", trpo(0.01, 1e-9, 0)).verdict).toBe("supported");
  expect(judge("surrogate-rises", trpo(0.01, 0, 0)).verdict).toBe("not supported");
  expect(judge("monotone", trpo(0.01, 1, 0)).verdict).toBe("supported");
  expect(judge("monotone", trpo(0.01, 1, 1)).verdict).toBe("not supported");
  expect(judge("monotone", trpo(0.01, 1, 0, 5)).verdict).toBe("inconclusive");
});

test("its protocols are in order; trials train, and TRPO's steps keep to their limit", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const rows: Row[] = [];
  for (const learner of ["plain", "unclipped", "clipped", "trpo"]) {
    const settings = { learner, seed: 1, steps: 2048, episodes: 3 };
    rows.push(...(await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row })));
  }
  expect(rows).toHaveLength(5 + 5 + 5 + 1);
  expect(rows[0].returns).toHaveLength(30);
  expect((rows.at(-1)!.kl as number[]).length).toBeGreaterThan(0);
  for (const id of ["kl-limit-holds", "surrogate-rises"]) expect(judge(id, rows).verdict, id).toBe("supported");
  expect(judge("clip-prevents", rows).verdict).toBe("inconclusive");
  expectPage(experiment, { rows, quick: true });
});
