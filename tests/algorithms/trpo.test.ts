// TRPO: its update against dense matrices in float64, the trust region after every update, refused steps, networks that
// it cannot take.

import { describe, expect, test } from "vitest";
import { gae, normalize } from "../../src/advantages/index.ts";
import { CartPole } from "../../src/envs/classic-control/cartpole.ts";
import type { Action, Env } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { dense, mlp, type CreateNetworks } from "../../src/nn/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "../../src/spaces/index.ts";
import { gradients, input, reshape, sum, type Tensor, type Variable } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { createTraining, type Training } from "../../src/training/index.ts";
import { choices } from "../envs/toys.ts";
import { expectClose } from "../tensor/compare.ts";
import { addOuterProduct, enumerateActions, multiply, solve, zeroMatrix } from "./dense.ts";
import { readWeights, setWeights } from "./linear.ts";

interface Step {
  readonly observation: number[];
  readonly action: number[];
  readonly reward: number;
  readonly next: number[];
  readonly ends: boolean;
}

/**
 * Random observations of two numbers; rewards that prefer some actions; every second episode of five steps is
 * truncated.
 */
function recording(actionSpace: Space): { env: () => Env; steps: Step[] } {
  const steps: Step[] = [];
  const env = (): Env => {
    let generator = createGenerator(0);
    let [t, episode] = [0, 0];
    let observation: number[] = [];
    const draw = (): number[] => [generator.uniform(-1, 1), generator.uniform(-1, 1)].map(Math.fround);
    return {
      observationSpace: box([-1, -1], [1, 1]),
      actionSpace,
      reset(seed) {
        if (seed !== undefined) generator = createGenerator(seed);
        [t, observation] = [0, draw()];
        return { observation, info: {} };
      },
      step(given: Action) {
        const action = typeof given === "number" ? [given] : Array.from(given);
        const reward = Math.fround(generator.uniform(-1, 1) + action[0] * observation[0]);
        const next = draw();
        const over = ++t % 5 === 0;
        const terminated = over && episode % 2 === 0;
        steps.push({ observation, action, reward, next, ends: terminated });
        if (over) episode++;
        observation = next;
        return { observation: next, reward, terminated, truncated: over && !terminated, info: {} };
      },
    };
  };
  return { env, steps };
}

/** Without critic updates to speak of, and with products enough for an exact solution. */
const asTheyAre = { normalizeObservations: false, normalizeRewards: false };
const exact = { envs: 1, rollout: 40, cgIterations: 100, criticLearningRate: 1e-30, totalSteps: 1e6, ...asTheyAre };

