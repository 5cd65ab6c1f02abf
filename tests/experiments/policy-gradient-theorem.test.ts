import { expect, test } from "vitest";
import type { Data, Row } from "../../src/experiments/experiment.ts";
import { experiment } from "../../src/experiments/lecture/policy-gradient-theorem.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false }).verdict;

const exact: Row[] = (await experiment.carryOut({ exact: true }, {})).map((row) => ({ exact: true, ...row }));

const exactIds = [
  "three-ways-agree",
  "transitions-cancel",
  "probabilities-depend",
  "final-expression",
  "time-discount",
];

test("what is exact holds as it is computed", () => {
  for (const id of exactIds) expect(judge(id, exact), id).toBe("supported");
  // ∇J of the discounted objective, by hand: at γ = 0 all that is wrong is the second step's term.
  const [atZero] = exact.filter(({ gamma }) => gamma === 0);
  expect(atZero).toMatchObject({ part: "discount" });
  expect(atZero.bias).toBeGreaterThan(0.1);
});

test("a trajectory's derivative is the hand-computed one", () => {
  // Trajectory 1 takes action 0 in s₀ and again in the first middle state: its score there is 1 − π(0|s), −π(1|s).
  const rows = exact.filter(({ trajectory, policy }) => trajectory === 1 && policy === 1);
  expect(rows).toHaveLength(3);
  for (const { terms, differences } of rows) {
    const [first, second] = terms as number[];
    expect(first).toBeGreaterThan(0);
    expect(second).toBeCloseTo(-first, 12);
    expect((differences as number[])[0]).toBeCloseTo(first, 9);
  }
  // P(τ) under the MDP's own table over that under a fair coin is 0.8 / 0.5.
  expect((rows[0].probability as number) / (rows[1].probability as number)).toBeCloseTo(1.6, 12);
});

test("and fails where it is made wrong", () => {
  const wrong = (change: (row: Row) => Row) => exact.map((row) => change(row));
  expect(
    judge(
      "three-ways-agree",
      wrong((row) => ({ ...row, apart: 1e-6 })),
    ),
  ).toBe("not supported");
  expect(
    judge(
      "transitions-cancel",
      wrong((row) => ({ ...row, apart: 1e-6 })),
    ),
  ).toBe("not supported");
  expect(
    judge(
      "probabilities-depend",
      wrong((row) => ({ ...row, probability: 0.125 })),
    ),
  ).toBe("not supported");
  expect(
    judge(
      "final-expression",
      wrong((row) => ({ ...row, forms: 0.01 })),
    ),
  ).toBe("not supported");
  expect(
    judge(
      "time-discount",
      wrong((row) => ({ ...row, relative: 0 })),
    ),
  ).toBe("not supported");
  expect(
    judge(
      "time-discount",
      wrong((row) => ({ ...row, bias: 0.1 })),
    ),
  ).toBe("not supported");
});

test("the rate follows the slopes", () => {
  const slopes = (value: number, n = 20) =>
    Array.from({ length: n }, (_, i) => ({ part: "convergence", seed: i + 1, slope: value + (i % 5) / 500 }));
  expect(judge("root-n", slopes(-0.5))).toBe("supported");
  expect(judge("root-n", slopes(-1))).toBe("not supported");
  expect(judge("root-n", slopes(-0.454))).toBe("inconclusive");
  expect(judge("root-n", slopes(-0.5, 3))).toBe("inconclusive");
});

test("its protocols are in order, and a trial runs from end to end", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { seed: 1, repetitions: 2 };
  const [row] = await experiment.carryOut(settings, {});
  expect(row.errors).toHaveLength(6);
  // The variance of REINFORCE's estimate on this MDP is known exactly: a mean of 10 is off by about √(Var/10).
  expect((row.errors as number[])[0]).toBeGreaterThan((row.deviation as number) / Math.sqrt(10) / 4);
  const data: Data = { rows: [...exact, { ...settings, ...row }], quick: true };
  expect(experiment.claims.map(({ judge }) => judge(data).verdict)).toEqual([
    ...Array<string>(4).fill("supported"),
    "inconclusive",
    "supported",
  ]);
  for (const { draw } of experiment.charts(data))
    for (const size of [
      { width: 1040, height: 400 },
      { width: 400, height: 330 },
    ])
      expect(draw(size)).toContain("<svg");
  expect(experiment.discussion!(data)).toMatch(/a length of 0\.\d+/);
});
