// Exported policies in ONNX Runtime: the same actions, probabilities, means and values as the policy's own.

import { describe, expect, test } from "vitest";
import { irVersion, opset } from "../../src/onnx/model.ts";
import { exportOnnx, onnxModel } from "../../src/onnx/index.ts";
import { createMoments, createRangedMoments, updateMoments, type Moments } from "../../src/math/moments.ts";
import { dense, type CreateNetworks, type MlpOptions } from "../../src/nn/index.ts";
import { createActorCritic, type ActorCritic, type ActorCriticOptions } from "../../src/policies/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box, discrete, multiBinary, multiDiscrete, sample, spaceFromJson, type Space } from "../../src/spaces/index.ts"; // prettier-ignore
import { add, createEngine, input, mean, mul, relu, reshape, tanh } from "../../src/tensor/index.ts";
import { trainPpo } from "../../src/training/index.ts";
import { version } from "../../src/version.ts";
import { readFields } from "../read-protobuf.ts";
import { createRandom, uniform } from "../tensor/compare.ts";
import { openModel, type Fed, type Outputs } from "./run-model.ts";

const vector = box(-5, 5, [3]);
const choice = discrete(4, 10);
/** Around 1000 by 1, around 0 by 2, and one that never moves. */
const moments: Moments = { count: 100, mean: [1000.123, 0.05, -3], variance: [0.9, 4, 0] };
const wide = box([990, -30, -3.0001], [1010, 30, -2.9999]);
/** The same with ranges: the third has never moved in training, whatever it does later; the second hardly ever. */
const ranged = createRangedMoments(3);
updateMoments(ranged, uniform(createRandom(2), 600).map((x, at) => [1000.123 + 1.6 * x, at === 1 ? 20 : 0.05, -3][at % 3]), 200); // prettier-ignore
const wider = box([990, -30, -30], [1010, 30, 30]);

/** A wide and a narrow branch, added up, and a gate: the guide's networks and more. */
const ownNetworks: CreateNetworks = ({ observations, outputs }) => {
  const [left, right] = [dense("value", observations, 24, 1), dense("action", observations, 24, 1)];
  const [actor, critic] = [dense("actor", 24, outputs, 1), dense("critic", 24, 1, 1)];
  return {
    actor: [left, right, actor].flatMap((layer) => layer.parameters),
    critic: critic.parameters,
    forward(x) {
      const features = add(tanh(left.forward(x)), relu(right.forward(x)));
      const centered = add(features, mul(mean(features, -1, { keepDims: true }), -1));
      return { policy: actor.forward(centered), value: reshape(critic.forward(features), ["rows"]) };
    },
  };
};

/** A policy whose weights are large enough that its actions are not all equally likely. */
async function createPolicy(options: Partial<ActorCriticOptions>): Promise<ActorCritic> {
  const engine = await createEngine();
  const defaults = { observationSpace: vector, actionSpace: choice, seed: new SeedSequence(1) };
  const policy = createActorCritic(engine, { ...defaults, ...options });
  const random = createRandom(7);
  for (const { variable } of policy.parameters)
    engine.write(variable, uniform(random, engine.read(variable).length, -0.6, 0.6));
  return policy;
}

/** Observations as the environment gives them, and masks if the policy takes them. */
function queries({ observationSpace, maskSize, actionSpace }: ActorCritic, count: number) {
  const generator = createGenerator(3);
  const counts = actionSpace.kind === "multiDiscrete" ? actionSpace.counts : [maskSize];
  return Array.from({ length: count }, () => {
    const observation = sample(observationSpace, generator);
    if (maskSize === 0) return { observation };
    const mask = counts.flatMap((n) => {
      const allowed = generator.integers(0, n); // one at least
      return Array.from({ length: n }, (_, i) => Number(i === allowed || generator.random() < 0.4));
    });
    return { observation, mask };
  });
}
type Query = ReturnType<typeof queries>[number];

