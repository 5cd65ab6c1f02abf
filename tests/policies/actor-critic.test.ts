// A policy as a user has it: acting, values, probabilities, normalization, networks of one's own, saving and loading.

import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { dense, type CreateNetworks, type MlpOptions } from "../../src/nn/index.ts";
import {
  createActorCritic,
  createInference,
  type ActorCritic,
  type ActorCriticOptions,
} from "../../src/policies/index.ts";
import { SeedSequence } from "../../src/random/index.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { createEngine, input, relu, reshape, type Tensor } from "../../src/tensor/index.ts";
import { runReference } from "../../src/tensor/reference.ts";
import { decodeSafetensors, encodeSafetensors, loadPolicy, savePolicy, storedTensor } from "../../src/training/index.ts"; // prettier-ignore
import { createRandom, expectClose, uniform } from "../tensor/compare.ts";

const observationSpace = box([-5, -5, -5], [5, 5, 5]);
const actionSpace = discrete(4, 10);

/** A policy whose weights are large enough that its actions are not all equally likely. */
async function createPolicy(options: Partial<ActorCriticOptions> = {}, strict = false): Promise<ActorCritic> {
  const engine = await createEngine({ strict });
  const policy = createActorCritic(engine, { observationSpace, actionSpace, seed: new SeedSequence(1), ...options });
  const random = createRandom(7);
  for (const { variable } of policy.parameters)
    engine.write(variable, uniform(random, engine.read(variable).length, -0.8, 0.8));
  return policy;
}

const feedsOf = (policy: ActorCritic): Map<Tensor, ArrayLike<number>> =>
  new Map(policy.parameters.map(({ variable }) => [variable, policy.engine.read(variable)]));

describe.each<[string, MlpOptions]>([
  ["separate networks", { hidden: [16, 8] }],
  ["a shared trunk", { hidden: [16, 8], sharedTrunk: true }],
  ["relu", { hidden: [16], activation: "relu" }],
  ["a linear policy", { hidden: [] }],
])("%s", (_, networks) => {
  test("probabilities, value and mode are those of the networks", async () => {
    const policy = await createPolicy({ networks });
    const x = input("x", ["rows", 3]);
    const { distribution, value } = policy.forward(x);
    for (const observation of [
      [0, 0, 0],
      [1, -2, 3],
      [-5, 5, 0.5],
    ]) {
      // prettier-ignore
      const feeds = feedsOf(policy).set(x, observation);
      const expected = runReference({ outputs: { logProbs: distribution.parameters, value } }, feeds, 1).outputs;
      const probabilities = policy.probabilities(Float32Array.from(observation));
      expectClose(probabilities, expected.logProbs.map(Math.exp), 1e-5);
      expectClose([policy.value(observation)], expected.value, 1e-5);
      const mode = probabilities.indexOf(Math.max(...probabilities));
      expect(policy.act(observation, { deterministic: true })).toBe(10 + mode);
    }
  });
});

