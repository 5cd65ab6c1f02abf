import { describe, expect, test } from "vitest";
import { makeEnv } from "../../../src/envs/index.ts";
import { twoStep } from "../../../src/envs/toy-text/two-step.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";

describe("TwoStep", () => {
  test("two steps: r₁ by the first action, r₂ by middle state and second action, then the end", () => {
    const env = twoStep();
    expect([env.observationSpace, env.actionSpace].map(describeSpace)).toEqual(["Discrete(4)", "Discrete(2)"]);
    const seen = new Set<string>();
    env.reset(0);
    for (let i = 0; i < 100; i++) {
      const [a0, a1] = [i % 2, (i >> 1) % 2];
      expect(env.reset().observation).toBe(0);
      const first = env.step(a0);
      const second = env.step(a1);
      expect(first).toMatchObject({ reward: [0.5, 0][a0], terminated: false, truncated: false });
      expect(second).toMatchObject({ observation: 3, terminated: true, truncated: false });
      expect(second.reward).toBe([[1, 0], [-1, 3]][first.observation - 1][a1]); // prettier-ignore
      seen.add(`${a0} ${first.observation} ${a1}`);
    }
    expect(seen.size).toBe(8);
  });

  test("the middle state is drawn as the first action says", () => {
    const env = twoStep();
    env.reset(1);
    for (const [action, chance] of [[0, 0.8], [1, 0.3]]) {
      let ones = 0;
      for (let i = 0; i < 4000; i++) {
        env.reset();
        const { observation, info } = env.step(action);
        if (observation === 1) ones++;
        expect(info.prob).toBeCloseTo(observation === 1 ? chance : 1 - chance, 12);
      }
      expect(Math.abs(ones / 4000 - chance)).toBeLessThan(5 * Math.sqrt((chance * (1 - chance)) / 4000));
    }
  }); // prettier-ignore

  test("other transitions and rewards", async () => {
    const options = { transitions: [[0, 1], [1, 0]], firstReward: [7, 8], secondReward: [[1, 2], [3, 4]] }; // prettier-ignore
    const env = await makeEnv("TwoStep-v0", options);
    env.reset(0);
    expect([env.step(0), env.step(1)].map((x) => [x.observation, x.reward])).toEqual([[2, 7], [3, 4]]); // prettier-ignore
    env.reset();
    expect([env.step(1), env.step(0)].map((x) => [x.observation, x.reward])).toEqual([[1, 8], [3, 1]]); // prettier-ignore
  });

  test.each([
    [{ transitions: [[0.5, 0.6], [1, 0]] }, /"transitions" is \[\[0.5, 0.6\], \[1, 0\]\], but must be two pairs of probabilities/],
    [{ transitions: [[1, 0]] }, /two pairs of probabilities that add up to 1, by the first action/],
    [{ transitions: [[1.5, -0.5], [1, 0]] }, /two pairs of probabilities/],
    [{ firstReward: [1, NaN] }, /"firstReward" is \[1, NaN\], but must be two numbers/],
    [{ firstReward: 1 }, /"firstReward" is 1, but must be an array/],
    [{ secondReward: [1, 2] }, /two pairs of numbers, by the middle state and the second action/],
    [{ rewards: [1, 2] }, /no option "rewards"/],
  ])("refuses the options %j", async (options, message) => {
    await expect(makeEnv("TwoStep-v0", options)).rejects.toThrow(message);
    await expect(makeEnv("TwoStep-v0", options)).rejects.toThrow(InputError);
  }); // prettier-ignore

  test("refuses a third action", () => {
    const env = twoStep();
    env.reset(0);
    expect(() => env.step(2)).toThrow(RunError);
  });
});
