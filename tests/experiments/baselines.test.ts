import { describe, expect, test } from "vitest";
import { estimators, moments, policyOf, values } from "../../src/exact/index.ts";
import type { Data, Row } from "../../src/experiments/experiment.ts";
import { bestBaseline, experiment } from "../../src/experiments/lecture/baselines.ts";
import { randomTheta, terracesMdp } from "../../src/experiments/small-mdps.ts";
import { expectCharts } from "./drawn.ts";
import { protocolProblems } from "./protocol.ts";

const judge = (id: string, rows: readonly Row[]) =>
  experiment.claims.find((claim) => claim.id === id)!.judge({ rows, quick: false }).verdict;

test("the best baseline is the lowest point of the variance, and of two actions the other's value counts", () => {
  const mdp = terracesMdp({ length: 2, noise: 1 });
  const theta = randomTheta(mdp, 4);
  const policy = policyOf(theta, mdp);
  const best = bestBaseline(mdp, policy);
  // Squared scores of two actions are 2(1 − p)² and 2p²: b* = (1 − p) Q(s, 0) + p Q(s, 1), with p = π(0|s).
  const { q } = values(mdp, policy, 1);
  expect(best[0]).toBeCloseTo(policy[1] * q[0] + policy[0] * q[1], 12);
  const variance = (v: ArrayLike<number>) => moments(mdp, theta, estimators.valueBaseline({ gamma: 1, v })).variance;
  const lowest = variance(best);
  for (let s = 0; s < 4; s++)
    for (const step of [-0.1, 0.1]) {
      expect(variance(best.map((b, i) => (i === s ? b + step : b)))).toBeGreaterThan(lowest);
    }
});

/** Rows of ten policies, as the exact part gives them. */
const exactly = (changes: Row = {}): Row[] =>
  Array.from({ length: 10 }, () => ({ part: "exact", identity: 0, bias: 0, lookingBias: 1, none: 8, constant: 5, value: 4, best: 4, looking: 3, ...changes })); // prettier-ignore

test("exact claims follow the numbers", () => {
  for (const id of ["no-bias", "action-biases", "order", "value-is-best"])
    expect(judge(id, exactly()), id).toBe("supported");
  expect(judge("no-bias", exactly({ bias: 0.1 }))).toBe("not supported");
  expect(judge("no-bias", exactly({ identity: 0.1 }))).toBe("not supported");
  expect(judge("action-biases", exactly({ lookingBias: 0.01 }))).toBe("not supported");
  expect(judge("order", exactly({ constant: 3 }))).toBe("not supported");
  expect(judge("value-is-best", exactly({ best: 3.9 }))).toBe("not supported");
});

/** Seeds that reach the goal after so many episodes, with variances as given. */
const runs = (episodes: Readonly<Record<string, number | null>>, variances: Row, n = 20): Row[] =>
  Array.from({ length: n }, (_, i): Row[] => [
    ...Object.entries(episodes).map(([variant, reached]) => ({
      part: "run",
      seed: i + 1,
      variant,
      reached: reached === null ? null : reached + (i % 5),
      returns: [20, 100, 300],
    })),
    ...[50, 100, 195].map((stage) => ({ part: "variance", seed: i + 1, stage, none: 10, constant: 4, present: 3, short: 5, level: 80, earlier: 40, ...variances })), // prettier-ignore
  ]).flat();

describe("claims about CartPole", () => {
  const fast = runs({ none: 250, constant: 200, learned: 150, "two heads": 180 }, { learned: 2 });
  const slow = runs({ none: 2500, constant: 2600, learned: 3000, "two heads": 4000 }, { learned: 9 });
  const never = runs({ none: null, constant: null, learned: null, "two heads": 3000 }, { learned: 9 });

  test("follow the data", () => {
    expect(judge("reaches-200", fast)).toBe("supported");
    expect(judge("reaches-200", slow)).toBe("supported");
    expect(judge("reaches-200", never)).toBe("not supported");
    expect(judge("takes-2000", slow)).toBe("supported");
    expect(judge("takes-2000", never)).toBe("supported");
    expect(judge("takes-2000", fast)).toBe("not supported");
    for (const id of ["fewer-than-none", "fewer-than-constant", "variance-falls", "variance-below-constant"]) {
      expect(judge(id, fast), id).toBe("supported");
      expect(judge(id, slow), id).toBe("not supported");
    }
  });

  test("are open with few seeds", () => {
    const few = fast.filter(({ seed }) => (seed as number) <= 2);
    for (const { id } of experiment.claims.slice(4)) expect(judge(id, few), id).toBe("inconclusive");
  });
});

test("its protocols are in order, and a trial runs from end to end", async () => {
  expect(protocolProblems(experiment)).toEqual([]);
  const settings = { seed: 1, episodes: 2, least: 40, most: 101, stages: [5, 10] };
  const rows: Row[] = (await experiment.carryOut(settings, {})).map((row) => ({ ...settings, ...row }));
  const parts = ["none", "constant", 5, 10, "learned", "two heads"];
  expect(rows.map(({ variant, stage }) => variant ?? stage)).toEqual(parts);
  const [early, , learned] = rows.slice(2);
  for (const name of ["none", "constant", "present", "learned"]) expect(early[name]).toBeGreaterThan(0);
  expect(early.earlier).toBeGreaterThan(5); // episodes of 10 to 60 steps: a mean G of half of that
  expect(early.earlier).toBeLessThan(30);
  expect(learned.returns).toHaveLength(2); // of 20 episodes each
  expect(learned.reached).toBe(null); // a mean of 200 takes more than 101 episodes
  const data: Data = { rows: [...exactly(), ...rows.map((row) => ({ ...row, stage: row.stage === 5 ? 50 : 195 }))], quick: true }; // prettier-ignore
  for (const { id, judge } of experiment.claims.slice(4)) expect(judge(data).verdict, id).toBe("inconclusive");
  expectCharts(experiment, data);
  expect(experiment.discussion!(data)).toContain("2,000 to 5,000");
});
