import { beforeAll, expect, test } from "vitest";
import { experiment } from "../../src/experiments/lecture/importance-ratios.ts";
import type { Row } from "../../src/experiments/experiment.ts";
import { expectPage } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false });

let exact: readonly Row[];
beforeAll(async () => (exact = await experiment.carryOut({ exact: true }, {})));

/** The exact rows of a kind with something wrong. */
const wrong = (kind: string, change: (row: Row) => Row): Row[] =>
  exact.map((row) => (row.kind === kind ? change(row) : row));

test("enumerations are what they should be", () => {
  // Δ = σ: KL ½, variance e − 1.
  expect(exact.find(({ shift }) => shift === 1)).toMatchObject({ kl: 0.5, expected: Math.E - 1 });
  const bound = exact.find(({ kind, range }) => kind === "clipping" && range === 0.2)!;
  expect(bound.farthest).toBeCloseTo(0.2, 12);
  // π = softmax(1, 0.3, −0.4, −1), π_old = ¼: E[ρ²] − 1 = 4 Σ π² − 1.
  const weights = [1, 0.3, -0.4, -1].map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  const [p, advantages] = [weights.map((w) => w / total), [1, -0.5, 0.4, -0.9]];
  expect(bound.unclippedVariance).toBeCloseTo(4 * p.reduce((sum, x) => sum + x * x, 0) - 1, 12);
  const clipped = p.reduce((sum, x, a) => sum + Math.min(1.2, Math.max(0.8, 4 * x)) * advantages[a] / 4, 0); // prettier-ignore
  const whole = p.reduce((sum, x, a) => sum + x * advantages[a], 0);
  expect(bound.bias).toBeCloseTo(clipped - whole, 12);
});

test("exact claims hold, and fail where numbers are wrong", () => {
  for (const id of ["ratios-correct", "exponential-in-kl", "products-explode", "clip-trades"])
    expect(judge(id, exact).verdict, id).toBe("supported");
  const n = (x: unknown) => x as number;
  expect(
    judge(
      "ratios-correct",
      wrong("softmax", (row) => ({ ...row, bias: 1e-6 })),
    ).verdict,
  ).toBe("not supported");
  expect(
    judge(
      "ratios-correct",
      wrong("product", (row) => ({ ...row, mean: 1.01 })),
    ).verdict,
  ).toBe("not supported");
  for (const kind of ["gaussian", "softmax"])
    expect(judge("exponential-in-kl", wrong(kind, (row) => ({ ...row, variance: 0.4 * n(row.variance) }))).verdict).toBe("not supported"); // prettier-ignore
  expect(judge("products-explode", wrong("product", (row) => ({ ...row, variance: 0.1 * n(row.steps) }))).verdict).toBe("not supported"); // prettier-ignore
  for (const change of [{ bias: 0 }, { farthest: 0.9 }, { variance: 9 }] as readonly Row[])
    expect(
      judge(
        "clip-trades",
        wrong("clipping", (row) => ({ ...row, ...change })),
      ).verdict,
    ).toBe("not supported");
});

/** Trainings whose last epoch has about these variances. */
const runs = (clipped: number, unclipped: number, n = 20): Row[] =>
  ["CartPole-v1", "Pendulum-v1"].flatMap((env) =>
    [0.2, 0].flatMap((clip) =>
      Array.from({ length: n }, (_, i) => {
        const variance = Array<number>(20).fill((clip > 0 ? clipped : unclipped) * (1 + 0.01 * i));
        return { env, clip, seed: i + 1, kl: variance.map((v) => v / 2), variance, effective: variance.map((v) => 1 / (1 + v)), largest: 2 }; // prettier-ignore
      }),
    ),
  );

test("claims about trainings follow the data, and fail where data say the opposite", () => {
  expect(judge("explosion", runs(0.01, 5)).verdict).toBe("supported");
  expect(judge("explosion", runs(0.01, 0.5)).verdict).toBe("not supported");
  expect(judge("explosion", runs(0.01, 5, 3)).verdict).toBe("inconclusive");
  expect(judge("prevention", runs(0.01, 5)).verdict).toBe("supported");
  expect(judge("prevention", runs(0.9, 5)).verdict).toBe("not supported");
  expect(judge("prevention", runs(0.01, 5, 3)).verdict).toBe("inconclusive");
});

test("its protocols are in order, and trials train", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { env: "CartPole-v1", seed: 1, steps: 2048 };
  const trained: Row[] = (await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row }));
  expect(trained.map(({ clip }) => clip)).toEqual([0.2, 0]);
  for (const { variance } of trained) expect(variance).toHaveLength(20);
  const rows = [...exact, ...trained, ...runs(0.01, 5, 1).filter(({ env }) => env === "Pendulum-v1")];
  expect(judge("explosion", rows).verdict).toBe("inconclusive");
  expectPage(experiment, { rows, quick: true });
});
