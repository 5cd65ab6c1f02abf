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

test("metrics are kept as their means over the updates of each stretch", async () => {
  const seen: number[][] = [[], []];
  const { metrics } = await trainCurve("a2c", { env: "CartPole-v1", seed: 1, totalSteps: 256 }, {}, {
    stretches: 2,
    metrics: ["entropy"],
    onUpdate: ({ step, metrics }) => seen[step <= 128 ? 0 : 1].push(metrics.entropy),
  }); // prettier-ignore
  expect(seen[0].length).toBeGreaterThan(1);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  expect(metrics).toEqual({ entropy: seen.map(mean) });
});

test("where no episode ended, the mean return before counts on", () => {
  expect(areaUnder([null, 10, null, 40])).toBe((10 + 10 + 10 + 40) / 4);
});