describe.each<[string, Space, Record<string, unknown>]>([
  ["discrete", discrete(3), {}],
  ["discrete, with an entropy bonus", discrete(3), { entropyCoefficient: 0.1 }],
  ["Gaussian", box([-1e9, -1e9], [1e9, 1e9]), { gaussian: "clipped" }],
  [
    "Gaussian, σ from the network, raw advantages",
    box([-1e9], [1e9]),
    { gaussian: "clipped", logStd: "network", normalizeAdvantages: false },
  ],
  ["multi-discrete, hardly damped, δ = 0.1", multiDiscrete([2, 3]), { damping: 1e-3, maxKl: 0.1 }],
  ["multi-binary", multiBinary(2), {}],
])("an update against dense matrices: %s", (_, space, more) => {
  test("weights, KL and rise of the surrogate", async () => {
    const { env, steps: seen } = recording(space);
    const options = { ...exact, env, hidden: [3], ...more, seed: 5 };
    const training = await createTraining("trpo", options);
    setWeights(training);
    const { policy } = training;
    const { maxKl = 0.01, damping = 0.1, entropyCoefficient = 0, gamma, lambda } = training.options as Record<string, number>; // prettier-ignore
    const n = options.rollout;
    const old = new Map(policy.parameters.map(({ variable }) => [variable, [...policy.engine.read(variable)]]));
    const { metrics } = training.update();
    expect(seen).toHaveLength(n);

    // The policy's graph in float64.
    const [x, a] = [input("x", ["rows", 2]), input("a", ["rows", policy.actionSize])];
    const { distribution, value } = policy.forward(x);
    const logProb = distribution.logProb(a);
    const variables = policy.actorVariables;
    const feeds = (weights: Map<Variable, ArrayLike<number>>, observations: number[][], actions: number[][]) =>
      new Map<Tensor, ArrayLike<number>>([...weights, [x, observations.flat()], [a, actions.flat()]]);
    const at = (t: Tensor, weights: Map<Variable, ArrayLike<number>>, observations: number[][], actions = seen.map((s) => s.action)) =>
      runReference({ outputs: { t } }, feeds(weights, observations, actions.slice(0, observations.length)), observations.length).outputs.t; // prettier-ignore

    const observations = seen.map((s) => s.observation);
    const advantage = gae(
      {
        steps: n,
        environments: 1,
        rewards: Float64Array.from(seen, (s) => s.reward),
        values: at(value, old, observations),
        nextValues: at(value, old, seen.map((s) => s.next)),
        terminated: Uint8Array.from(seen, (s) => (s.ends ? 1 : 0)),
        truncated: Uint8Array.from(seen, (s, t) => (t % 5 === 4 && !s.ends ? 1 : 0)),
      },
      { gamma, lambda },
    ); // prettier-ignore
    if (!("normalizeAdvantages" in more)) normalize(advantage);

    // F, by enumeration of the actions in each state, and g.
    const size = variables.reduce((total, v) => total + old.get(v)!.length, 0);
    const fisher = zeroMatrix(size);
    const g = new Float64Array(size);
    const scoreGraph = gradients(sum(logProb), variables);
    const entropyGraph = gradients(sum(distribution.entropy()), variables);
    const flat = (graph: Tensor[], s: number[], action: number[]): number[] => {
      const { values } = runReference({ outputs: {} }, feeds(old, [s], [action]), 1);
      return graph.flatMap((t) => [...values(t)]);
    };
    seen.forEach(({ observation: s, action }, t) => {
      for (const { action: b, probability } of enumerateActions(space, at(distribution.parameters, old, [s])))
        addOuterProduct(fisher, probability / n, flat(scoreGraph, s, b));
      const [score, spread] = [flat(scoreGraph, s, action), flat(entropyGraph, s, action)];
      score.forEach((v, i) => (g[i] += (advantage[t] * v + entropyCoefficient * spread[i]) / n));
    });
    fisher.forEach((row, i) => (row[i] += damping));
    const direction = solve(fisher, g);
    const curvature = multiply(fisher, direction).reduce((total, v, i) => total + v * direction[i], 0);
    const fullStep = Math.sqrt((2 * maxKl) / curvature);

    /** KL(old ‖ new) from the parameters of both, written out: an expectation of log π_old − log π over all actions. */
    const klAndRise = (weights: Map<Variable, ArrayLike<number>>): { kl: number; rise: number } => {
      let [kl, rise] = [0, 0];
      seen.forEach(({ observation: s, action }, t) => {
        for (const { action: b, probability } of enumerateActions(space, at(distribution.parameters, old, [s])))
          kl += (probability * (at(logProb, old, [s], [b])[0] - at(logProb, weights, [s], [b])[0])) / n;
        const ratio = Math.exp(at(logProb, weights, [s], [action])[0] - at(logProb, old, [s], [action])[0]);
        const entropies = at(distribution.entropy(), weights, [s])[0] - at(distribution.entropy(), old, [s])[0];
        rise += (ratio * advantage[t] - advantage[t] + entropyCoefficient * entropies) / n;
      });
      return { kl, rise };
    };

    const stepped = (scale: number): Map<Variable, number[]> => {
      let k = 0;
      return new Map(
        policy.parameters.map(({ variable: v }) => {
          const w = old.get(v)!;
          return [v, variables.includes(v) ? w.map((value) => value + scale * direction[k++]) : w];
        }),
      );
    };
    let tries = 1;
    let scale = fullStep;
    let expected = stepped(scale);
    for (; !(klAndRise(expected).kl <= maxKl && klAndRise(expected).rise > 0); tries++)
      expected = stepped((scale *= 0.8));

    const change = (weights: (v: Variable) => ArrayLike<number>): number[] =>
      variables.flatMap((v) => Array.from(weights(v), (w, i) => w - old.get(v)![i]));
    expectClose(change((v) => policy.engine.read(v)), change((v) => expected.get(v)!), 1e-3, "the step"); // prettier-ignore
    const { kl, rise } = klAndRise(expected);
    expect(metrics).toMatchObject({ accepted: 1, lineSearchTries: tries });
    expectClose([metrics.kl], [kl], 1e-3, "KL");
    expectClose([metrics.surrogate], [rise], 1e-3, "rise of the surrogate");
    expectClose([metrics.gradientNorm], [Math.sqrt(g.reduce((total, v) => total + v * v, 0))], 1e-4, "norm");
    expect(kl, "a step of the quadratic model's length, not a cautious one").toBeGreaterThan(0.2 * maxKl);
  });
});

