// Policies with a memory: the unit itself, what is remembered and forgotten, sequences rebuilt from a rollout's first
// states.

import { describe, expect, test } from "vitest";
import { createVectorEnv, makeEnv, type Env } from "../../src/envs/index.ts";
import { gru, type MlpOptions } from "../../src/nn/index.ts";
import { createActorCritic } from "../../src/policies/index.ts";
import { feed } from "../../src/learning/columns.ts";
import { createStreams } from "../../src/random/index.ts";
import { batchOf, createAgent, createRollout, evaluateActions } from "../../src/experience/index.ts";
import { createEngine, gradients, input, mean, mul, sum, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import {
  createTraining,
  evaluate,
  loadPolicy,
  runAtOnce,
  savePolicy,
  train,
  type TrainOptions,
} from "../../src/training/index.ts";
import { createRandom, expectClose, uniform } from "../tensor/compare.ts";
import { walk } from "../envs/toys.ts";

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

test("the gated recurrent unit follows its equations", () => {
  const [inputs, size, rows] = [3, 2, 4];
  const unit = gru("unit", inputs, size);
  const [x, h] = [input("x", ["rows", inputs]), input("h", ["rows", size])];
  const random = createRandom(1);
  const numbers = [inputs * 6, size * 6, 6, 6].map((n) => Array.from(uniform(random, n, -1, 1)));
  const [w, u, b, c] = numbers as [number[], number[], number[], number[]];
  const [xs, hs] = [Array.from(uniform(random, rows * inputs, -2, 2)), Array.from(uniform(random, rows * size, -1, 1))];
  const feeds = new Map<Tensor, ArrayLike<number>>(unit.parameters.map((p, i) => [p.variable, numbers[i]]));
  const { next } = runReference({ outputs: { next: unit.forward(x, h) } }, feeds.set(x, xs).set(h, hs), rows).outputs;
  const expected: number[] = [];
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < size; j++) {
      const fromInput = (gate: number) =>
        [...Array(inputs).keys()].reduce((s, i) => s + xs[row * inputs + i] * w[i * 6 + gate * 2 + j], b[gate * 2 + j]);
      const fromState = (gate: number) =>
        [...Array(size).keys()].reduce((s, i) => s + hs[row * size + i] * u[i * 6 + gate * 2 + j], c[gate * 2 + j]);
      const reset = sigmoid(fromInput(0) + fromState(0));
      const update = sigmoid(fromInput(1) + fromState(1));
      const candidate = Math.tanh(fromInput(2) + reset * fromState(2));
      expected.push((1 - update) * candidate + update * hs[row * size + j]);
    }
  expectClose(next, expected, 1e-12);
});

/** A policy with a memory in a few environments, its weights large enough that the memory matters. */
async function setting(networks: MlpOptions, envs: Env[], seed = 1) {
  const streams = createStreams(seed);
  const vector = createVectorEnv(envs, streams("environments"));
  const engine = await createEngine();
  const policy = createActorCritic(engine, {
    observationSpace: vector.observationSpace,
    actionSpace: vector.actionSpace,
    networks: { memory: "gru", memorySize: 5, hidden: [6], ...networks },
    seed: streams("initialization"),
  });
  const random = createRandom(4);
  for (const { variable } of policy.parameters)
    engine.write(variable, uniform(random, engine.read(variable).length, -0.9, 0.9));
  const agent = createAgent({ vector, policy, actions: streams("actions") });
  agent.reset();
  return { policy, agent, vector };
}

