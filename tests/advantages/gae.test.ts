import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gae, lambdaReturns, nStepAdvantages, rewardToGo, tdAdvantages } from "../../src/advantages/index.ts";
import { column, distance, gammas, goldenEstimators, lambdas, trajectories } from "./cases.ts";

describe("gae, by hand (γ = ½, λ = ½)", () => {
  const open = { rewards: [1, 2, 3], values: [4, 8, 16], nextValues: [8, 16, 32] };
  // δ = 1 + ½·8 − 4 = 1; 2 + ½·16 − 8 = 2; 3 + ½·32 − 16 = 3
  const options = { gamma: 0.5, lambda: 0.5 };

  test("an episode that goes on bootstraps from the last next value", () => {
    expect([...gae(column(open), options)]).toEqual([1 + 0.25 * 2.75, 2 + 0.25 * 3, 3]);
  });

  test("a terminated step has a next value of 0, whatever stands there", () => {
    const c = column({ ...open, nextValues: [8, NaN, 32], terminated: [0, 1, 0] });
    // δ_1 = 2 − 8 = −6, and nothing of step 2 reaches it
    expect([...gae(c, options)]).toEqual([1 + 0.25 * -6, -6, 3]);
  });

  test("a truncated step bootstraps from its final observation and lets nothing through", () => {
    const c = column({ ...open, nextValues: [8, 100, 32], truncated: [0, 1, 0] });
    // δ_1 = 2 + ½·100 − 8 = 44
    expect([...gae(c, options)]).toEqual([1 + 0.25 * 44, 44, 3]);
  });

  test("terminated wins where both are set", () => {
    const c = column({ ...open, nextValues: [8, 100, 32], terminated: [0, 1, 0], truncated: [0, 1, 0] });
    expect([...gae(c, options)]).toEqual([1 + 0.25 * -6, -6, 3]);
  });

  test("environments do not mix", () => {
    const two = {
      steps: 2,
      environments: 2,
      rewards: Float64Array.of(1, 10, 2, 20),
      values: Float64Array.of(0, 0, 0, 0),
      nextValues: Float64Array.of(0, 0, 0, 0),
      terminated: Uint8Array.of(0, 1, 0, 0),
      truncated: new Uint8Array(4),
    };
    expect([...gae(two, { gamma: 1, lambda: 1 })]).toEqual([3, 10, 2, 20]);
  });
});

describe("gae and lambdaReturns against the reference numbers", () => {
  const golden = goldenEstimators();
  test.skipIf(!golden)("all (γ, λ) to 1e-9 (skipped where ../shared/golden/losses.json is missing)", () => {
    expect(golden!.cases.length).toBeGreaterThan(0);
    for (const { gamma, lambda, advantages, returns } of golden!.cases) {
      const got = gae(golden!.trajectories, { gamma, lambda });
      expect(distance(got, advantages)).toBeLessThan(1e-9);
      expect(distance(lambdaReturns(got, golden!.trajectories.values), returns)).toBeLessThan(1e-9);
    }
  });
});

describe("gae, identities", () => {
  test("λ = 0 is TD(0), to the bit", () => {
    fc.assert(
      fc.property(trajectories(), gammas, (data, gamma) => {
        expect(gae(data, { gamma, lambda: 0 })).toEqual(tdAdvantages(data, { gamma }));
      }),
    );
  });

  test("λ = 1 is Monte Carlo: reward-to-go − V", () => {
    fc.assert(
      fc.property(trajectories(), gammas, (data, gamma) => {
        const monteCarlo = rewardToGo(data, { gamma }).map((g, k) => g - data.values[k]);
        expect(distance(gae(data, { gamma, lambda: 1 }), monteCarlo)).toBeLessThan(1e-9);
      }),
    );
  });

  test("is the exponentially weighted mean of the n-step advantages", () => {
    fc.assert(
      fc.property(trajectories(), gammas, lambdas, (data, gamma, lambda) => {
        // (1 − λ) Σ_{n ≤ N} λ^{n−1} A^(n) + λ^N A^(N), where from N = steps on A^(n) no longer changes
        const mean = new Float64Array(data.rewards.length);
        let weight = 1;
        for (let n = 1; n <= data.steps; n++) {
          const advantages = nStepAdvantages(data, { gamma, n });
          const share = n < data.steps ? weight * (1 - lambda) : weight;
          for (let k = 0; k < mean.length; k++) mean[k] += share * advantages[k];
          weight *= lambda;
        }
        expect(distance(gae(data, { gamma, lambda }), mean)).toBeLessThan(1e-9);
      }),
    );
  });

  test("writes into out and returns it", () => {
    const data = column({ rewards: [1, 2], values: [3, 4], nextValues: [4, 5] });
    const out = new Float64Array(2).fill(NaN);
    expect(gae(data, { gamma: 0.9, lambda: 0.9 }, out)).toBe(out);
    expect(out).toEqual(gae(data, { gamma: 0.9, lambda: 0.9 }));
  });
});
