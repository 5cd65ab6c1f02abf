// Curves of trainings, for trials.

import { expect, test } from "vitest";
import { areaUnder, trainCurve } from "../../src/experiments/train-curve.ts";

test.each(["reinforce", "actor-critic", "a2c"])(
  "%s trains on this thread, and each update shows its policy",
  async (algorithm) => {
    const steps: number[] = [];
    const curve = await trainCurve(
      algorithm,
      { env: "CartPole-v1", seed: 1, totalSteps: 300 },
      {},
      {
        stretches: 3,
        onUpdate({ step }, training) {
          steps.push(step);
          expect(training.step).toBe(step);
          expect(training.policy.probabilities([0, 0, 0, 0])).toHaveLength(2);
        },
      },
    );
    expect(steps.at(-1)).toBe(curve.steps);
    expect(curve.steps).toBeGreaterThanOrEqual(300);
    expect(curve.returns).toHaveLength(3);
  },
);

test("where no episode ended, the mean return before counts on", () => {
  expect(areaUnder([null, 10, null, 40])).toBe((10 + 10 + 10 + 40) / 4);
});