describe.each<[string, MlpOptions]>([
  ["separate networks", {}],
  ["a shared trunk", { sharedTrunk: true }],
  ["no hidden layers", { hidden: [] }],
])("%s", (_, networks) => {
  test("sequences rebuilt from the first state give what was said while acting, to the bit", async () => {
    const [steps, n] = [37, 3];
    const { policy, agent } = await setting(networks, [walk(), walk(), walk()]);
    expect(policy.stateSize).toBe(networks.sharedTrunk ? 5 : 10);
    const rollout = createRollout(steps, n, policy);
    const batch = batchOf(policy, rollout);
    const outputs = { logProb: batch.logProb, value: batch.value };
    const program = policy.engine.compile({ outputs }, { capacity: n });
    /** [steps, n] → [n, steps]. */
    const bySequence = (x: ArrayLike<number>) => Array.from({ length: n * steps }, (_, k) => x[(k % steps) * n + Math.floor(k / steps)]); // prettier-ignore
    let ends = 0;
    let carried = 0;
    for (let round = 0; round < 3; round++) {
      runAtOnce(agent.collect(rollout));
      batch.refresh();
      feed(program, batch.columns, n);
      program.run(n);
      expect([...program.read("logProb")]).toEqual(bySequence(rollout.logProbs));
      expect([...program.read("value")]).toEqual(bySequence(rollout.values));
      ends += rollout.terminated.filter(Boolean).length + rollout.truncated.filter(Boolean).length;
      carried += rollout.firstStates!.filter((x) => x !== 0).length;
      // The memory matters: the same steps from an empty one give something else.
      if (round > 0) {
        rollout.firstStates!.fill(0);
        feed(program, batch.columns, n);
        program.run(n);
        expect([...program.read("logProb")]).not.toEqual(bySequence(rollout.logProbs));
      }
    }
    expect(ends, "or nothing is tested of resets").toBeGreaterThan(5);
    expect(carried).toBeGreaterThan(0);
  });
});

test("V of what follows a truncated step is that of the final observation, remembering its episode", async () => {
  const steps = 60;
  const { policy, agent } = await setting({}, [walk()]);
  const rollout = createRollout(steps, 1, policy);
  const finals: { t: number; observation: number[] }[] = [];
  const { player } = agent;
  const original = player.stepSome.bind(player);
  let t = 0;
  player.stepSome = () => {
    if (!original()) return false;
    if (player.vector.truncated[0]) finals.push({ t, observation: [...player.finalObservations] });
    t++;
    return true;
  };
  runAtOnce(agent.collect(rollout));
  expect(finals.length).toBeGreaterThan(0);
  for (const { t: end, observation } of finals) {
    // The user's own policy, led through the same episode.
    policy.reset();
    let begin = end;
    while (begin > 0 && !rollout.terminated[begin - 1] && !rollout.truncated[begin - 1]) begin--;
    if (begin === 0) continue;
    const width = policy.observationSize;
    for (let k = begin; k <= end; k++) policy.act([...rollout.observations.slice(k * width, (k + 1) * width)]);
    expect(rollout.nextValues[end]).toBe(policy.value(observation));
  }
});

test("gradients go back through time, and not beyond an episode's beginning", async () => {
  const { policy } = await setting({ hidden: [3], memorySize: 3 }, [walk()]);
  const [steps, n] = [5, 2];
  const graph = evaluateActions(policy, steps);
  const weights = input("weights", graph.shape);
  const loss = sum(mul(graph.value, weights));
  const observations = findInput(loss, "observation");
  const [slope] = gradients(loss, [observations]);
  const random = createRandom(2);
  const numbers = (k: number) => Array.from(uniform(random, k, -1, 1));
  const width = policy.observationSize;
  const last = Array.from({ length: n * steps }, (_, i) => (i % steps === steps - 1 ? 1 : 0));
  const feeds = new Map<Tensor, ArrayLike<number>>([
    ...policy.parameters.map((p) => [p.variable, numbers(policy.engine.read(p.variable).length)] as const),
    [observations, numbers(n * steps * width)],
    [findInput(loss, "state"), numbers(n * policy.stateSize)],
    [findInput(loss, "remembers"), [1, 1, 1, 1, 1, 1, 1, 0, 1, 1]], // the second sequence begins anew at its third step
    [weights, last],
  ]);
  const at = (x: ArrayLike<number>): number => runReference({ outputs: { loss } }, new Map(feeds).set(observations, x), n).outputs.loss[0]; // prettier-ignore
  const x = feeds.get(observations)!;
  const { slope: actual } = runReference({ outputs: { slope } }, feeds, n).outputs;
  const expected = Array.from(x, (_, i) => {
    const moved = (by: number) => Array.from(x, (v, j) => (j === i ? v + by : v));
    return (at(moved(1e-5)) - at(moved(-1e-5))) / 2e-5;
  });
  expectClose(actual, expected, 1e-7);
  const step = (row: number, t: number) => Array.from(actual).slice((row * steps + t) * width, (row * steps + t + 1) * width); // prettier-ignore
  expect(
    step(0, 0).every((v) => v !== 0),
    "the last value depends on the first observation",
  ).toBe(true);
  for (const t of [0, 1])
    expect(
      step(1, t).every((v) => v === 0),
      "but not on another episode's",
    ).toBe(true);
  expect(step(1, 2).every((v) => v !== 0)).toBe(true);
});

