// Every algorithm solves its identity environment within a few thousand steps, whatever the seed.

import { describe, expect, test } from "vitest";
import type { AlgorithmName } from "../../src/algorithms/index.ts";
import { makeEnv } from "../../src/envs/index.ts";
import { evaluate, train } from "../../src/training/index.ts";

const cases: [AlgorithmName, Record<string, unknown>, number][] = [
  ["reinforce", { baseline: "learned", learningRate: 0.02, gamma: 0, entropyCoefficient: 0 }, 3000],
  ["reinforce", { baseline: "constant", learningRate: 0.02, gamma: 0, entropyCoefficient: 0 }, 4000],
  ["reinforce", { baseline: "none", learningRate: 0.02, gamma: 0, entropyCoefficient: 0 }, 4000],
  ["actor-critic", { learningRate: 3e-3, criticLearningRate: 3e-3, gamma: 0, entropyCoefficient: 0 }, 4000],
  ["a2c", { rollout: 5, lambda: 1, optimizer: "rmsprop", learningRate: 5e-3, gamma: 0, entropyCoefficient: 0 }, 4000],
  ["a2c", { envs: 1, rollout: 32, lambda: 0.95, learningRate: 5e-3, gamma: 0.5, optimizer: "adam" }, 4000],
  ["a3c", { rollout: 10, lambda: 0.9, learningRate: 5e-3, gamma: 0, entropyCoefficient: 0, reportEvery: 100 }, 4000],
  ["ppo", { envs: 4, rollout: 32, learningRate: 3e-3, gamma: 0.5 }, 3000],
  ["ppo", { rollout: 32, clip: 0, klPenalty: "adaptive", learningRateSchedule: "adaptive", gamma: 0.5 }, 4000],
  ["trpo", { rollout: 64, maxKl: 0.05, gamma: 0.5 }, 4000],
];

describe.each(cases)("%s %o", (algorithm, options, totalSteps) => {
  test.each(["Identity-v0", "IdentityBox-v0"])("%s", async (env) => {
    for (const seed of [1, 2, 3]) {
      const envOptions = { episodeLength: 20 };
      const { policy, summary } = await train(algorithm, {
        env,
        envOptions,
        seed,
        totalSteps,
        hidden: [32],
        ...options,
      });
      expect(summary.steps).toBeLessThan(totalSteps + 200);
      const made = await makeEnv(env, envOptions);
      const best = await evaluate(policy, made, { episodes: 10 });
      expect(best.mean, `seed ${seed}, most probable actions`).toBe(20);
      const sampled = await evaluate(policy, made, { episodes: 20, deterministic: false });
      expect(sampled.mean, `seed ${seed}, sampled actions`).toBeGreaterThan(16);
    }
  });
});

/** The kinds of actions beside Discrete, and a mean return of 20 steps that only learning reaches. */
const spaces: [env: string, atLeast: number, totalSteps: number][] = [
  ["IdentityContinuous-v0", -3, 8000], // the best constant action earns -6.7
  ["IdentityMultiDiscrete-v0", 18, 8000],
  ["IdentityMultiBinary-v0", 18, 8000],
  ["MaskedIdentity-v0", 18, 4000],
];

describe.each(cases.filter(([, { baseline }]) => baseline === undefined || baseline === "learned"))(
  "%s %o learns every kind of action",
  (algorithm, options) => {
    test.each(spaces)("%s", async (env, atLeast, totalSteps) => {
      const envOptions = { episodeLength: 20 };
      const { policy } = await train(algorithm, { env, envOptions, totalSteps, hidden: [32], ...options });
      const { mean } = await evaluate(policy, await makeEnv(env, envOptions), { episodes: 20 });
      expect(mean).toBeGreaterThan(atLeast);
    });
  },
);

describe("a cue of some steps ago", () => {
  const options = { env: "Recall-v0", totalSteps: 12_000, envs: 8, rollout: 32, learningRate: 1e-3, hidden: [32], memorySize: 32 }; // prettier-ignore

  test("is named by a policy with a memory", async () => {
    const { policy } = await train("ppo", { ...options, memory: "gru" });
    expect((await evaluate(policy, "Recall-v0", { episodes: 100 })).mean).toBeGreaterThan(0.95);
  });

  test("and by no other: half of the guesses are right", async () => {
    const { policy } = await train("ppo", options);
    expect((await evaluate(policy, "Recall-v0", { episodes: 200 })).mean).toBeLessThan(0.65);
  });
});