/** A batch of queries as the inputs of a model. */
function batchOf(space: Space, batch: readonly Query[]): Record<string, Fed> {
  const stack = (rows: (ArrayLike<number> | number)[], type: Fed["type"], flat = false): Fed => {
    const values = rows.flatMap((row) => (typeof row === "number" ? [row] : Array.from(row)));
    return { type, values, shape: flat ? [rows.length] : [rows.length, values.length / rows.length] };
  };
  const observations = batch.map(({ observation }) => observation);
  return {
    observation: stack(observations, space.kind === "box" ? "float32" : "int64", space.kind === "discrete"),
    ...(batch[0].mask
      ? {
          action_mask: stack(
            batch.map(({ mask }) => mask!),
            "bool",
          ),
        }
      : {}),
  };
}

/** What the policy itself says of each query, as rows of numbers. */
function expectedOutputs(policy: ActorCritic, batch: readonly Query[]): Record<string, number[][]> {
  const numbers = (x: ArrayLike<number> | number): number[] => (typeof x === "number" ? [x] : Array.from(x));
  const rows = batch.map(({ observation, mask }): Record<string, number[]> => {
    const shared = {
      action: numbers(policy.act(observation, { deterministic: true, mask })),
      value: [policy.value(observation)],
    };
    if (policy.actionSpace.kind === "box") {
      const { mean, std } = policy.gaussian(observation);
      return { ...shared, mean: numbers(mean), log_std: numbers(std).map(Math.log) };
    }
    return { ...shared, probabilities: numbers(policy.probabilities(observation, { mask })) };
  });
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));
}

/** Rows `from` … of an output. */
const rowsOf = ({ values }: Outputs[string], from: number, count: number, width: number): number[] =>
  values.slice(from * width, (from + count) * width);

/** To 1e-5, of numbers above 1 relatively. */
function expectNear(actual: readonly number[], expected: readonly number[], what: string): void {
  expect(actual.length, what).toBe(expected.length);
  const errors = expected.map((x, i) => Math.abs(x - actual[i]) / Math.max(1, Math.abs(x)));
  expect(Math.max(...errors), what).toBeLessThan(1e-5);
}

async function expectSame(policy: ActorCritic, count = 1000): Promise<void> {
  const all = queries(policy, count);
  const expected = expectedOutputs(policy, all);
  const model = await openModel(exportOnnx(policy));
  const together = await model.run(batchOf(policy.observationSpace, all));
  if (policy.actionSpace.kind !== "box") expect(together.action.values).toEqual(expected.action.flat());
  for (const [name, rows] of Object.entries(expected)) {
    const { values } = together[name];
    expectNear(values, rows.flat(), name);
  }
  const { logits, probabilities } = together;
  if (policy.actionSpace.kind === "discrete") expectNear(logits.values.map(Math.exp), probabilities.values, "logits");

  let from = 0;
  for (const size of [1, 7, 64]) {
    const batch = await model.run(batchOf(policy.observationSpace, all.slice(from, from + size)));
    for (const [name, output] of Object.entries(batch)) {
      expect(output.shape[0], name).toBe(size);
      const width = output.values.length / size;
      expectNear(output.values, rowsOf(together[name], from, size, width), name);
    }
    from += size;
  }
  await model.close();
}

const kinds: Record<string, Partial<ActorCriticOptions>> = {
  "64-64 networks": { networks: {} },
  "a shared trunk with relu": { networks: { hidden: [32], sharedTrunk: true, activation: "relu" } },
  "no hidden layer": { networks: { hidden: [] } },
  "networks of one's own, whose layers are called as outputs": { networks: ownNetworks },
  "normalized observations": { normalizer: moments, observationSpace: wide },
  "Discrete observations, that start below 0": { observationSpace: discrete(5, -1), actionSpace: discrete(3) },
  "Discrete observations, normalized": { observationSpace: discrete(3), normalizer: moments },
  "MultiDiscrete observations": { observationSpace: multiDiscrete([3, 1, 4]) },
  "MultiBinary observations": { observationSpace: multiBinary(6) },
  "a Box with a shape": { observationSpace: box(-1, 1, [2, 3]) },
  "masked choices": { actionSpace: discrete(5, 1), masked: true },
  "MultiDiscrete actions": { actionSpace: multiDiscrete([3, 2, 4]) },
  "masked MultiDiscrete actions": { actionSpace: multiDiscrete([3, 2]), masked: true },
  "MultiBinary actions": { actionSpace: multiBinary(4) },
  "Gaussian actions": { actionSpace: box([-1, -0.5], [1, 0.5]), normalizer: moments, observationSpace: wide },
  "Gaussian actions, log σ of the network": { actionSpace: box([-1, -1], [1, 1]), gaussian: { logStd: "network" } },
  "Gaussian actions, bounded on one side or not at all": { actionSpace: box([-Infinity, -0.2], [0.3, Infinity]) },
  "observations normalized by their ranges, one of them constant": { normalizer: ranged, observationSpace: wider },
  ...Object.fromEntries(
    (["scaled", "squashed"] as const).flatMap((kind): [string, Partial<ActorCriticOptions>][] => [
      [`${kind} actions`, { actionSpace: box([5, -0.1, -1], [35, 0.3, 1]), gaussian: { kind } }],
      [
        `${kind} actions, log σ of the network`,
        { actionSpace: box(-2, 3, [2]), gaussian: { kind, logStd: "network" } },
      ],
      [
        `${kind} actions, bounded on both sides, one, none, or to a point`,
        {
          actionSpace: box([5, -Infinity, -Infinity, -0.2, 2], [35, 0.3, Infinity, Infinity, 2]),
          gaussian: { kind },
          normalizer: ranged,
          observationSpace: wider,
        },
      ],
    ]),
  ),
};

