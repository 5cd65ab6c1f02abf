// What is particular to PPO: the ratio on fresh data, clipping, the early stop, all entries in each epoch.

import { describe, expect, test } from "vitest";
import { createTraining } from "../../src/training/index.ts";
import { readWeights } from "./linear.ts";

const base = { env: "CartPole-v1", envs: 3, rollout: 37, totalSteps: 1e6, seed: 4 };

describe.each([[false], [true]])("strict: %s", (strict) => {
  const networks = [{}, { sharedTrunk: true }, { activation: "relu", hidden: [33] }, { normalizeObservations: true }];

  test.each(networks)("the ratio is 1 to the bit on the first minibatch of the first epoch, %o", async (network) => {
    const options = { ...base, ...network, strict, epochs: 1, minibatches: 1, learningRate: 0.01 };
    const training = await createTraining("ppo", options);
    for (let k = 0; k < 5; k++) {
      const { metrics } = training.update();
      // E[ρ − 1 − log ρ] has no negative terms, and no log ρ of at least a float32's unit rounds its term to 0.
      expect(metrics.approxKl).toBe(0);
      expect(metrics.approxKlK1).toBe(0);
      expect(metrics.clipFraction).toBe(0);
    }
  });

  test("and in every minibatch, of any size, while the weights stay", async () => {
    // 111 entries in 7 minibatches of 15 and 16; a learning rate that moves no float32.
    const options = { ...base, strict, epochs: 3, minibatches: 7, learningRate: 1e-30 };
    const training = await createTraining("ppo", options);
    const before = readWeights(training);
    for (let k = 0; k < 3; k++) {
      const { metrics } = training.update();
      expect([metrics.approxKl, metrics.approxKlK1, metrics.clipFraction]).toEqual([0, 0, 0]);
    }
    const after = readWeights(training);
    for (const name of Object.keys(before)) after[name].forEach((x, i) => expect(Math.abs(x - before[name][i])).toBeLessThan(1e-25)); // prettier-ignore
  });
});

test("with more epochs the policy moves, and the diagnostics say so", async () => {
  const training = await createTraining("ppo", { ...base, epochs: 6, learningRate: 0.01, learningRateSchedule: "constant" }); // prettier-ignore
  const { metrics } = training.update();
  expect(metrics.approxKl).toBeGreaterThan(1e-3);
  expect(metrics.clipFraction).toBeGreaterThan(0.01);
  expect(metrics.clipFraction).toBeLessThan(1);
  expect(metrics.epochs).toBe(6);
});

test("targetKl stops the epochs of an update, not the training", async () => {
  const options = { ...base, epochs: 10, learningRate: 0.01, learningRateSchedule: "constant", targetKl: 0.005 };
  const training = await createTraining("ppo", options);
  const epochs = Array.from({ length: 4 }, () => training.update().metrics.epochs);
  expect(Math.min(...epochs)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...epochs)).toBeLessThan(10);
  const patient = await createTraining("ppo", { ...options, targetKl: 1e6 });
  expect(patient.update().metrics.epochs).toBe(10);
});

test("more minibatches than entries, and a minibatch of one entry", async () => {
  const training = await createTraining("ppo", { env: "CartPole-v1", envs: 1, rollout: 3, minibatches: 10, totalSteps: 100 }); // prettier-ignore
  for (let k = 0; k < 5; k++) for (const [name, v] of Object.entries(training.update().metrics)) if (name !== "explainedVariance") expect(v, name).toSatisfy(Number.isFinite); // prettier-ignore
});

test("schedules follow what remains of the run", async () => {
  const options = { ...base, totalSteps: 1110, learningRate: 0.01, clip: 0.3, clipSchedule: "linear" };
  const training = await createTraining("ppo", options);
  for (let k = 0; k < 10; k++) {
    const { metrics, step } = training.update();
    expect(step).toBe(111 * (k + 1));
    expect(metrics.learningRate).toBeCloseTo(0.01 * (1 - k / 10), 9);
    expect(metrics.clip).toBeCloseTo(0.3 * (1 - k / 10), 9);
  }
  expect(training.done).toBe(true);
});

test.each(["ppo", "a2c", "actor-critic", "reinforce"])(
  "%s: a larger entropy bonus keeps the policy more random",
  async (algorithm) => {
    // prettier-ignore
    const entropyAfter = async (entropyCoefficient: number): Promise<number> => {
    const rates = {
      ppo: { rollout: 32 },
      a2c: { rollout: 5, optimizer: "rmsprop" },
      "actor-critic": { learningRate: 0.01, criticLearningRate: 0.01 },
      reinforce: { criticLearningRate: 3e-3 },
    }[algorithm];
    const training = await createTraining(algorithm, {
      env: "Identity-v0",
      envOptions: { episodeLength: 20 },
      entropyCoefficient,
      learningRate: 3e-3,
      hidden: [16],
      gamma: 0,
      totalSteps: 3000,
      ...rates,
    });
    let entropy = NaN;
    while (!training.done) entropy = training.update().metrics.entropy!;
    return entropy;
  };
    const [none, much] = [await entropyAfter(0), await entropyAfter(10)];
    expect(none).toBeLessThan(0.8);
    expect(much).toBeGreaterThan(0.98 * Math.log(4));
  },
);
