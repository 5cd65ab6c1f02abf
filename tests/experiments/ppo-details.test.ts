import { expect, test } from "vitest";
import type { Row } from "../../src/experiments/experiment.ts";
import { cost, experiment } from "../../src/experiments/lecture/ppo-details.ts";
import { expectPage, judgeOf } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = judgeOf(experiment);
const names = experiment.claims.map(({ id }) => id);

/** Seeds of each arm, whose averages lie a share of what is learned below the full set's. */
const runs = (n: number, lost: (env: string) => number): Row[] =>
  ["CartPole-v1", "Pendulum-v1"].flatMap((env) =>
    ["none", ...names].flatMap((off) =>
      Array.from({ length: n }, (_, i) => {
        const [random, learned] = env === "CartPole-v1" ? [22, 200] : [-1230, 800];
        const noise = ((i * 7) % 20) / 1000;
        return { env, off, seed: i + 1, average: random + learned * (1 - (off === "none" ? 0 : lost(env) + noise)) };
      }),
    ),
  );

test("the cost is a share of what is learned", () => {
  // CartPole: the full set learns 200 above the random 22; an arm that loses 30 of 200 costs 15 %.
  const rows = [1, 2].flatMap((seed) => [
    { env: "CartPole-v1", off: "none", seed, average: 222 },
    { env: "CartPole-v1", off: "gae", seed, average: 192 },
  ]);
  expect(cost({ rows, quick: false }, "CartPole-v1", "gae").value).toBeCloseTo(15, 10);
});

test("claims follow the data, either way", () => {
  expect(names).toHaveLength(12);
  for (const id of names) {
    expect(
      judge(
        id,
        runs(20, () => 0.2),
      ).verdict,
      id,
    ).toBe("supported");
    expect(
      judge(
        id,
        runs(20, (env) => (env === "Pendulum-v1" ? 0.2 : -0.1)),
      ).verdict,
      id,
    ).toBe("supported");
    expect(
      judge(
        id,
        runs(20, () => -0.05),
      ).verdict,
      id,
    ).toBe("not supported");
    expect(
      judge(
        id,
        runs(5, () => 0.2),
      ).verdict,
      id,
    ).toBe("inconclusive");
  }
  // Differences of half of what is learned, up and down: their interval says nothing.
  const wide = runs(20, () => 0).map((row, i) => {
    const swing = row.off === "none" ? 0 : row.env === "CartPole-v1" ? 100 : 400;
    return { ...row, average: (row.average as number) + (i % 2 ? swing : -swing) };
  });
  expect(judge("gae", wide).verdict).toBe("inconclusive");
});

test("its protocols are in order, and a trial trains all arms", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { env: "CartPole-v1", seed: 1, steps: 3072 };
  const done: number[] = [];
  const rows: Row[] = (await experiment.carryOut(settings, { onProgress: (share) => void done.push(share) })).map((row) => ({ ...settings, ...row })); // prettier-ignore
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(rows).toHaveLength(13);
  expect(new Set(rows.map(({ average }) => average)).size, "the arms differ").toBeGreaterThan(6);
  const both = [...rows, ...rows.map((row) => ({ ...row, env: "Pendulum-v1" }))];
  const findings = expectPage(experiment, { rows: both, quick: true });
  for (const { verdict } of Object.values(findings)) expect(verdict).toBe("inconclusive"); // prettier-ignore
});