describe("acting", () => {
  test("draws actions of the space with their probabilities", async () => {
    const policy = await createPolicy();
    const observation = [1, -0.5, 0.25];
    const probabilities = policy.probabilities(observation);
    const counts = [0, 0, 0, 0];
    const draws = 4000;
    for (let i = 0; i < draws; i++) counts[(policy.act(observation) as number) - 10]++;
    const chiSquared = counts.reduce((total, c, i) => total + (c - draws * probabilities[i]) ** 2 / (draws * probabilities[i]), 0); // prettier-ignore
    expect(chiSquared).toBeLessThan(16.3); // 99.9 % of 3 degrees of freedom
    expect(Math.max(...probabilities)).toBeLessThan(0.9); // or the test would say little
  });

  test("a seed fixes the actions", async () => {
    const policy = await createPolicy();
    const actions = (): unknown[] => Array.from({ length: 50 }, () => policy.act([1, -0.5, 0.25]));
    policy.seed(5);
    const first = actions();
    policy.seed(5);
    expect(actions()).toEqual(first);
    policy.seed(6);
    expect(actions()).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
  });

  test("masks: only for policies that were trained with them, of the right form", async () => {
    const observation = [1, 2, 3];
    const masked = await createPolicy({ masked: true });
    expect(masked.act(observation, { mask: [0, 0, 1, 0] })).toBe(12);
    for (const mask of [null, "0010", [true], [0, 0, 0, 0], [1, 1, 1]])
      expect(() => masked.act(observation, { mask: mask as never }), String(mask)).toThrow(InputError);
    const unmasked = await createPolicy();
    const ofBox = await createPolicy({ actionSpace: box(-1, 1, [4]) });
    for (const policy of [unmasked, ofBox])
      expect(() => policy.act(observation, { mask: [0, 0, 1, 0] })).toThrow(/trained without action masks/);
  });

  test.each<[string, unknown]>([
    ["too short", [1, 2]],
    ["too long", [1, 2, 3, 4]],
    ["not a number", [1, NaN, 3]],
    ["out of bounds", [1, 2, 5.5]],
    ["a number for a Box", 1],
    ["nothing", undefined],
    ["null", null],
    ["text", "1,2,3"],
  ])("an observation that is %s is refused by name", async (_, observation) => {
    const policy = await createPolicy();
    for (const use of [policy.act, policy.value, policy.probabilities])
      expect(() => (use as (o: unknown) => unknown)(observation)).toThrow(InputError);
  });

  test("a Discrete observation is one-hot to the network", async () => {
    const policy = await createPolicy({ observationSpace: discrete(3, 5) });
    const x = input("x", ["rows", 3]);
    const { value } = policy.forward(x);
    for (const state of [5, 6, 7]) {
      const oneHot = [0, 1, 2].map((i) => (i === state - 5 ? 1 : 0));
      const expected = runReference({ outputs: { value } }, feedsOf(policy).set(x, oneHot), 1).outputs;
      expectClose([policy.value(state)], expected.value, 1e-5);
    }
    for (const wrong of [4, 8, 5.5, NaN]) expect(() => policy.act(wrong)).toThrow(InputError);
  });

  test("observations are normalized by the policy itself", async () => {
    const normalizer = { count: 5, mean: [1, 2, 3], variance: [4, 1, 0.25] };
    const [plain, normalizing] = [await createPolicy(), await createPolicy({ normalizer })];
    expect(normalizing.value([3, 1, 3.5])).toBeCloseTo(plain.value([1, -1, 1]), 5);
    expect(normalizing.value([1, 2, 3])).toBeCloseTo(plain.value([0, 0, 0]), 5);
  });

  test("a batch of observations gives what each gives alone, to the bit", async () => {
    const policy = await createPolicy();
    const inference = createInference(policy, 9);
    const observations = Float32Array.from(uniform(createRandom(3), 27, -5, 5));
    inference.run(observations, 9);
    const values = new Float64Array(9);
    const together = { probabilities: inference.numbers.slice(), values: inference.values.slice() };
    inference.runValues(observations, 9, values);
    expect([...values]).toEqual([...together.values]);
    for (let i = 0; i < 9; i++) {
      const observation = observations.slice(3 * i, 3 * i + 3);
      expect(policy.probabilities(observation)).toEqual(together.probabilities.slice(4 * i, 4 * i + 4));
      expect(policy.value(observation)).toBe(together.values[i]);
    }
  });

  test("the seed alone decides the initial weights", async () => {
    const weights = async (seed: number): Promise<number[]> => {
      const engine = await createEngine();
      const policy = createActorCritic(engine, { observationSpace, actionSpace, seed: new SeedSequence(seed) });
      return policy.parameters.flatMap(({ variable }) => [...engine.read(variable)]);
    };
    expect(await weights(1)).toEqual(await weights(1));
    expect(await weights(1)).not.toEqual(await weights(2));
  });
});

/** Two linear heads on one relu layer, made of the library's parts. */
const ownNetworks: CreateNetworks = ({ observations, outputs }) => {
  const body = dense("own.body", observations, 7, 1);
  const [policyHead, valueHead] = [dense("own.policy", 7, outputs, 1), dense("own.value", 7, 1, 1)];
  return {
    actor: [...body.parameters, ...policyHead.parameters],
    critic: valueHead.parameters,
    forward(x) {
      const h = relu(body.forward(x));
      return { policy: policyHead.forward(h), value: reshape(valueHead.forward(h), ["rows"]) };
    },
  };
};

