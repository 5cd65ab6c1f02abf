import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { policyOf, trajectories, values } from "../../src/exact/index.ts";
import { objective } from "../../src/exact/series.ts";
import { cliff, distance, goesOn, lake, randomTheta, terrace, twoSteps } from "./mdps.ts";

describe("TwoStep, by hand: transitions [0.8, 0.2] and [0.3, 0.7], r₁ 0.5 and 0, r₂ [1, 0] and [−1, 3]", () => {
  // π(·|s₀) = (1/4, 3/4), in the middle states (1/2, 1/2) and (1/5, 4/5).
  const policy = [0.25, 0.75, 0.5, 0.5, 0.2, 0.8, 0.5, 0.5];

  test("γ = 1/2", () => {
    const { j, v, q, advantage, occupancy } = values(twoSteps(), policy, 0.5);
    const [v1, v2] = [0.5 * 1 + 0.5 * 0, 0.2 * -1 + 0.8 * 3]; // 0.5 and 2.2
    const q00 = 0.5 + 0.5 * (0.8 * v1 + 0.2 * v2); // 0.5 + 0.5 · 0.84 = 0.92
    const q01 = 0 + 0.5 * (0.3 * v1 + 0.7 * v2); // 0.5 · 1.69 = 0.845
    const v0 = 0.25 * 0.92 + 0.75 * 0.845; // 0.86375
    expect([q00, q01]).toEqual([0.92, 0.845]);
    expect(j).toBeCloseTo(0.86375, 14);
    expect(distance(v, [v0, 0.5, 2.2, 0])).toBeLessThan(1e-14);
    expect(distance(q, [0.92, 0.845, 1, 0, -1, 3, 0, 0])).toBeLessThan(1e-14);
    expect(distance(advantage, [0.05625, -0.01875, 0.5, -0.5, -3.2, 0.8, 0, 0])).toBeLessThan(1e-14);
    // P(s₁ = 1) = 0.25 · 0.8 + 0.75 · 0.3 = 0.425, met one step later: times γ.
    expect(distance(occupancy, [1, 0.5 * 0.425, 0.5 * 0.575, 0])).toBeLessThan(1e-14);
  });

  test("uniform, γ = 1: J = ½(0.5 + 0.8·0.5 + 0.2·1) + ½(0.3·0.5 + 0.7·1) = 0.975", () => {
    expect(values(twoSteps(), policyOf(new Float64Array(8), twoSteps()), 1).j).toBeCloseTo(0.975, 14);
  });
});

test("an episode that may go on for ever: V = (1 + p) / (1 − γp)", () => {
  for (const [p, gamma] of [[0.5, 1], [0.9, 0.5], [0.99, 1]]) {
    const { j, occupancy } = values(goesOn, [1 - p, p], gamma);
    expect(j).toBeCloseTo((1 + p) / (1 - gamma * p), 10);
    expect(occupancy[0]).toBeCloseTo(1 / (1 - gamma * p), 10);
  }
}); // prettier-ignore

test("Terraces, uniform: each step is on the upper terrace with probability ½", () => {
  const { v, occupancy } = values(terrace({ noise: 3 }), new Float64Array(20).fill(0.5), 1);
  expect(distance(v, [2, 2, 1.5, 1.5, 1, 1, 0.5, 0.5, 0, 0])).toBeLessThan(1e-14);
  expect(distance(occupancy, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0])).toBeLessThan(1e-14);
});

test("CliffWalking: the way along the cliff is worth −13", () => {
  const best = new Float64Array(48 * 4).map((_, k) => (k % 4 === 1 ? 1 : 0)); // right
  best.set([1, 0, 0, 0], 36 * 4); // up, from the start
  for (let row = 0; row < 3; row++) best.set([0, 0, 1, 0], (12 * row + 11) * 4); // down, in the last column
  const { j, v, occupancy } = values(cliff(), best, 1);
  expect(j).toBeCloseTo(-13, 12);
  expect(v[0]).toBeCloseTo(-14, 12);
  expect([...occupancy].filter((d) => d > 0)).toHaveLength(13);
});

test("FrozenLake: Bellman's equation holds, and the identity J = Σ d(s) Σ π(a|s) r(s, a)", () => {
  const mdp = lake();
  const policy = policyOf(randomTheta(mdp, 2), mdp);
  const { j, v, q, occupancy } = values(mdp, policy, 0.97);
  let byOccupancy = 0;
  for (let s = 0; s < 16; s++) {
    expect(v[s]).toBeCloseTo(
      [0, 1, 2, 3].reduce((sum, a) => sum + policy[4 * s + a] * q[4 * s + a], 0),
      14,
    );
    for (let a = 0; a < 4; a++)
      for (const o of mdp.outcomes(s, a)) byOccupancy += occupancy[s] * policy[4 * s + a] * o.probability * o.reward;
  }
  expect(j).toBeCloseTo(byOccupancy, 14);
});

test("J is the same by enumeration, by elimination and by the series", () => {
  for (const mdp of [twoSteps(), terrace({ length: 3, noise: 0.5 })])
    for (const gamma of [0, 0.7, 1]) {
      const policy = policyOf(randomTheta(mdp, 3), mdp);
      const { j } = values(mdp, policy, gamma);
      const enumerated = trajectories(mdp, policy).reduce(
        (sum, { probability, rewards }) => sum + probability * rewards.reduceRight((g, r) => r + gamma * g, 0),
        0,
      );
      expect(enumerated).toBeCloseTo(j, 13);
      expect(objective(mdp, policy, gamma)).toBeCloseTo(j, 13);
    }
});

describe("refuses", () => {
  test("γ = 1 where an episode need not end, and names the state; γ < 1 is fine", () => {
    expect(() => values(goesOn, [0, 1], 1)).toThrow(/one in state 0 goes on for ever under this policy: take a gamma below 1/);
    expect(() => values(goesOn, [0, 1], 1)).toThrow(InputError);
    expect(values(goesOn, [0, 1], 0.5).j).toBeCloseTo(2 / 0.5, 14);
    expect(() => objective(goesOn, [0, 1], 1)).toThrow(/add up to no end/);
  }); // prettier-ignore

  test("what is no policy, and what is no discount factor", () => {
    expect(() => values(goesOn, [0.5, 0.6], 1)).toThrow(
      "the policy in state 0: the probabilities sum to 1.1, not to 1",
    );
    expect(() => values(goesOn, [1], 1)).toThrow("the policy must be an array of 2 numbers, not 1");
    expect(() => values(goesOn, [0.5, 0.5], 1.01)).toThrow("gamma is 1.01, but must be within 0 … 1");
    expect(() => values(goesOn, [0.5, 0.5], undefined as unknown as number)).toThrow(InputError);
  });
});
