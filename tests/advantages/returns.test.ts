import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { multiplyByTimeDiscount, rewardToGo, totalReturn } from "../../src/advantages/index.ts";
import { column, distance, gammas, trajectories } from "./cases.ts";

// Two episodes and the start of a third: terminated after step 1, truncated after step 3.
const data = column({
  rewards: [1, 2, 3, 4, 5],
  values: [0, 0, 0, 0, 0],
  nextValues: [0, NaN, 0, 16, 32],
  terminated: [0, 1, 0, 0, 0],
  truncated: [0, 0, 0, 1, 0],
});
const { nextValues: _, ...rewardsOnly } = data;
const gamma = 0.5;

describe("rewardToGo", () => {
  test("bootstraps truncated and unfinished episodes", () => {
    expect([...rewardToGo(data, { gamma })]).toEqual([2, 2, 3 + 0.5 * 12, 4 + 0.5 * 16, 5 + 0.5 * 32]);
  });

  test("without next values they end where they were cut", () => {
    expect([...rewardToGo(rewardsOnly, { gamma })]).toEqual([2, 2, 5, 4, 5]);
  });

  test("timeDiscount multiplies by γ^t, counted within each episode", () => {
    expect([...rewardToGo(rewardsOnly, { gamma, timeDiscount: true })]).toEqual([2, 1, 5, 2, 5]);
  });

  test("writes into out and returns it", () => {
    const out = new Float64Array(5);
    expect(rewardToGo(data, { gamma }, out)).toBe(out);
  });
});

describe("totalReturn", () => {
  test("is the same at every step of an episode", () => {
    expect([...totalReturn(rewardsOnly, { gamma })]).toEqual([2, 2, 5, 5, 5]);
    expect([...totalReturn(data, { gamma })]).toEqual([2, 2, 9, 9, 21]);
  });

  test("is what the first step has to go: R(τ) = past rewards + γ^t G_t", () => {
    fc.assert(
      fc.property(trajectories(), gammas, (random, gamma) => {
        const total = totalReturn(random, { gamma });
        const toGo = rewardToGo(random, { gamma, timeDiscount: true });
        const { environments, rewards, terminated, truncated } = random;
        const past = new Float64Array(rewards.length);
        const discounts = multiplyByTimeDiscount(random, { gamma }, new Float64Array(rewards.length).fill(1));
        for (let k = environments; k < rewards.length; k++) {
          const p = k - environments;
          past[k] = terminated[p] || truncated[p] ? 0 : past[p] + discounts[p] * rewards[p];
        }
        expect(
          distance(
            total,
            toGo.map((g, k) => g + past[k]),
          ),
        ).toBeLessThan(1e-9);
      }),
    );
  });
});

describe("multiplyByTimeDiscount", () => {
  test("goes on from startTimes in an episode that began before the rollout", () => {
    const weights = new Float64Array(5).fill(1);
    expect([...multiplyByTimeDiscount(data, { gamma, startTimes: [2] }, weights)]).toEqual([0.25, 0.125, 1, 0.5, 1]);
  });
});