function findInput(root: Tensor, name: string): Tensor {
  const seen = new Set<Tensor>();
  const search = (t: Tensor): Tensor | undefined => {
    if (seen.has(t)) return undefined;
    seen.add(t);
    if (t.operation.kind === "input" && t.name === name) return t;
    for (const i of t.inputs) {
      const found = search(i);
      if (found) return found;
    }
    return undefined;
  };
  return search(root)!;
}

describe("as a user has it", () => {
  const options = { env: "CartPole-v1", totalSteps: 600, envs: 2, rollout: 20, minibatches: 2, memory: "gru" as const, memorySize: 8, hidden: [8] } satisfies TrainOptions<"ppo">; // prettier-ignore

  test("acting remembers, asking does not, reset forgets; a saved policy remembers as well", async () => {
    const { policy } = await train("ppo", options);
    const env = await makeEnv("CartPole-v1");
    const { observation } = env.reset(3);
    policy.reset();
    const fresh = policy.probabilities(observation);
    expect(policy.probabilities(observation)).toEqual(fresh);
    policy.act(observation);
    const after = policy.probabilities(observation);
    expect(after).not.toEqual(fresh);
    policy.reset();
    expect(policy.probabilities(observation)).toEqual(fresh);
    const loaded = await loadPolicy(savePolicy(policy));
    expect(loaded.stateSize).toBe(16);
    expect(loaded.probabilities(observation)).toEqual(fresh);
    loaded.act(observation);
    expect(loaded.probabilities(observation)).toEqual(after);
    // Every episode of an evaluation begins without a memory.
    const one = await evaluate(policy, "CartPole-v1", { episodes: 3, seed: 5 });
    expect(await evaluate(policy, "CartPole-v1", { episodes: 3, seed: 5 })).toEqual(one);
  });

  test("a resumed training goes on with the same bits", async () => {
    const whole = await createTraining("ppo", options);
    const reports = [];
    while (!whole.done) reports.push(whole.update());
    const first = await createTraining("ppo", options);
    for (let i = 0; i < 7; i++) first.update();
    const second = await createTraining("ppo", options, first.checkpoint());
    const rest = [];
    while (!second.done) rest.push(second.update());
    expect(rest).toEqual(reports.slice(7));
    expect(second.weightsSha256()).toBe(whole.weightsSha256());
  });

  test("algorithms that cannot train a memory say so", async () => {
    const { mlp } = await import("../../src/nn/index.ts");
    const networks = mlp({ memory: "gru", memorySize: 4 });
    for (const name of ["a2c", "reinforce", "actor-critic", "trpo"])
      await expect(createTraining(name, { env: "CartPole-v1", networks })).rejects.toThrow(
        /unlike ppo, cannot train networks with a memory/,
      );
    const alone = { env: "CartPole-v1", networks, workers: 1 };
    await expect(createTraining("a3c", alone)).rejects.toThrow(/unlike ppo, cannot train networks with a memory/);
    await expect(createTraining("ppo", { env: "CartPole-v1", networks, rollout: 8 })).resolves.toBeDefined();
  });
});

test("the mean over sequences is the mean over their steps", async () => {
  const { policy, agent } = await setting({}, [walk(), walk()]);
  const rollout = createRollout(6, 2, policy);
  runAtOnce(agent.collect(rollout));
  const batch = batchOf(policy, rollout);
  batch.refresh();
  const outputs = { mean: mean(batch.value), logProb: batch.logProb };
  const program = policy.engine.compile({ outputs }, { capacity: 2 });
  feed(program, batch.columns, 2);
  program.run(2);
  expect(program.readScalar("mean")).toBeCloseTo(rollout.values.reduce((a, b) => a + b) / 12, 5);
});
