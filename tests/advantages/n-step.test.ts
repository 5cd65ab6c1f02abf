import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gae, nStepAdvantages, tdAdvantages } from "../../src/advantages/index.ts";
import { column, distance, gammas, trajectories } from "./cases.ts";

describe("nStepAdvantages", () => {
  test("by hand, n = 2, across a termination and a truncation (γ = ½)", () => {
    const data = column({
      rewards: [1, 2, 3, 4, 5],
      values: [10, 20, 30, 40, 50],
      nextValues: [20, NaN, 40, 100, 60],
      terminated: [0, 1, 0, 0, 0],
      truncated: [0, 0, 0, 1, 0],
    });
    expect([...nStepAdvantages(data, { gamma: 0.5, n: 2 })]).toEqual([
      1 + 0.5 * 2 - 10, // the episode ends with the second reward
      2 - 20,
      3 + 0.5 * 4 + 0.25 * 100 - 30, // V(final observation) after two rewards
      4 + 0.5 * 100 - 40, // one reward until the cut
      5 + 0.5 * 60 - 50, // one reward until the rollout's end
    ]);
  });

  test("n = 1 is TD(0), to the bit", () => {
    fc.assert(
      fc.property(trajectories(), gammas, (data, gamma) => {
        expect(nStepAdvantages(data, { gamma, n: 1 })).toEqual(tdAdvantages(data, { gamma }));
      }),
    );
  });

  test("n ≥ steps is GAE with λ = 1", () => {
    fc.assert(
      fc.property(trajectories(), gammas, (data, gamma) => {
        const all = nStepAdvantages(data, { gamma, n: data.steps });
        expect(distance(all, gae(data, { gamma, lambda: 1 }))).toBeLessThan(1e-9);
      }),
    );
  });

  test("telescopes: discounted rewards, plus γ^n V(s_{t+n}), minus V(s_t)", () => {
    fc.assert(
      fc.property(trajectories({ ends: false }), gammas, fc.integer({ min: 1, max: 12 }), (data, gamma, n) => {
        const expected = data.values.map((value, first) => {
          let sum = -value;
          let k = first;
          let discount = 1;
          for (let l = 0; l < n && k < data.rewards.length; l++, k += data.environments) {
            sum += discount * data.rewards[k];
            discount *= gamma;
          }
          return sum + discount * data.nextValues[k - data.environments];
        });
        expect(distance(nStepAdvantages(data, { gamma, n }), expected)).toBeLessThan(1e-9);
      }),
    );
  });
});
