// One update of each algorithm on a linear policy, against the same update written out in float64; and the policy
// gradient theorem on an MDP that can be enumerated.

import { describe, expect, test } from "vitest";
import { makeEnv, type Env } from "../../src/envs/index.ts";
import * as exact from "../../src/exact/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { discrete } from "../../src/spaces/index.ts";
import { createTraining, decodeSafetensors, type Training } from "../../src/training/index.ts";
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
  type Transition,
  type Weights,
} from "./linear.ts";

/**
 * Adam whose ε dwarfs √v̂ is gradient descent with momentum, of step size learningRate / ε; its first step is plain.
 */
const hugeEpsilon = 1e6;
const linear = { hidden: [], maxGradientNorm: 1e9, normalizeObservations: false, normalizeRewards: false };

function expectWeights(actual: Weights, expected: Weights, before: Weights, label = ""): void {
  for (const name of Object.keys(expected)) {
    const change = (w: Weights): number[] => w[name].map((x, i) => x - before[name][i]);
    const size = Math.max(...change(expected).map(Math.abs), 1e-3);
    const error = Math.max(...change(actual).map((x, i) => Math.abs(x - change(expected)[i])));
    expect(error / size, `${label} ${name}: ${change(actual)} is not ${change(expected)}`).toBeLessThan(2e-4);
  }
}

describe("one-step actor-critic, with gradient descent", () => {
  test.each([[false], [true]])("each step of four episodes, γᵗ: %s", async (discountTime) => {
    const { env, transitions } = recording(5);
    const [gamma, actorRate, criticRate, entropyCoefficient] = [0.9, 0.3, 0.2, 0.05];
    const training = await createTraining("actor-critic", {
      ...linear, env, gamma, discountTime, entropyCoefficient, learningRate: actorRate, criticLearningRate: criticRate,
      learningRateSchedule: "constant", optimizer: "sgd", reportEvery: 1, totalSteps: 100,
    }); // prettier-ignore
    setWeights(training);
    for (let t = 0; t < 20; t++) {
      const w = readWeights(training);
      const { metrics } = training.update();
      const { observation: s, action, reward, next, terminated } = transitions[t];
      const delta = reward + (terminated ? 0 : gamma * value(w, next)) - value(w, s);
      const ascent = zeros(w);
      addLogProbGradient(ascent, w, s, action, delta * (discountTime ? gamma ** (t % 5) : 1));
      addEntropyGradient(ascent, w, s, entropyCoefficient);
      const critic = zeros(w);
      addValueGradient(critic, s, delta);
      const expected = moved(moved(w, ascent, actorRate, "actor"), critic, criticRate, "critic");
      expectWeights(readWeights(training), expected, w, `step ${t}`);
      expectClose([metrics.valueLoss], [0.5 * delta * delta], 1e-4, "value loss");
    }
    expect(transitions.filter((x) => x.terminated)).toHaveLength(2);
    expect(transitions.filter((x) => x.truncated)).toHaveLength(2);
  });
});

/** G_t of one episode; a truncated one goes on with γ V(final observation) if `bootstrap` is given. */
function rewardsToGo(episode: readonly Transition[], gamma: number, bootstrap?: (s: number[]) => number): number[] {
  const last = episode.at(-1)!;
  let g = last.truncated && bootstrap ? bootstrap(last.next) : 0;
  return [...episode]
    .reverse()
    .map(({ reward }) => (g = reward + gamma * g))
    .reverse();
}

