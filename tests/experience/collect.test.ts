// What a rollout records: above all V of what follows each step, where episodes end in each way.

import { runAtOnce } from "../../src/training/index.ts";
import { describe, expect, test } from "vitest";
import { packedCopy } from "../packed-copy.ts";
import { createMoments, createRangedMoments, standardize, updateMoments } from "../../src/math/moments.ts";
import { createRollout } from "../../src/experience/index.ts";
import { expectClose } from "../tensor/compare.ts";
import { walk } from "../envs/toys.ts";
import { counting, countingAgent } from "./counting.ts";

describe("nextValues", () => {
  test("within an episode, at each kind of end, and at the rollout's end", async () => {
    // Environment 0: truncated after 3 steps, terminated after 2, …; environment 1, from episode 50 on: both after 4.
    const { agent, policy } = await countingAgent([
      counting([3, 2], ["truncated", "terminated"], 10),
      counting([4], ["both"], 50),
    ]);
    const rollout = createRollout(6, 2, policy);
    runAtOnce(agent.collect(rollout));
    const column = (x: ArrayLike<number>, i: number): number[] => Array.from(x).filter((_, k) => k % 2 === i);
    expect(column(rollout.observations, 0)).toEqual([10000, 10001, 10002, 11000, 11001, 12000]);
    expect(column(rollout.values, 0)).toEqual([10000, 10001, 10002, 11000, 11001, 12000]);
    expect(column(rollout.truncated, 0)).toEqual([0, 0, 1, 0, 0, 0]);
    expect(column(rollout.terminated, 0)).toEqual([0, 0, 0, 0, 1, 0]);
    const next = column(rollout.nextValues, 0);
    expect(next.slice(0, 2)).toEqual([10001, 10002]);
    expect(next[2], "V of the final observation, not of the next episode's first (11000)").toBe(10003);
    expect(next[3]).toBe(11001);
    expect(next[5], "V of the current observation at the rollout's end").toBe(12001);
    expect(column(rollout.rewards, 0)).toEqual([10.001, 10.002, 10.003, 11.001, 11.002, 12.001]);

    expect(column(rollout.observations, 1)).toEqual([50000, 50001, 50002, 50003, 51000, 51001]);
    expect(column(rollout.terminated, 1)).toEqual([0, 0, 0, 1, 0, 0]);
    expect(column(rollout.nextValues, 1).filter((_, t) => t !== 3)).toEqual([50001, 50002, 50003, 51001, 51002]);

    // The next rollout goes on where this one stopped.
    runAtOnce(agent.collect(rollout));
    expect(column(rollout.observations, 0)).toEqual([12001, 12002, 13000, 13001, 14000, 14001]);
    expect(column(rollout.nextValues, 0)[1]).toBe(12003);
    expect(column(rollout.observations, 1)).toEqual([51002, 51003, 52000, 52001, 52002, 52003]);
  });

  test("an episode that is truncated with the rollout's last step", async () => {
    const { agent, policy } = await countingAgent([counting([3], ["truncated"])]);
    const rollout = createRollout(3, 1, policy);
    for (const episode of [0, 1, 2]) {
      runAtOnce(agent.collect(rollout));
      expect([...rollout.nextValues]).toEqual([1, 2, 3].map((t) => 1000 * episode + t));
      expect([...rollout.truncated]).toEqual([0, 0, 1]);
    }
  });

  test("episodes of one step each, all truncated", async () => {
    const { agent, policy } = await countingAgent([counting([1], ["truncated"]), counting([1], ["truncated"], 100)]);
    const rollout = createRollout(4, 2, policy);
    runAtOnce(agent.collect(rollout));
    expect([...rollout.observations]).toEqual([0, 100e3, 1e3, 101e3, 2e3, 102e3, 3e3, 103e3]);
    expect([...rollout.nextValues]).toEqual([1, 100001, 1001, 101001, 2001, 102001, 3001, 103001]);
  });
});

test("actions are indices drawn from π, with the log-probability they had", async () => {
  const { agent, policy } = await countingAgent([counting([7], ["truncated"])]);
  const rollout = createRollout(400, 1, policy);
  runAtOnce(agent.collect(rollout));
  let ones = 0;
  let expectedOnes = 0;
  for (let t = 0; t < 400; t++) {
    const p = policy.probabilities([rollout.observations[t]]);
    const action = rollout.actions[t];
    expect([0, 1]).toContain(action);
    expect(Math.exp(rollout.logProbs[t])).toBeCloseTo(p[action], 5);
    ones += action;
    expectedOnes += p[1];
  }
  expect(Math.abs(ones - expectedOnes)).toBeLessThan(4 * Math.sqrt(expectedOnes + 1));
  expect(ones).toBeGreaterThan(0);
});

