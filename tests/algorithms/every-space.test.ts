// One update on every kind of action, masked or not: a linear policy's step against central differences of the loss as
// SPEC states it, in float64.

import { expect, test } from "vitest";
import type { Action, Env } from "../../src/envs/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { box, discrete, multiBinary, multiDiscrete, sample, type Space } from "../../src/spaces/index.ts";
import { createTraining } from "../../src/training/index.ts";
import { readWeights, setWeights, type Weights } from "./linear.ts";

interface Row {
  environment: number;
  observation: number[];
  mask: number[];
  action: number[];
  reward: number;
  next: number[];
  terminated: boolean;
  truncated: boolean;
}

const counts = (space: Space): readonly number[] =>
  space.kind === "discrete" ? [space.n] : space.kind === "multiDiscrete" ? space.counts : [];

/**
 * Random observations, rewards and masks; episodes of up to three steps that end in both ways. Records what happens.
 */
function recording(actionSpace: Space, masked: boolean, rows: Row[]): () => Env {
  let environments = 0;
  const start = "start" in actionSpace ? actionSpace.start : 0;
  return () => {
    const environment = environments++;
    let generator = createGenerator(0);
    let t = 0;
    let observation: Float32Array = new Float32Array();
    let mask: number[] = [];
    const look = (): Float32Array => {
      mask = counts(actionSpace).flatMap((n) => {
        const part = Array.from({ length: n }, () => (masked && generator.random() < 0.5 ? 0 : 1));
        return part.includes(1) ? part : part.fill(1);
      });
      return (observation = sample(box(-2, 2, [2]), generator));
    };
    return {
      observationSpace: box(-2, 2, [2]),
      actionSpace,
      ...(masked && { actionMask: () => mask }),
      reset(seed) {
        if (seed !== undefined) generator = createGenerator(seed);
        t = 0;
        return { observation: look(), info: {} };
      },
      step(given: Action) {
        const action = typeof given === "number" ? [given - start] : [...given];
        const before = { observation: [...observation], mask };
        const reward = generator.uniform(-1, 1) + action[0];
        const terminated = generator.random() < 0.2;
        const truncated = ++t === 3;
        const next = [...look()];
        rows.push({ environment, ...before, action, reward, next, terminated, truncated });
        return { observation, reward, terminated, truncated, info: {} };
      },
    };
  };
}

const total = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
const dot = (x: readonly number[], w: readonly number[], columns: number, j: number): number =>
  total(x.map((xi, i) => xi * w[i * columns + j]));

/** log π(a|s) and Ĥ of a linear policy, by the definitions. */
function policyOf(space: Space, w: Weights, { observation, mask, action }: Row): { logProb: number; entropy: number } {
  const bias = w["actor.output.bias"];
  const outputs = bias.map((b, j) => b + dot(observation, w["actor.output.weight"], bias.length, j));
  if (space.kind === "box") {
    const k = action.length;
    const logStd = w["actor.logStd"] ?? outputs.slice(k);
    const z = action.map((a, i) => (a - outputs[i]) / Math.exp(logStd[i]));
    return {
      logProb: -0.5 * total(z.map((zi, i) => zi * zi + 2 * logStd[i] + Math.log(2 * Math.PI))),
      entropy: total(logStd.map((l) => l + 0.5 * Math.log(2 * Math.PI * Math.E))),
    };
  }
  // A switch is a choice between 0 and z.
  const parts = space.kind === "multiBinary" ? outputs.map(() => 2) : counts(space);
  const logits = space.kind === "multiBinary" ? outputs.flatMap((z) => [0, z]) : outputs;
  let [at, logProb, entropy] = [0, 0, 0];
  parts.forEach((n, i) => {
    const weights = logits.slice(at, at + n).map((z, j) => (mask[at + j] === 0 ? 0 : Math.exp(z)));
    const p = weights.map((x) => x / total(weights));
    logProb += Math.log(p[action[i]]);
    entropy -= total(p.map((x) => (x > 0 ? x * Math.log(x) : 0)));
    at += n;
  });
  return { logProb, entropy };
}

const valueOf = (w: Weights, observation: readonly number[]): number =>
  w["critic.output.bias"][0] + dot(observation, w["critic.output.weight"], 1, 0);

const [gamma, lambda, entropyCoefficient, valueCoefficient, learningRate, criticLearningRate] = [0.9, 0.8, 0.3, 0.7, 0.05, 0.02]; // prettier-ignore
const shared = { hidden: [], normalizeObservations: false, normalizeRewards: false, gamma, entropyCoefficient, learningRate, learningRateSchedule: "constant", optimizer: "sgd", maxGradientNorm: 1e9, totalSteps: 1e6 }; // prettier-ignore
const algorithms: [string, Record<string, unknown>, criticStep: number][] = [
  ["a2c", { envs: 2, rollout: 7, lambda, valueCoefficient }, learningRate * valueCoefficient],
  ["actor-critic", { reportEvery: 1, criticLearningRate }, criticLearningRate],
];
const unbounded = box(-Infinity, Infinity, [2]);
const spaces: [string, Space, boolean, Record<string, unknown>][] = [
  ["Discrete", discrete(3, -1), false, {}],
  ["Discrete, masked", discrete(4, 2), true, {}],
  ["MultiDiscrete, masked", multiDiscrete([3, 1, 2]), true, {}],
  ["MultiBinary", multiBinary(3), false, {}],
  ["Box", unbounded, false, {}],
  ["Box, σ of the network", unbounded, false, { logStd: "network" }],
];

test.each(algorithms.flatMap((a) => spaces.map((s) => [a[0], s[0], a, s] as const)))(
  "%s on %s",
  async (_, __, [algorithm, options, criticStep], [, space, masked, more]) => {
    const rows: Row[] = [];
    const env = recording(space, masked, rows);
    const training = await createTraining(algorithm, { env, ...shared, ...options, ...more });
    setWeights(training);
    for (let round = 0; round < 3; round++) {
      rows.length = 0;
      const before = readWeights(training);
      training.update();
      const after = readWeights(training);
      rows.sort((a, b) => a.environment - b.environment); // stable: in order of time within each
      const advantages: number[] = [];
      for (let k = rows.length - 1; k >= 0; k--) {
        const { reward, next, terminated, truncated, environment, observation } = rows[k];
        const delta = reward + (terminated ? 0 : gamma * valueOf(before, next)) - valueOf(before, observation);
        const ends = terminated || truncated || rows[k + 1]?.environment !== environment;
        advantages[k] = delta + (ends ? 0 : gamma * lambda * advantages[k + 1]);
      }
      const targets = rows.map(({ observation }, k) => advantages[k] + valueOf(before, observation));
      const actorLoss = (w: Weights): number =>
        -total(rows.map((row, k) => {
          const { logProb, entropy } = policyOf(space, w, row);
          return logProb * advantages[k] + entropyCoefficient * entropy;
        })) / rows.length; // prettier-ignore
      const criticLoss = (w: Weights): number =>
        total(rows.map(({ observation }, k) => 0.5 * (valueOf(w, observation) - targets[k]) ** 2)) / rows.length;
      for (const [name, weights] of Object.entries(before)) {
        const [loss, rate] = name.startsWith("critic") ? [criticLoss, criticStep] : [actorLoss, learningRate];
        weights.forEach((x, i) => {
          const at = (y: number): number => loss({ ...before, [name]: weights.with(i, y) });
          const slope = (at(x + 1e-5) - at(x - 1e-5)) / 2e-5;
          expect(after[name][i] - x, `round ${round}, ${name}[${i}]`).toBeCloseTo(-rate * slope, 5);
        });
      }
    }
  },
);