describe("REINFORCE", () => {
  test.each(
    (["none", "constant", "learned"] as const).flatMap((baseline) => [
      { baseline, discountTime: false, total: false },
      { baseline, discountTime: true, total: false },
      { baseline, discountTime: false, total: true },
    ]),
  )(
    "two episodes with baseline $baseline, γᵗ: $discountTime, R(τ): $total",
    async ({ baseline, discountTime, total }) => {
      const { env, transitions } = recording(6);
      const [gamma, alpha, criticAlpha, entropyCoefficient] = [0.9, 0.1, 0.2, 0.03];
      const training = await createTraining("reinforce", {
      ...linear, env, gamma, baseline, discountTime, entropyCoefficient, adamEpsilon: hugeEpsilon,
      returns: total ? "total" : "to-go",
      learningRate: alpha * hugeEpsilon, criticLearningRate: criticAlpha * hugeEpsilon, totalEpisodes: 10,
    }); // prettier-ignore
      setWeights(training);
      const learned = baseline === "learned";
      let mean = 0; // of the first episode's returns
      let momentum: Weights | undefined;
      for (const k of [0, 1]) {
        const w = readWeights(training);
        const { metrics } = training.update();
        const episode = transitions.slice(6 * k, 6 * k + 6);
        const returns = rewardsToGo(episode, gamma, learned ? (s) => value(w, s) : undefined);
        const psi = total ? returns.map(() => returns[0]) : returns;
        const gradient = zeros(w);
        episode.forEach(({ observation: s, action }, t) => {
          const b = learned ? value(w, s) : baseline === "constant" ? mean : 0;
          addLogProbGradient(gradient, w, s, action, (discountTime ? gamma ** t : 1) * (psi[t] - b));
          addEntropyGradient(gradient, w, s, entropyCoefficient);
          if (learned) addValueGradient(gradient, s, (returns[t] - value(w, s)) / episode.length);
        });
        // m̂ of Adam: g₁, then (0.09 g₁ + 0.1 g₂) / 0.19.
        const direction = momentum ? moved(moved(zeros(w), momentum, 0.09 / 0.19), gradient, 0.1 / 0.19) : gradient;
        const expected = moved(moved(w, direction, alpha, "actor"), direction, learned ? criticAlpha : 0, "critic");
        expectWeights(readWeights(training), expected, w, `episode ${k}`);
        if (learned) expectClose([metrics.valueLoss], [returns.reduce((sum, g, t) => sum + (g - value(w, episode[t].observation)) ** 2, 0) / 12], 1e-4); // prettier-ignore
        momentum = gradient;
        mean = psi.reduce((a, b) => a + b) / psi.length;
      }
      expect([transitions[5].terminated, transitions[11].truncated]).toEqual([true, true]);
    },
  );
});

describe("A2C and PPO on one rollout", () => {
  /** GAE by its definition: Σ_l (γλ)^l δ_{t+l} within the episode. */
  function advantages(w: Weights, steps: readonly Transition[], gamma: number, lambda: number): number[] {
    const delta = steps.map((x) => x.reward + (x.terminated ? 0 : gamma * value(w, x.next)) - value(w, x.observation));
    return steps.map((_, t) => {
      let [total, weight] = [0, 1];
      for (let l = t; l < steps.length; l++) {
        total += weight * delta[l];
        if (steps[l].terminated || steps[l].truncated) break;
        weight *= gamma * lambda;
      }
      return total;
    });
  }

  test.each([
    ["a2c", 1, {}],
    ["a2c", 0.9, { normalizeAdvantages: true }],
    ["ppo", 0.95, {}],
    ["ppo", 0.5, { normalizeAdvantages: false, valueClip: 0.2 }],
  ])("%s, λ = %f, %o", async (algorithm, lambda, more) => {
    const { env, transitions } = recording(5);
    const [gamma, alpha, steps] = [0.9, 0.2, 13];
    const [valueCoefficient, entropyCoefficient] = [0.7, 0.04];
    const ppo = { epochs: 1, minibatches: 1, adamEpsilon: hugeEpsilon, learningRate: alpha * hugeEpsilon };
    const a2c = { optimizer: "sgd", learningRate: alpha };
    const training = await createTraining(algorithm, {
      ...linear, env, envs: 1, rollout: steps, gamma, lambda, valueCoefficient, entropyCoefficient, totalSteps: 1000,
      ...(algorithm === "ppo" ? ppo : a2c), ...more,
    }); // prettier-ignore
    setWeights(training);
    const w = readWeights(training);
    const { metrics } = training.update();
    expect(transitions).toHaveLength(steps);
    const raw = advantages(w, transitions, gamma, lambda);
    const targets = raw.map((a, t) => a + value(w, transitions[t].observation));
    let used = raw;
    if (algorithm === "ppo" ? !("normalizeAdvantages" in more) : "normalizeAdvantages" in more) {
      const mean = raw.reduce((a, b) => a + b) / steps;
      const std = Math.sqrt(raw.reduce((a, b) => a + (b - mean) ** 2, 0) / (steps - 1));
      used = raw.map((a) => (a - mean) / std);
    }
    const ascent = zeros(w);
    transitions.forEach(({ observation: s, action }, t) => {
      addLogProbGradient(ascent, w, s, action, used[t] / steps); // at ρ = 1, PPO's objective has this gradient too
      addEntropyGradient(ascent, w, s, entropyCoefficient / steps);
      addValueGradient(ascent, s, (valueCoefficient * (targets[t] - value(w, s))) / steps);
    });
    expectWeights(readWeights(training), moved(w, ascent, alpha), w);
    const norm = Math.sqrt(Object.values(ascent).flat().reduce((total, g) => total + g * g, 0)); // prettier-ignore
    expectClose([metrics.gradientNorm], [norm], 1e-4, "gradient norm");
    expectClose([metrics.valueLoss], [raw.reduce((a, b) => a + b * b, 0) / (2 * steps)], 1e-4, "value loss");
    const entropies = transitions.map(({ observation }) => -probabilities(w, observation).reduce((h, p) => h + p * Math.log(p), 0)); // prettier-ignore
    expectClose([metrics.entropy], [entropies.reduce((a, b) => a + b) / steps], 1e-4, "entropy");
  });

  test("the gradient is clipped to its norm", async () => {
    const { env } = recording(5);
    const training = await createTraining("a2c", { env, hidden: [], envs: 1, rollout: 8, optimizer: "sgd", learningRate: 1, maxGradientNorm: 0.01, totalSteps: 1e6 }); // prettier-ignore
    setWeights(training);
    const w = readWeights(training);
    const { metrics } = training.update();
    expect(metrics.gradientNorm).toBeGreaterThan(0.02); // reported as it was
    const after = readWeights(training);
    const moves = Object.keys(w).flatMap((name) => w[name].map((x, i) => after[name][i] - x));
    expect(Math.sqrt(moves.reduce((total, d) => total + d * d, 0))).toBeCloseTo(0.01, 4);
  });
});