test("episodes are counted with the step of the whole run at which they ended", async () => {
  const { agent } = await countingAgent([counting([2], ["truncated"]), counting([3], ["terminated"])]);
  for (let t = 0; t < 4; t++) agent.step();
  expect(agent.steps).toBe(8);
  expect(agent.finished).toEqual([
    { return: (1 + 2) / 1000, length: 2, step: 3 },
    { return: (1 + 2 + 3) / 1000, length: 3, step: 6 },
    { return: (1001 + 1002) / 1000, length: 2, step: 7 },
  ].map((e) => ({ ...e, return: expect.closeTo(e.return, 9) as number }))); // prettier-ignore
});

describe("normalization", () => {
  test("observations, values and final values are as the network saw them", async () => {
    const { agent, policy } = await countingAgent(
      [counting([3], ["truncated"], 5), counting([4], ["terminated"], 20)],
      { normalizer: createMoments(1), warmUp: { steps: 10, episodes: Infinity } }, // prettier-ignore
    );
    const rollout = createRollout(9, 2, policy);
    // The same moments, kept here: they hold still during a rollout, and take in what followed each step at its end.
    const moments = createMoments(1);
    const raw = [counting([3], ["truncated"], 5), counting([4], ["terminated"], 20)];
    let current = raw.map((env) => env.reset().observation[0]);
    updateMoments(moments, current, 2);
    for (const round of ["warm-up", 0, 1]) {
      const seen = (x: readonly number[]): number[] => {
        const out = new Float32Array(x.length);
        standardize(moments, x, x.length, out);
        return [...out];
      };
      const recorded = round !== "warm-up";
      if (recorded) runAtOnce(agent.collect(rollout));
      const followed: number[] = [];
      for (let t = 0; t < (recorded ? 9 : 5); t++) {
        const here = seen(current);
        if (recorded) {
          expect([...rollout.observations.slice(2 * t, 2 * t + 2)], `rollout ${round}, step ${t}`).toEqual(here);
          expect([...rollout.values.slice(2 * t, 2 * t + 2)], "V(s) = s of what is stored").toEqual(here);
        }
        const steps = raw.map((env) => env.step(0));
        const finals = steps.map((s) => s.observation[0]);
        current = steps.map((s, i) => (s.terminated || s.truncated ? raw[i].reset().observation[0] : finals[i]));
        followed.push(...current);
        const after = seen(finals);
        if (recorded)
          steps.forEach((s, i) => {
            if (!s.terminated) expect(rollout.nextValues[2 * t + i], `step ${t}, environment ${i}`).toBe(after[i]);
          });
      }
      updateMoments(moments, followed, followed.length);
      if (recorded) expect(policy.normalizer).toEqual(moments);
    }
    expect(Math.max(...rollout.observations)).toBeLessThanOrEqual(10);
  });

  test("rewards are divided by the deviation of the discounted return, which begins anew with each episode", async () => {
    const gamma = 0.9;
    const ends = [[2, 3], ["truncated", "terminated"], 1] as const;
    const { agent, policy } = await countingAgent([counting(...ends)], {
      normalizeRewards: { gamma },
      warmUp: { steps: 3, episodes: Infinity },
    });
    const rollout = createRollout(8, 1, policy);
    runAtOnce(agent.collect(rollout));
    const { rewards: scaledRewards } = agent.scaleRewards(rollout);
    // All that was played is taken in first: the 3 steps of the warm-up, then the 8 of the rollout.
    const moments = createRangedMoments(1);
    updateMoments(moments, [0], 1);
    const env = counting(...ends);
    env.reset();
    const rewards: number[] = [];
    let running = 0;
    for (let t = 0; t < 3 + 8; t++) {
      const { reward, terminated, truncated } = env.step(0);
      running = gamma * running + reward;
      updateMoments(moments, [running], 1);
      rewards.push(reward);
      if (terminated || truncated) [running] = [0, env.reset()];
    }
    const unit = Math.max(Math.sqrt(moments.variance[0]), (moments.high![0] - moments.low![0]) / 6);
    expectClose(scaledRewards, rewards.slice(3).map((reward) => reward / unit), 1e-12); // prettier-ignore
    expect([...rollout.rewards], "what was collected stays as it was").toEqual(rewards.slice(3));
    // What is reported stays the environment's own.
    expect(agent.finished[0].return).toBeCloseTo(1.001 + 1.002, 9);
  });
});

test("a restored agent goes on with the same bits, from the middle of episodes", async () => {
  const make = (seed: number) =>
    countingAgent([walk(), walk()], {
      normalizer: createMoments(2),
      normalizeRewards: { gamma: 0.9 },
      warmUp: { steps: 30, episodes: Infinity },
      seed,
    });
  const { agent, policy } = await make(1);
  runAtOnce(agent.collect(createRollout(11, 2, policy)));
  const state = packedCopy(agent.getState());
  const { agent: restored } = await make(99);
  runAtOnce(restored.collect(createRollout(3, 2, policy)));
  restored.setState(state);
  expect(restored.steps).toBe(30 + 22);
  const [one, other] = [createRollout(50, 2, policy), createRollout(50, 2, policy)];
  runAtOnce(agent.collect(one));
  runAtOnce(restored.collect(other));
  expect(other).toEqual(one);
  expect(restored.getState()).toEqual(agent.getState());
  expect(new Set(one.actions).size).toBe(2);
});
