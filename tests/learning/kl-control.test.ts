// PPO steered by the KL divergence: the rules by hand, the sequences that a training makes of them, the penalty's
// gradient.

import { describe, expect, test } from "vitest";
import { adaptedKlCoefficient, adaptedLearningRate } from "../../src/learning/kl-control.ts";
import { input, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { createTraining, type Training } from "../../src/training/index.ts";
import { expectClose } from "../tensor/compare.ts";
import {
  addEntropyGradient,
  addLogProbGradient,
  addValueGradient,
  moved,
  probabilities,
  readWeights,
  recording,
  setWeights,
  value,
  zeros,
  type Weights,
} from "../algorithms/linear.ts";

describe("the rules", () => {
  const sequence = (rule: typeof adaptedKlCoefficient, start: number, target: number, kls: number[]): number[] => {
    let x = start;
    return kls.map((kl) => (x = rule(x, kl, target)));
  };

  test("β doubles above 1.5 times the target and halves below target / 1.5", () => {
    // Target 0.03: from 0.02 to 0.045 it stays.
    const kls = [0.046, 0.045, 0.1, 0.03, 0.02, 0.019, 0, 1];
    expect(sequence(adaptedKlCoefficient, 1, 0.03, kls)).toEqual([2, 2, 4, 4, 4, 2, 1, 2]);
  });

  test("β never gets stuck at 0 or runs away", () => {
    expect(sequence(adaptedKlCoefficient, 1, 0.01, new Array<number>(2000).fill(0)).at(-1)).toBe(1e-6);
    expect(sequence(adaptedKlCoefficient, 1, 0.01, new Array<number>(2000).fill(9)).at(-1)).toBe(1e6);
  });

  test("the learning rate falls by 1.5 above twice the target and rises by 1.5 below half of it", () => {
    const kls = [0.021, 0.02, 0.01, 0.005, 0.0049, 0.5, 0.5];
    const rates = sequence(adaptedLearningRate, 3e-4, 0.01, kls);
    expectClose(rates, [2e-4, 2e-4, 2e-4, 2e-4, 3e-4, 2e-4, 4e-4 / 3], 1e-12);
  });

  test("the learning rate stays from 1e-5 to 1e-2; one given beyond moves inwards only", () => {
    expect(sequence(adaptedLearningRate, 1e-3, 0.01, new Array<number>(99).fill(1)).at(-1)).toBe(1e-5);
    expect(sequence(adaptedLearningRate, 1e-3, 0.01, new Array<number>(99).fill(0)).at(-1)).toBe(1e-2);
    expect(sequence(adaptedLearningRate, 0.3, 0.01, [0, 1])).toEqual([0.3, 0.3 / 1.5]);
    expectClose(sequence(adaptedLearningRate, 1e-6, 0.01, [1, 0]), [1e-6, 1.5e-6], 1e-12);
    expect(sequence(adaptedLearningRate, 0.012, 0.01, [1])).toEqual([0.012 / 1.5]);
  });
});

const base = { env: "CartPole-v1", envs: 2, rollout: 32, hidden: [8], totalSteps: 1e6, seed: 4 };

describe("in a training", () => {
  const metricsOf = (training: Training, updates: number) =>
    Array.from({ length: updates }, () => training.update().metrics);

  test("β is used in the update that reports it, and follows the KL that this came to", async () => {
    const training = await createTraining("ppo", { ...base, klPenalty: "adaptive", klCoefficient: 0.3, desiredKl: 0.002, clip: 0, learningRate: 3e-3 }); // prettier-ignore
    let beta = 0.3;
    const seen = new Set<string>();
    for (const { kl, klCoefficient } of metricsOf(training, 40)) {
      expect(klCoefficient).toBe(beta);
      const [before, factor] = [beta, kl > 0.003 ? 2 : kl < 0.002 / 1.5 ? 0.5 : 1];
      beta = before * factor;
      seen.add(`×${factor}`);
    }
    expect([...seen].sort()).toEqual(["×0.5", "×1", "×2"]);
  });

  test("so does the learning rate", async () => {
    const training = await createTraining("ppo", { ...base, learningRateSchedule: "adaptive", desiredKl: 0.002, learningRate: 1e-3 }); // prettier-ignore
    let rate = 1e-3;
    const seen = new Set<string>();
    for (const { kl, learningRate } of metricsOf(training, 40)) {
      expect(learningRate).toBe(rate);
      const direction = kl > 0.004 ? "down" : kl < 0.001 ? "up" : "same";
      if (direction === "down") rate = Math.max(rate / 1.5, 1e-5);
      if (direction === "up") rate = Math.min(rate * 1.5, 1e-2);
      seen.add(direction);
    }
    expect([...seen].sort()).toEqual(["down", "same", "up"]);
  });

  test("neither is there unless it is asked for", async () => {
    const [metrics] = metricsOf(await createTraining("ppo", base), 1);
    expect(metrics).not.toHaveProperty("kl");
    expect(metrics).not.toHaveProperty("klCoefficient");
    const [adaptive] = metricsOf(await createTraining("ppo", { ...base, learningRateSchedule: "adaptive" }), 1);
    expect(adaptive).toHaveProperty("kl");
    expect(adaptive).not.toHaveProperty("klCoefficient");
  });

  test("a checkpoint without them goes on from the options' values", async () => {
    const before = await createTraining("ppo", base);
    before.update();
    const training = await createTraining(
      "ppo",
      { ...base, klPenalty: "adaptive", klCoefficient: 0.7 },
      { checkpoint: before.checkpoint(), change: ["klPenalty", "klCoefficient"] },
    );
    expect(training.update().metrics.klCoefficient).toBe(0.7);
  });

  test("the penalty holds the KL that an update without a bound does not", async () => {
    const options = { ...base, rollout: 128, clip: 0, epochs: 8, learningRate: 3e-3, learningRateSchedule: "constant", desiredKl: 0.01 }; // prettier-ignore
    const mean = (all: { kl?: number }[]): number => all.slice(10).reduce((total, m) => total + m.kl!, 0) / (all.length - 10); // prettier-ignore
    const held = mean(metricsOf(await createTraining("ppo", { ...options, klPenalty: "adaptive" }), 40));
    expect(held).toBeGreaterThan(0.003);
    expect(held).toBeLessThan(0.03);
    // Measured without a penalty to speak of: β ends at its least.
    const free = mean(metricsOf(await createTraining("ppo", { ...options, klPenalty: "adaptive", klCoefficient: 1e-6, desiredKl: 1e3 }), 40)); // prettier-ignore
    expect(free).toBeGreaterThan(2 * held);
  });

  test("and so does the learning rate", async () => {
    const options = { ...base, rollout: 128, epochs: 8, learningRateSchedule: "adaptive", desiredKl: 0.01 };
    for (const learningRate of [1e-5, 1e-2]) {
      const all = metricsOf(await createTraining("ppo", { ...options, learningRate }), 60).slice(20);
      const mean = all.reduce((total, m) => total + m.kl, 0) / all.length;
      expect(mean, `from ${learningRate}`).toBeGreaterThan(0.003);
      expect(mean, `from ${learningRate}`).toBeLessThan(0.03);
    }
  });

  test.each<[string, Record<string, unknown>]>([
    ["Pendulum-v1", {}],
    ["Pendulum-v1", { logStd: "network" }],
    ["CartPole-v1", { memory: "gru", memorySize: 4, rollout: 16 }],
  ])("on %s %o", async (env, more) => {
    const training = await createTraining("ppo", { ...base, env, klPenalty: "adaptive", learningRateSchedule: "adaptive", clip: 0, ...more }); // prettier-ignore
    for (const metrics of metricsOf(training, 5)) {
      for (const [name, v] of Object.entries(metrics)) if (name !== "explainedVariance") expect(v, name).toSatisfy(Number.isFinite); // prettier-ignore
      expect(metrics.kl).toBeGreaterThan(0);
      expect(metrics.clipFraction).toBe(0);
    }
  });
});

test("kl is the exact mean over the rollout after the update, of the weights before and after", async () => {
  const { env, transitions } = recording(5);
  const training = await createTraining("ppo", { env, envs: 1, rollout: 40, hidden: [6], learningRate: 0.01, klPenalty: "adaptive", totalSteps: 1e5, normalizeObservations: false, normalizeRewards: false }); // prettier-ignore
  const { policy } = training;
  const x = input("x", ["rows", 2]);
  const { parameters } = policy.forward(x).distribution;
  const feeds = (): Map<Tensor, readonly number[]> =>
    new Map(policy.parameters.map(({ variable }) => [variable, [...policy.engine.read(variable)]]));
  const before = feeds();
  const { metrics } = training.update();
  const rows = transitions.map((t) => t.observation);
  const logProbs = (weights: Map<Tensor, readonly number[]>): Float64Array =>
    runReference({ outputs: { parameters } }, new Map(weights).set(x, rows.flat()), rows.length).outputs.parameters;
  const [old, now] = [logProbs(before), logProbs(feeds())];
  const kl = old.reduce((total, l, i) => total + Math.exp(l) * (l - now[i]), 0) / rows.length;
  expect(kl).toBeGreaterThan(1e-3);
  expectClose([metrics.kl], [kl], 1e-3);
});

test("two steps on one rollout with a penalty and without clipping, against the gradients by hand", async () => {
  const { env, transitions } = recording(5);
  const [gamma, alpha, n, beta, hugeEpsilon] = [0.9, 0.3, 12, 4, 1e6];
  const [valueCoefficient, entropyCoefficient] = [0.7, 0.04];
  const training = await createTraining("ppo", {
    env, hidden: [], envs: 1, rollout: n, gamma, lambda: 0, valueCoefficient, entropyCoefficient, valueClip: 0, clip: 0,
    klPenalty: "adaptive", klCoefficient: beta, normalizeAdvantages: false, maxGradientNorm: 1e9, epochs: 2,
    minibatches: 1, adamEpsilon: hugeEpsilon, learningRate: alpha * hugeEpsilon, learningRateSchedule: "constant",
    totalSteps: 1000, normalizeObservations: false, normalizeRewards: false,
  }); // prettier-ignore
  setWeights(training);
  const w0 = readWeights(training);
  training.update();
  const advantages = transitions.map((x) => x.reward + (x.terminated ? 0 : gamma * value(w0, x.next)) - value(w0, x.observation)); // prettier-ignore

  /** ∇ of −loss at w: E[ρ A ∇log π] − β ∇KL − c_v (V − R̂) ∇V + c_H ∇Ĥ. */
  const ascent = (w: Weights): Weights => {
    const g = zeros(w);
    transitions.forEach(({ observation: s, action }, t) => {
      const [old, now] = [probabilities(w0, s), probabilities(w, s)];
      addLogProbGradient(g, w, s, action, ((now[action] / old[action]) * advantages[t]) / n);
      // KL(old ‖ π) = −Σ_a π_old(a) log π(a) and a constant.
      old.forEach((p, a) => addLogProbGradient(g, w, s, a, (beta * p) / n));
      addEntropyGradient(g, w, s, entropyCoefficient / n);
      addValueGradient(g, s, (valueCoefficient * (advantages[t] + value(w0, s) - value(w, s))) / n);
    });
    return g;
  };
  // Adam whose ε dwarfs √v̂ moves by its m̂: g₁, then (0.09 g₁ + 0.1 g₂) / 0.19.
  const g1 = ascent(w0);
  const w1 = moved(w0, g1, alpha);
  const g2 = ascent(w1);
  const expected = moved(moved(w1, g1, (alpha * 0.09) / 0.19), g2, (alpha * 0.1) / 0.19);
  const actual = readWeights(training);
  for (const name of Object.keys(w0)) {
    const change = (w: Weights): number[] => w[name].map((x, i) => x - w0[name][i]);
    expectClose(change(actual), change(expected), 2e-4, name);
  }
});