describe("the policy gradient theorem", () => {
  // s₀ → s₁ or s₂ by chance that the action biases, then a second action earns the rest.
  const toOne = [0.8, 0.3];
  const firstReward = [0.5, -0.25];
  const secondReward = [[0, 0], [1, -1], [-2, 3]]; // prettier-ignore
  const gamma = 0.7;

  function twoSteps(): Env<number, number> {
    let generator = createGenerator(0);
    let state = 0;
    return {
      observationSpace: discrete(3),
      actionSpace: discrete(2),
      reset(seed) {
        if (seed !== undefined) generator = createGenerator(seed);
        state = 0;
        return { observation: state, info: {} };
      },
      step(action) {
        const reward = state === 0 ? firstReward[action] : secondReward[state][action];
        const terminated = state !== 0;
        if (!terminated) state = generator.random() < toOne[action] ? 1 : 2;
        return { observation: state, reward, terminated, truncated: false, info: {} };
      },
    };
  }

  const oneHot = (s: number): number[] => [0, 1, 2].map((i) => (i === s ? 1 : 0));

  /** Σ over all trajectories of P(τ) f(τ). */
  function enumerate(w: Weights, f: (probability: number, a0: number, s1: number, a1: number) => void): void {
    for (const a0 of [0, 1])
      for (const s1 of [1, 2])
        for (const a1 of [0, 1]) {
          const arrive = s1 === 1 ? toOne[a0] : 1 - toOne[a0];
          f(probabilities(w, oneHot(0))[a0] * arrive * probabilities(w, oneHot(s1))[a1], a0, s1, a1);
        }
  }

  /** ∇J by differences of the exact J(θ). */
  function exactGradient(w: Weights): Weights {
    const objective = (v: Weights): number => {
      let total = 0;
      enumerate(v, (p, a0, s1, a1) => (total += p * (firstReward[a0] + gamma * secondReward[s1][a1])));
      return total;
    };
    return Object.fromEntries(Object.entries(w).map(([name, values]) => [name, values.map((_, i) => {
      const at = (h: number): number => objective({ ...w, [name]: values.map((x, j) => (i === j ? x + h : x)) });
      return (at(1e-4) - at(-1e-4)) / 2e-4;
    })])); // prettier-ignore
  }

  /** E[Σ_t ∇log π G_t], without γᵗ. */
  function commonPractice(w: Weights): Weights {
    const g = zeros(w);
    enumerate(w, (p, a0, s1, a1) => {
      addLogProbGradient(g, w, oneHot(0), a0, p * (firstReward[a0] + gamma * secondReward[s1][a1]));
      addLogProbGradient(g, w, oneHot(s1), a1, p * secondReward[s1][a1]);
    });
    return g;
  }

  /** The gradient that an update saw, out of Adam's first moment: m ← 0.9 m + 0.1 g. */
  function momentReader(training: Training): () => Weights {
    const read = (): Weights => {
      const { tensors } = decodeSafetensors(training.checkpoint(), "checkpoint");
      const of = (name: string): number[] => Array.from(tensors.get(`actor optimizer.firstMoment.${name}`)!.data as Float32Array); // prettier-ignore
      return Object.fromEntries(training.policy.actorVariables.map((v) => [v.name, of(v.name)]));
    };
    let before = read();
    return () => {
      const now = read();
      const g = Object.fromEntries(Object.entries(now).map(([name, m]) => [name, m.map((x, i) => -(x - 0.9 * before[name][i]) / 0.1)])); // prettier-ignore
      before = now;
      return g;
    };
  }

  test.each(
    (["none", "constant", "learned"] as const).flatMap((baseline) => [true, false].map((discountTime) => ({ baseline, discountTime }))), // prettier-ignore
  )(
    "the mean of REINFORCE's estimates is the exact one, baseline $baseline, γᵗ: $discountTime",
    async ({ baseline, discountTime }) => {
      // prettier-ignore
      // A learning rate that moves no float32: all estimates are of one policy.
      const training = await createTraining("reinforce", {
      env: twoSteps, ...linear, gamma, baseline, discountTime, entropyCoefficient: 0, learningRate: 1e-30,
      criticLearningRate: 1e-30, totalEpisodes: 1e6, seed: 5,
    }); // prettier-ignore
      setWeights(training, 11);
      const w = readWeights(training);
      const gradientOf = momentReader(training);
      const n = 2500;
      const [total, squares] = [zeros(w), zeros(w)];
      for (let k = 0; k < n; k++) {
        training.update();
        for (const [name, g] of Object.entries(gradientOf()))
          g.forEach((x, i) => {
            total[name][i] += x;
            squares[name][i] += x * x;
          });
      }
      expect(readWeights(training)).toEqual(w);
      const expected = discountTime ? exactGradient(w) : commonPractice(w);
      for (const { name } of training.policy.actorVariables)
        expected[name].forEach((exact, i) => {
          const mean = total[name][i] / n;
          const deviation = Math.sqrt((squares[name][i] / n - mean * mean) / n);
          expect(Math.abs(mean - exact), `${name}[${i}]: ${mean} against ${exact}`).toBeLessThan(4 * deviation + 1e-4);
          expect(deviation, "enough estimates to tell").toBeLessThan(0.05);
        });
      const difference = (a: Weights, b: Weights): number => Math.max(...Object.keys(a).filter((n) => n.startsWith("actor")).flatMap((n) => a[n].map((x, i) => Math.abs(x - b[n][i])))); // prettier-ignore
      expect(difference(exactGradient(w), commonPractice(w)), "the two differ").toBeGreaterThan(0.1);
    },
  );

  test.each(["none", "constant", "learned"] as const)(
    "with R(τ) the mean of 1,500 estimates on TwoStep-v0 is the exact gradient within 4.5 standard errors, baseline %s",
    async (baseline) => {
      const training = await createTraining("reinforce", {
        env: "TwoStep-v0", ...linear, gamma, baseline, returns: "total", entropyCoefficient: 0, learningRate: 1e-30,
        criticLearningRate: 1e-30, totalEpisodes: 1e6, seed: 3,
      }); // prettier-ignore
      setWeights(training, 12);
      const w = readWeights(training);
      const gradientOf = momentReader(training);
      // One-hot states: the logits are those of a table, θ[s, a] = weight[s, a] + bias[a].
      const mdp = exact.mdpOf(await makeEnv("TwoStep-v0"));
      const theta = w["actor.output.weight"].map((x, k) => x + w["actor.output.bias"][k % 2]);
      const byTable = [...exact.gradient(mdp, theta, { gamma, by: "trajectories" })];
      const expected: Weights = {
        "actor.output.weight": byTable,
        "actor.output.bias": [0, 1].map((a) => byTable.reduce((sum, g, k) => sum + (k % 2 === a ? g : 0), 0)),
      };
      const n = 1500;
      const estimates = Array.from({ length: n }, () => (training.update(), gradientOf()));
      expect(readWeights(training)).toEqual(w);
      for (const [name, exactly] of Object.entries(expected))
        exactly.forEach((g, k) => {
          const mean = estimates.reduce((sum, x) => sum + x[name][k], 0) / n;
          const variance = estimates.reduce((sum, x) => sum + (x[name][k] - mean) ** 2, 0) / (n - 1);
          const error = Math.sqrt(variance / n);
          expect(Math.abs(mean - g), `${name}[${k}]: ${mean} against ${g}`).toBeLessThan(4.5 * error + 1e-5);
          expect(error).toBeLessThan(0.04);
        });
      expect(Math.max(...byTable.map(Math.abs))).toBeGreaterThan(0.15);
    },
  );

  test("R(τ) takes no γᵗ, and says so", async () => {
    const both = { env: "TwoStep-v0", returns: "total", discountTime: true } as const;
    await expect(createTraining("reinforce", both)).rejects.toThrow(
      'reinforce: option "discountTime" is true, but option "returns" is "total", which takes no γᵗ',
    );
    await expect(createTraining("reinforce", { env: "TwoStep-v0", returns: "all" })).rejects.toThrow(
      /"returns" must be one of "to-go", "total", not "all"/,
    );
  });
});