describe("saving and loading", () => {
  const observations = [[0, 0, 0], [1, -2, 3], [-5, 4.5, 0.123]]; // prettier-ignore
  const normalizer = { count: 5, mean: [1 / 3, 2, 3], variance: [4, 1 / 7, 0.25] };
  const cases: [string, Partial<ActorCriticOptions>, boolean][] = [
    ["separate networks", {}, false],
    ["a shared trunk, relu", { networks: { hidden: [9], activation: "relu", sharedTrunk: true } }, false],
    ["a normalizer", { normalizer }, false],
    ["a strict engine", {}, true],
    ["unbounded observations", { observationSpace: box([-Infinity, -5, -5], [Infinity, 5, 5]) }, false],
  ];
  test.each(cases)("%s: the same bits", async (_, options, strict) => {
    const policy = await createPolicy(options, strict);
    const loaded = await loadPolicy(savePolicy(policy));
    expect(loaded.observationSpace).toEqual(policy.observationSpace);
    expect(loaded.actionSpace).toEqual(policy.actionSpace);
    for (const o of observations) {
      expect(loaded.probabilities(o)).toEqual(policy.probabilities(o));
      expect(loaded.value(o)).toBe(policy.value(o));
    }
    expect(savePolicy(loaded)).toEqual(savePolicy(policy));
    expect((loaded as ActorCritic).engine.strict).toBe(strict);
  });

  test("networks of one's own come back with the function that makes them", async () => {
    const policy = await createPolicy({ networks: ownNetworks });
    const bytes = savePolicy(policy);
    const loaded = await loadPolicy(bytes, { networks: ownNetworks });
    for (const o of observations) expect(loaded.probabilities(o)).toEqual(policy.probabilities(o));
    await expect(loadPolicy(bytes)).rejects.toThrow(/pass the function that makes them as loadPolicy/);
    const other: CreateNetworks = (sizes) => ownNetworks({ ...sizes, observations: sizes.observations + 1 });
    await expect(loadPolicy(bytes, { networks: other })).rejects.toThrow(InputError);
  });

  test("a loaded policy is on its own: training the first does not move it", async () => {
    const policy = await createPolicy();
    const loaded = await loadPolicy(savePolicy(policy));
    const before = loaded.value([1, 2, 3]);
    for (const { variable } of policy.parameters) policy.engine.write(variable, policy.engine.read(variable).fill(0));
    expect(loaded.value([1, 2, 3])).toBe(before);
    expect(policy.value([1, 2, 3])).toBe(0);
  });

  test("damaged, foreign and unfitting bytes are refused with an InputError", async () => {
    const policy = await createPolicy({ networks: { hidden: [4] } });
    const bytes = savePolicy(policy);
    const { tensors, metadata } = decodeSafetensors(bytes, "test");
    const description = JSON.parse(metadata.polgrad) as Record<string, unknown>;
    const withDescription = (d: unknown): Uint8Array => encodeSafetensors([...tensors], { polgrad: JSON.stringify(d) });
    const entries = [...tensors];
    const broken: [string, Uint8Array][] = [
      ["nothing", new Uint8Array(0)],
      ["a few bytes", bytes.slice(0, 5)],
      ["cut in the header", bytes.slice(0, 40)],
      ["cut in the data", bytes.slice(0, -4)],
      ["text", new TextEncoder().encode("hello, this is no policy at all")],
      ["safetensors of someone else", encodeSafetensors(entries, {})],
      ["no JSON", encodeSafetensors(entries, { polgrad: "{" })],
      ["another format", withDescription({ ...description, format: "polgrad-policy-9" })],
      ["null", withDescription(null)],
      ["no spaces", withDescription({ format: description.format })],
      ["a strange space", withDescription({ ...description, actionSpace: { kind: "torus" } })],
      ["a missing tensor", encodeSafetensors(entries.slice(1), metadata)],
      ["a tensor of another shape", encodeSafetensors(entries.map(([n, t], i) => [n, i === 0 ? storedTensor(new Float32Array(6), [2, 3]) : t]), metadata)], // prettier-ignore
      ["no networks", withDescription({ ...description, networks: null })],
      ["hidden sizes that are none", withDescription({ ...description, networks: { hidden: 64 } })],
      ["a strange normalizer", withDescription({ ...description, normalizer: { mean: 0 } })],
      ["another network", withDescription({ ...description, networks: { hidden: [5] } })],
    ];
    for (const [what, wrong] of broken) {
      const error = await loadPolicy(wrong, { name: "the file" }).catch((e: unknown) => e);
      expect(error, what).toBeInstanceOf(InputError);
    }
  });
});
