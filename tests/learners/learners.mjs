// Learners that play in no environment: a regression, a bandit with a replay buffer and a target network, and one that
// waits for promises.

import { createGenerator, createMinimizer, option, optimizers, tensor } from "../../dist/index.js";

const { assign, input, matmul, mean, mul, pick, reshape, square, sub, variable } = tensor;
const shared = { presets: {}, environments: 0 };

/** y = 3x₀ − 2x₁ + 1 with some noise, by a linear model and minibatches of a fixed set of data. */
export const regression = {
  ...shared,
  name: "regression",
  title: "Regression",
  summary: "fits a line",
  options: option.schema({
    learningRate: option.positive(0.05, "Adam's step size"),
    minibatches: option.count(4, "minibatches per epoch"),
  }),
  metrics: [{ title: "Squared error", note: "half its mean", metrics: { loss: "loss" } }],

  create({ options, engine, streams }) {
    const rows = 64;
    const random = createGenerator(streams("environments"));
    const xs = Float32Array.from({ length: 3 * rows }, (_, i) => (i % 3 === 2 ? 1 : random.uniform(-1, 1)));
    const ys = Float32Array.from({ length: rows }, (_, i) => 3 * xs[3 * i] - 2 * xs[3 * i + 1] + 1 + random.normal(0, 0.01)); // prettier-ignore
    const weights = variable("weights", [3, 1]);
    const [x, y] = [input("x", ["rows", 3]), input("y", ["rows"])];
    const loss = mul(mean(square(sub(reshape(matmul(x, weights), ["rows"]), y))), 0.5);
    const minimizer = createMinimizer(
      engine,
      { loss, variables: [weights], optimizer: optimizers.adam },
      { algorithm: "regression", metrics: { loss } },
    );
    const shuffler = createGenerator(streams("minibatches"));
    const batch = { columns: [{ input: x, values: xs }, { input: y, values: ys }], rows }; // prettier-ignore
    const progress = { steps: 0 };
    return {
      progress,
      weights: [weights],
      variables: minimizer.variables,
      states: { optimizer: minimizer, minibatches: shuffler, progress: stateOf(progress) },
      *update(remaining) {
        minimizer.start();
        yield* minimizer.epoch(batch, options.minibatches, shuffler, options.learningRate * remaining);
        progress.steps += options.minibatches;
        return minimizer.finish(progress.steps);
      },
    };
  },
};

/** Five arms of which the fourth pays most; action values learned from a replay buffer towards a target's. */
export const bandit = {
  ...shared,
  name: "bandit",
  title: "Bandit",
  summary: "learns the values of five arms from a replay buffer",
  options: option.schema({
    exploration: option.fraction(0.2, "how often an arm is drawn at random"),
    capacity: option.count(300, "pulls that are remembered"),
  }),
  metrics: [],

  create({ options, engine, streams }) {
    const [arms, pulls, sample] = [5, 8, 16];
    const random = createGenerator(streams("actions"));
    const [values, target] = [variable("values", [arms]), variable("target", [arms])];
    const [arm, reward, one] = [input("arm", ["rows"]), input("reward", ["rows"]), input("one", ["rows", 1])];
    const chosen = pick(matmul(one, reshape(values, [1, arms])), arm);
    const loss = mean(square(sub(chosen, reward)));
    const minimizer = createMinimizer(
      engine,
      { loss, variables: [values], optimizer: optimizers.sgd },
      { algorithm: "bandit", metrics: { loss }, capacity: sample },
    );
    const copy = engine.compile({ outputs: {}, updates: [assign(target, values)] });
    const arrays = { replayArms: new Uint8Array(options.capacity), replayRewards: new Float64Array(options.capacity) };
    const [sampledArms, sampledRewards] = [new Float64Array(sample), new Float64Array(sample)];
    const columns = [
      { input: arm, values: sampledArms },
      { input: reward, values: sampledRewards },
      { input: one, values: new Float32Array(sample).fill(1) },
    ];
    const progress = { steps: 0 };
    return {
      progress,
      weights: [values],
      variables: [target, ...minimizer.variables],
      arrays,
      states: { optimizer: minimizer, random, progress: stateOf(progress) },
      *update() {
        for (let i = 0; i < pulls; i++) {
          const best = engine.read(target).reduce((at, x, j, all) => (x > all[at] ? j : at), 0);
          const pulled = random.random() < options.exploration ? random.integers(0, arms) : best;
          const at = progress.steps++ % options.capacity;
          arrays.replayArms[at] = pulled;
          arrays.replayRewards[at] = (pulled === 3 ? 1 : 0.1 * pulled) + random.normal(0, 0.1);
        }
        yield;
        const known = Math.min(progress.steps, options.capacity);
        for (let i = 0; i < sample; i++) {
          const at = random.integers(0, known);
          [sampledArms[i], sampledRewards[i]] = [arrays.replayArms[at], arrays.replayRewards[at]];
        }
        minimizer.start();
        minimizer.step({ columns, rows: sample }, 0.5);
        copy.run();
        return minimizer.finish(progress.steps);
      },
    };
  },
};

/** One whose data comes by promises, as from a GPU or from an environment on another machine. */
export const patient = {
  ...shared,
  name: "patient",
  title: "Patient",
  summary: "waits for what it learns from",
  options: option.schema({ failAt: option.nonNegative(0, "the update that fails; 0 is none") }),
  metrics: [],

  create({ options, engine }) {
    const [mean, next] = [variable("mean", []), input("next", [])];
    const program = engine.compile({ outputs: {}, updates: [assign(mean, next)] });
    const progress = { steps: 0 };
    return {
      progress,
      weights: [mean],
      variables: [],
      states: { progress: stateOf(progress) },
      *update() {
        const at = progress.steps + 1;
        const come = new Promise((resolve, reject) =>
          setTimeout(() => (at === options.failAt ? reject(new Error(`the line is dead`)) : resolve(at)), 1),
        );
        let value;
        try {
          value = yield come;
        } catch (error) {
          throw new Error(`update ${at}: ${error.message}`, { cause: error });
        }
        progress.steps = at;
        program.write(next, value * value);
        program.run();
        return { value };
      },
    };
  },
};

function stateOf(object) {
  return { getState: () => ({ ...object }), setState: (state) => void Object.assign(object, state) };
}
