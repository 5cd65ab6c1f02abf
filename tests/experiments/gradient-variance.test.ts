import { expect, test } from "vitest";
import { rewardToGo } from "../../src/advantages/index.ts";
import type { Env } from "../../src/envs/index.ts";
import { gradientVariances } from "../../src/experiments/gradient-variance.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { createTraining } from "../../src/training/index.ts";

/** An episode of one step that pays its action, 0 or 1. */
const bandit = (): Env<number[], number> => ({
  observationSpace: box(-1, 1, [1]),
  actionSpace: discrete(2),
  reset: () => ({ observation: [1], info: {} }),
  step: (action) => ({ observation: [1], reward: action, terminated: true, truncated: false, info: {} }),
});

test("a single step's gradient has the variance and the mean that a hand computes", async () => {
  const options = { env: bandit, seed: 1, normalizeObservations: false, hidden: [] };
  const training = await createTraining("reinforce", options);
  const { policy } = training;
  // A linear layer of x = 1 has logits z = W + b: an action's score is e_a − π twice over, for W and for b. An episode's
  // gradient is that score where it pays, with action 1, and 0 elsewhere.
  const [p] = policy.probabilities([1]);
  const [played, seen] = [1000, [] as number[]];
  const { of, length } = await gradientVariances(
    policy,
    bandit,
    {
      reward: (episode) => (seen.push(episode.rewards[0]), rewardToGo(episode, { gamma: 1 })),
      nothing: () => new Float64Array(1),
    },
    { episodes: played, seed: 3 },
  );
  expect(length).toBeCloseTo(1, 12);
  const share = seen.reduce((sum, reward) => sum + reward, 0) / played; // of action 1, drawn with probability 1 − p
  expect(share).toBeCloseTo(1 - p, 1);
  const squared = 2 * (p * p + p * p); // ‖e₁ − π‖² is p² + p², for W and for b
  expect(of.reward.variance).toBeCloseTo(squared * share * (1 - share) * (played / (played - 1)), 4);
  expect(of.reward.squaredMean).toBeCloseTo(squared * share * share - of.reward.variance / played, 4);
  expect(of.nothing).toEqual({ variance: 0, squaredMean: 0 });
  training.close();
});