describe("1,000 actions, and batches of 1, 7 and 64", () => {
  test.each(Object.entries(kinds))("%s", async (_, options) => expectSame(await createPolicy(options)));

  test.each(["CartPole-v1", "Pendulum-v1"])(
    "a policy that has learned a little on %s, with its normalizer",
    async (env) => {
      const { policy } = await trainPpo({ env, totalSteps: 2048, normalizeObservations: true, seed: 5 });
      expect((policy as ActorCritic).normalizer!.count).toBeGreaterThan(2000);
      await expectSame(policy as ActorCritic);
    },
  );
});

describe("a policy with a memory", () => {
  const cases: [string, Space, MlpOptions][] = [
    ["after a shared trunk, discrete actions", choice, { hidden: [16], sharedTrunk: true }],
    ["of actor and critic, Gaussian actions", box(-1, 1, [2]), { hidden: [] }],
  ];
  test.each(cases)("%s", async (_, actionSpace, options) => {
    const policy = await createPolicy({ actionSpace, networks: { ...options, memory: "gru", memorySize: 8 } });
    const model = await openModel(exportOnnx(policy));
    const zeros = Array<number>(policy.stateSize).fill(0);
    const played = queries(policy, 40);
    // Two episodes, in the policy one after the other, in the model side by side.
    let states = [zeros, zeros];
    const [first, second] = [played.slice(0, 20), played.slice(20)];
    const expected = [first, second].map((episode) => {
      policy.reset();
      return episode.map((query) => {
        const value = policy.value(query.observation);
        const action = policy.act(query.observation, { deterministic: true });
        return { value, action: typeof action === "number" ? [action] : Array.from(action) };
      });
    });
    for (let t = 0; t < 20; t++) {
      const batch = batchOf(policy.observationSpace, [first[t], second[t]]);
      const state: Fed = { type: "float32", values: states.flat(), shape: [2, policy.stateSize] };
      const { action, value, next_state: next } = await model.run({ ...batch, state });
      for (const row of [0, 1]) {
        const { value: v, action: a } = expected[row][t];
        expectNear([value.values[row], ...rowsOf(action, row, 1, a.length)], [v, ...a], `step ${t}`);
      }
      states = [0, 1].map((row) => rowsOf(next, row, 1, policy.stateSize));
    }
    await model.close();
  });
});

test("normalization is that of training, beyond ±10 deviations too", async () => {
  const random = createRandom(5);
  const learned = createMoments(3);
  updateMoments(learned, uniform(random, 300, -1e4, 3e4), 100);
  const policy = await createPolicy({ normalizer: learned, observationSpace: box(-Infinity, Infinity, [3]) });
  const model = await openModel(exportOnnx(policy));
  for (const observation of [
    [1e6, -1e6, 0],
    [1e4, 1e4, 1e4],
    [10_000.5, 9_999.25, 12_345],
  ]) {
    const { value } = await model.run({ observation: { type: "float32", values: observation, shape: [1, 3] } });
    expect(value.values[0]).toBeCloseTo(policy.value(observation), 5);
  }
  await model.close();
});

