import { describe, expect, test } from "vitest";
import type { Data, Row } from "../../src/experiments/experiment.ts";
import { policyOf, trajectories } from "../../src/exact/index.ts";
import { experiment, returnVariance } from "../../src/experiments/lecture/reinforce-variance.ts";
import { randomTheta, terracesMdp } from "../../src/experiments/small-mdps.ts";
import { expectCharts } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false }).verdict;

test("the variance of the return is that of all trajectories", () => {
  const mdp = terracesMdp({ length: 3, noise: 0.7, slip: 0.1 });
  const policy = policyOf(randomTheta(mdp, 5), mdp);
  const gamma = 0.8;
  let [mean, square] = [0, 0];
  for (const { probability, rewards } of trajectories(mdp, policy)) {
    const g = rewards[0] + gamma * rewards[1] + gamma * gamma * rewards[2];
    mean += probability * g;
    square += probability * g * g;
  }
  expect(returnVariance(mdp, policy, gamma)).toBeCloseTo(square - mean * mean, 12);
});

const exact: Row[] = (await experiment.carryOut({ exact: true, longest: 3 }, {})).map((row) => ({
  exact: true,
  ...row,
}));

test("exact claims come out as they are computed", () => {
  expect(judge("unbiased", exact)).toBe("supported");
  expect(judge("return-grows", exact)).toBe("supported");
  expect(judge("return-grows-discounted", exact)).toBe("not supported");
  // A step of a uniform policy pays 0 or 1, plus or minus 1: a variance of ¼ + 1, independent of the others.
  for (const { length, variance } of exact.filter(({ part, gamma }) => part === "return" && gamma === 1))
    expect(variance).toBeCloseTo(1.25 * (length as number), 9);
  // One step: ‖score‖² = ½, E[G²] = ½ · (0 + 1) + 1 = 1.5, and ∇J has components ±0.075 in four places.
  expect(exact[0].toGo).toBeCloseTo(0.5 * 1.5 - 4 * 0.075 ** 2, 12);
  const wrong = exact.map((row) => ({ ...row, bias: 0.01, variance: 1 }));
  expect(judge("unbiased", wrong)).toBe("not supported");
  expect(judge("return-grows", wrong)).toBe("not supported");
  const growing = exact.map((row) => ({ ...row, variance: row.length ?? 0 }));
  expect(judge("return-grows-discounted", growing)).toBe("supported");
});

/** Seeds whose variances follow powers of the length; `left` and `without` are ratios to what they are compared with. */
const runs = (power: number, { left = 0.8, toGo = 0.4, without = 3, needed = 2 } = {}, n = 20): Row[] =>
  Array.from({ length: n }, (_, i): Row[] => {
    const curve = (x: number[], scale = 1, exponent = power) => x.map((value) => scale * (1 + (i % 5) / 50) * value ** exponent); // prettier-ignore
    const lengths = [4, 8, 16, 32, 64];
    const steps = [10, 20, 40, 80, 160];
    const reference = lengths.map((value) => value ** power);
    return [
      {
        part: "sampled",
        seed: i + 1,
        total: reference,
        toGo: curve(lengths, toGo),
        advantage: curve(lengths, toGo * left),
        discounted: reference,
        undiscounted: curve(lengths, without),
        needed: curve(lengths, 1, needed),
      },
      { part: "cartpole", seed: i + 1, variances: curve(steps), discounted: curve(steps), returns: [0, 0, 0, 0.5, 2] },
    ];
  }).flat();

describe("sampled claims", () => {
  const ids = ["gradient-grows", "returns-are-the-source", "reward-to-go", "more-episodes", "time-discount"];
  const asTold = [...exact, ...runs(3)];
  const reversed = [...exact, ...runs(0.5, { left: 0.1, toGo: 2, without: 0.5, needed: -1 })];

  test.each(ids)("%s follows the data", (id) => {
    expect(judge(id, asTold)).toBe("supported");
    expect(judge(id, reversed)).toBe("not supported");
    expect(judge(id, [...exact, ...runs(3, {}, 3)])).toBe("inconclusive");
  });

  test("charts and discussion come of such data", () => {
    const data: Data = { rows: asTold, quick: false };
    expectCharts(experiment, data);
    expect(experiment.discussion!(data)).toContain("a share of 0.8 is left");
  });
});

test("its protocols are in order, and trials run from end to end", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = [
    { sampled: "walk", seed: 1, episodes: 20 },
    { sampled: "cartpole", seed: 1, episodes: 3 },
  ];
  const rows = [...exact];
  for (const each of settings) {
    const found = await experiment.carryOut(each, {});
    expect(found).toHaveLength(1);
    rows.push({ ...each, ...found[0] });
  }
  const [walk, cartpole] = rows.slice(-2);
  expect(walk.toGo).toHaveLength(5);
  expect(cartpole.length).toBeGreaterThan(100);
  const data: Data = { rows, quick: true };
  const found = experiment.claims.map(({ judge }) => judge(data).verdict);
  expect(found.filter((verdict) => verdict === "inconclusive")).toHaveLength(5);
  expectCharts(experiment, data);
  expect(experiment.discussion!(data)).toContain("-fold");
});