/** CartPole that remembers all observations that were acted on. */
function rememberingCartPole(): { env: () => Env; observations: number[][] } {
  const observations: number[][] = [];
  const env = (): Env => {
    const inner = new CartPole() as Env;
    let last: number[] = [];
    return {
      observationSpace: inner.observationSpace,
      actionSpace: inner.actionSpace,
      reset(seed) {
        const { observation, info } = inner.reset(seed);
        last = Array.from(observation as Float32Array);
        return { observation: Float32Array.from(last), info };
      },
      step(action) {
        observations.push(last);
        const step = inner.step(action);
        last = Array.from(step.observation as Float32Array);
        return { ...step, observation: Float32Array.from(last) };
      },
    };
  };
  return { env, observations };
}

describe("the trust region", () => {
  test("after every update mean KL ≤ δ over the whole rollout, recomputed in float64 from the weights before and after", async () => {
    const { env, observations } = rememberingCartPole();
    const maxKl = 0.02;
    const training = await createTraining("trpo", {
      env,
      envs: 1,
      rollout: 256,
      hidden: [16],
      maxKl,
      totalSteps: 1e5,
      ...asTheyAre,
    });
    const { policy } = training;
    const x = input("x", ["rows", 4]);
    const { parameters } = policy.forward(x).distribution;
    const logProbs = (rows: number[][]): Float64Array => {
      const weights = policy.parameters.map(({ variable }) => [variable, [...policy.engine.read(variable)]] as const);
      return runReference({ outputs: { parameters } }, new Map<Tensor, readonly number[]>(weights).set(x, rows.flat()), rows.length).outputs.parameters; // prettier-ignore
    };
    let accepted = 0;
    for (let k = 0; k < 25; k++) {
      observations.length = 0;
      const before = policy.parameters.map(({ variable }) => policy.engine.read(variable));
      const { metrics } = training.update();
      const now = logProbs(observations);
      const after = policy.parameters.map(({ variable }) => policy.engine.read(variable));
      policy.parameters.forEach(({ variable }, i) => policy.engine.write(variable, before[i]));
      const old = logProbs(observations);
      policy.parameters.forEach(({ variable }, i) => policy.engine.write(variable, after[i]));
      const kl = old.reduce((total, l, i) => total + Math.exp(l) * (l - now[i]), 0) / observations.length;
      expect(observations).toHaveLength(256);
      expectClose([metrics.kl], [kl], 1e-3, "KL");
      expect(kl).toBeLessThanOrEqual(maxKl * (1 + 1e-5));
      if (metrics.accepted) expect(metrics.surrogate).toBeGreaterThan(0);
      accepted += metrics.accepted;
    }
    expect(accepted).toBeGreaterThan(20);
  });

  test.each<[string, Record<string, unknown>]>([
    ["CartPole-v1", { envs: 2, rollout: 128 }],
    ["CartPole-v1", { envs: 2, rollout: 128, fisherFraction: 0.2 }],
    ["CartPole-v1", { envs: 1, rollout: 100, normalizeObservations: true, normalizeRewards: true, strict: true }],
    ["CartPole-v1", { envs: 1, rollout: 64, maxKl: 0.5, damping: 0, cgIterations: 3 }],
    ["CartPole-v1", { envs: 1, rollout: 64, entropyCoefficient: 0.05 }],
    ["Pendulum-v1", { envs: 2, rollout: 100 }],
    ["Pendulum-v1", { envs: 2, rollout: 100, logStd: "network", activation: "relu", maxKl: 0.1 }],
  ])("%s %o: either the surrogate rises and KL ≤ δ, or the policy stays as it was", async (env, options) => {
    const training = await createTraining("trpo", { env, hidden: [16], totalSteps: 1e5, ...options });
    const { maxKl } = training.options as { maxKl: number };
    let accepted = 0;
    for (let k = 0; k < 20; k++) {
      const before = readWeights(training);
      const { metrics } = training.update();
      const after = readWeights(training);
      const moved = training.policy.actorVariables.some(({ name }) =>
        after[name].some((w, i) => w !== before[name][i]),
      );
      expect(moved).toBe(metrics.accepted === 1);
      accepted += metrics.accepted;
      expect(metrics.kl).toBeLessThanOrEqual(maxKl);
      if (metrics.accepted) expect(metrics.surrogate).toBeGreaterThan(0);
      else expect(metrics).toMatchObject({ kl: 0, surrogate: 0 });
      for (const [name, v] of Object.entries(metrics)) expect(v, name).toSatisfy(Number.isFinite);
    }
    expect(accepted).toBeGreaterThan(5);
  });

  test.each<[string, Space]>([
    ["multi-discrete", multiDiscrete([3, 2])],
    ["multi-binary", multiBinary(3)],
  ])("%s actions", async (_, space) => {
    // prettier-ignore
    const training = await createTraining("trpo", { env: () => choices(space as never), envs: 2, rollout: 64, hidden: [8], gamma: 0.5, totalSteps: 1e5 }); // prettier-ignore
    const first = training.update().metrics;
    for (let k = 0; k < 20; k++) expect(training.update().metrics.kl).toBeLessThanOrEqual(0.01);
    expect(training.update().metrics.entropy).toBeLessThan(0.9 * first.entropy);
  });

  test("a forbidden action keeps probability 0 and the trust region holds", async () => {
    const env = (): Env => {
      const inner = recording(discrete(3)).env();
      return { ...inner, actionMask: () => [1, 0, 1] };
    };
    const training = await createTraining("trpo", { env, envs: 1, rollout: 100, hidden: [8], totalSteps: 1e5 });
    let accepted = 0;
    for (let k = 0; k < 10; k++) {
      const { metrics } = training.update();
      accepted += metrics.accepted;
      expect(metrics.kl).toBeLessThanOrEqual(0.01);
      expect(metrics.entropy).toBeLessThanOrEqual(Math.log(2) + 1e-6);
    }
    expect(accepted).toBeGreaterThan(5);
  });
});