describe("the file", () => {
  test("says what goes in and comes out", async () => {
    const policy = await createPolicy({ actionSpace: multiDiscrete([3, 2]), masked: true });
    const { inputs, outputs } = onnxModel(policy);
    expect([...inputs, ...outputs].map(({ name, type, shape }) => [name, type, ...shape])).toEqual([
      ["observation", "float32", "batch", 3],
      ["action_mask", "bool", "batch", 5],
      ["action", "int64", "batch", 2],
      ["probabilities", "float32", "batch", 5],
      ["logits", "float32", "batch", 5],
      ["value", "float32", "batch"],
    ]);
    const model = await openModel(exportOnnx(policy));
    expect(model.inputNames).toEqual(inputs.map(({ name }) => name));
    expect(model.outputNames).toEqual(outputs.map(({ name }) => name));
    const results = await model.run(batchOf(policy.observationSpace, queries(policy, 2)));
    for (const { name, type, shape } of outputs) {
      expect(results[name].type).toBe(type);
      expect(results[name].shape).toEqual([2, ...shape.slice(1)]);
    }
    await model.close();
  });

  test("is a ModelProto of this version, with the spaces in its metadata", async () => {
    const policy = await createPolicy({ actionSpace: box(-Infinity, 2, [2]) });
    const model = readFields(exportOnnx(policy, { metadata: { algorithm: "ppo" } }));
    const all = (number: number) => model.filter(([field]) => field === number).map(([, value]) => value);
    const text = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString();
    expect(all(1)).toEqual([BigInt(irVersion)]);
    expect(all(2).map(text)).toEqual(["polgrad"]);
    expect(all(3).map(text)).toEqual([version]);
    expect(all(8).map((id) => new Map(readFields(id as Uint8Array)).get(2))).toEqual([BigInt(opset)]);
    const metadata = Object.fromEntries(
      all(14).map((entry) => readFields(entry as Uint8Array).map(([, value]) => text(value)) as [string, string]),
    );
    expect(metadata.algorithm).toBe("ppo");
    expect(spaceFromJson(JSON.parse(metadata.observation_space))).toEqual(policy.observationSpace);
    expect(spaceFromJson(JSON.parse(metadata.action_space))).toEqual(policy.actionSpace);
  });

  test.each<[string, Partial<ActorCriticOptions>]>([
    ["its normalizer", { normalizer: moments }],
    ["ranges, a component of which never moved", { normalizer: ranged }],
    ["squashed actions", { actionSpace: box([5, -Infinity], [35, 1]), gaussian: { kind: "squashed" } }],
  ])("holds each weight once, under its name, and nothing that is not used, with %s", async (_, options) => {
    const policy = await createPolicy({ observationSpace: wide, ...options });
    const model = onnxModel(policy);
    for (const { variable } of policy.parameters) {
      const [found, ...others] = model.constants.filter(({ name }) => name === variable.name);
      expect(others).toEqual([]);
      expect(found.data).toEqual(policy.engine.read(variable));
      expect(found.shape).toEqual(variable.shape);
    }
    const used = new Set([...model.nodes.flatMap(({ inputs }) => inputs), ...model.outputs.map(({ name }) => name)]);
    const made = [...model.constants.map(({ name }) => name), ...model.nodes.map(({ output }) => output)];
    expect(made.filter((name) => !used.has(name))).toEqual([]);
    expect(new Set(made).size).toBe(made.length);
  });

  test("depends on the policy alone", async () => {
    const policy = await createPolicy({});
    const before = exportOnnx(policy);
    policy.act([1, 2, 3]);
    expect(Buffer.from(exportOnnx(policy)).equals(before)).toBe(true);
  });
});

test("networks that read an input of their own cannot be exported", async () => {
  const temperature = input("temperature", ["rows", 1]);
  const networks: CreateNetworks = (sizes) => {
    const { forward, ...parameters } = ownNetworks(sizes);
    return {
      ...parameters,
      forward: (x) => ({ ...forward(x), policy: mul(forward(x).policy, temperature) }),
    };
  };
  const policy = await createPolicy({ networks });
  expect(() => exportOnnx(policy)).toThrow('the networks read an input "temperature"');
});