describe("a refused step", () => {
  const policyBits = ({ policy }: Training): string[] =>
    policy.actorVariables.map((v) => Buffer.from(policy.engine.read(v).buffer).toString("hex"));

  test("leaves the policy's weights to the bit, and the critic learns on", async () => {
    // One try of a step for which the quadratic model does not hold.
    const options = { env: "CartPole-v1", envs: 1, rollout: 64, hidden: [16], maxKl: 0.2, damping: 1e-3, lineSearchTries: 1 }; // prettier-ignore
    const training = await createTraining("trpo", { ...options, totalSteps: 1e5 });
    let refused = 0;
    for (let k = 0; k < 20; k++) {
      const before = policyBits(training);
      const critic = training.policy.engine.read(training.policy.criticVariables[0]);
      const { metrics } = training.update();
      expect(training.policy.engine.read(training.policy.criticVariables[0])).not.toEqual(critic);
      if (metrics.accepted) continue;
      refused++;
      expect(metrics).toMatchObject({ kl: 0, surrogate: 0, lineSearchTries: 1 });
      expect(policyBits(training)).toEqual(before);
    }
    expect(refused).toBeGreaterThan(2);
    expect(refused).toBeLessThan(20);
  });

  test("where there is nothing to choose there is no direction, and nothing is tried", async () => {
    const { env } = recording(discrete(1));
    const training = await createTraining("trpo", { env, envs: 1, rollout: 20, hidden: [4], totalSteps: 1e5 });
    const before = policyBits(training);
    for (let k = 0; k < 3; k++) expect(training.update().metrics).toMatchObject({ accepted: 0, kl: 0, lineSearchTries: 0, gradientNorm: 0 }); // prettier-ignore
    expect(policyBits(training)).toEqual(before);
  });
});

describe("policy and value share nothing", () => {
  const given = { env: "CartPole-v1", rollout: 16, totalSteps: 1000 };
  /** Two heads on one layer, which is listed as the part of either. */
  const sharing =
    (listed: "actor" | "critic"): CreateNetworks =>
    ({ observations, outputs }) => {
      const trunk = dense("trunk", observations, 4, 1);
      const [policy, value] = [dense("policy", 4, outputs, 0.01), dense("value", 4, 1, 1)];
      return {
        actor: [...(listed === "actor" ? trunk.parameters : []), ...policy.parameters],
        critic: [...(listed === "critic" ? trunk.parameters : []), ...value.parameters],
        forward: (x) => ({ policy: policy.forward(trunk.forward(x)), value: reshape(value.forward(trunk.forward(x)), ["rows"]) }), // prettier-ignore
      };
    };

  test("the option is refused by its name", async () => {
    await expect(createTraining("trpo", { ...given, sharedTrunk: true })).rejects.toThrow(
      /^trpo: "sharedTrunk" is an option of .* only, not of trpo/,
    );
    await expect(createTraining("trpo", { ...given, sharedTrunk: false })).resolves.toBeDefined();
  });

  test("a shared trunk is refused, of mlp or of one's own", async () => {
    for (const options of [
      { networks: mlp({ sharedTrunk: true }) },
      { networks: sharing("actor") },
      { networks: sharing("critic") },
    ]) {
      // prettier-ignore
      const attempt = createTraining("trpo", { ...given, ...options });
      await expect(attempt).rejects.toThrow(InputError);
      await expect(attempt).rejects.toThrow(/trpo: policy and value share trunk\..*sharedTrunk/);
    }
  });

  test("networks of one's own that share nothing are taken", async () => {
    const training = await createTraining("trpo", { ...given, networks: mlp({ hidden: [5] }) });
    expect(training.update().metrics.accepted).toBe(1);
  });
});
