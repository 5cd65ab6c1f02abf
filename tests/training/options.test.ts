// Options: defaults, presets, and what is said of wrong ones.

import { describe, expect, test } from "vitest";
import { algorithms, presets, type Algorithm } from "../../src/algorithms/index.ts";
import { optionNames } from "../../src/algorithms/names.ts";
import { InputError } from "../../src/errors.ts";
import {
  algorithmNamed,
  createTraining,
  optionsSchema,
  presetFor,
  resolveOptions,
  trainPpo,
} from "../../src/training/index.ts";
import { describeUnknown } from "../../src/training/wrong-options.ts";
import { sameOptions } from "../../src/training/other-names.ts";
import { camelCase } from "../../src/text/names.ts";

const names = Object.keys(algorithms) as (keyof typeof algorithms)[];
const env = "Identity-v0"; // without a preset

describe.each(names)("%s", (name) => {
  test("every option has a default, a description, and survives JSON", () => {
    const options = resolveOptions(name, { env });
    for (const [key, { description }] of Object.entries(optionsSchema(name).shape)) {
      expect(options, key).toHaveProperty(key);
      expect(description ?? "", key).not.toBe("");
    }
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
    expect(resolveOptions(name, options), "resolving again changes nothing").toEqual(options);
  });

  test("a run has a length: 100,000 steps where nothing is said", () => {
    expect(resolveOptions(name, { env })).toMatchObject({ totalSteps: 100_000, totalEpisodes: null, seed: 1 });
    expect(resolveOptions(name, { env, totalEpisodes: 5 })).toMatchObject({ totalSteps: null, totalEpisodes: 5 });
    expect(resolveOptions(name, { env, totalSteps: 7 })).toMatchObject({ totalSteps: 7, totalEpisodes: null });
  });

  test("presets are valid, stand between defaults and what is given, and give way to a given length", () => {
    for (const [id, preset] of Object.entries(presets[name])) {
      const options = resolveOptions(name, { env: id });
      expect(options).toMatchObject(preset);
      expect(presetFor(name, id)).toEqual(preset);
      expect(resolveOptions(name, { env: id, gamma: 0.123, hidden: [3] })).toMatchObject({ gamma: 0.123, hidden: [3] });
      expect(resolveOptions(name, { env: id, totalSteps: 7 })).toMatchObject({ totalSteps: 7, totalEpisodes: null });
      expect(resolveOptions(name, { env: id, totalEpisodes: 7 })).toMatchObject({ totalSteps: null, totalEpisodes: 7 });
    }
    expect(presetFor(name, "no such environment")).toEqual({});
  });

  test("undefined is as not given", () => {
    expect(resolveOptions(name, { env, gamma: undefined })).toEqual(resolveOptions(name, { env }));
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["an unknown option, with the nearest name", { gama: 0.9 }, /unknown option "gama".*gamma/],
    ["a flag's spelling", { "entropy-coefficient": 0.1 }, /unknown option "entropy-coefficient".*entropyCoefficient/],
    [
      "the wrong type",
      { entropyCoefficient: "0.1" },
      /"entropyCoefficient" must be a number of at least 0, not "0.1"$/,
    ],
    ["out of range", { gamma: 1.5 }, /^[\w-]+: option "gamma" must be a number from 0 to 1, not 1.5$/],
    ["not whole", { envs: 1.5 }, /option "envs" must be a whole number of at least 1, not 1.5$/],
    ["negative", { entropyCoefficient: -1 }, /option "entropyCoefficient" must be .*, not -1$/],
    ["NaN", { entropyCoefficient: NaN }, /option "entropyCoefficient" must be .*, not NaN$/],
    ["infinite", { entropyCoefficient: Infinity }, /option "entropyCoefficient" must be .*, not Infinity$/],
    ["no choice", { activation: "gelu" }, /option "activation" must be one of "tanh", "relu", not "gelu"$/],
    ["no null", { totalSteps: 0 }, /option "totalSteps" must be a whole number of at least 1, or null, not 0$/],
    [
      "within a list",
      { hidden: [64, 0] },
      /option "hidden" must be a list of .* 1 to 1024, .* \[64, 64\], not \[64, 0\]$/,
    ],
    ["a seed below 0", { seed: -1 }, /option "seed" must be a whole number of at least 0, not -1$/],
    ["two at once", { gamma: 2, seed: "x" }, /option "(gamma|seed)" must be .*; option "(gamma|seed)" must be/],
  ])("%s", (_, wrong, message) => {
    const resolve = (): unknown => resolveOptions(name, { env, ...wrong });
    expect(resolve).toThrow(InputError);
    expect(resolve).toThrow(message);
  });

  test("an environment is needed", () => {
    expect(() => resolveOptions(name, {})).toThrow(/option "env" is missing/);
    expect(() => resolveOptions(name, { env: 5 })).toThrow(/option "env": an environment is/);
  });
});

describe("options of other libraries are told by their names here", () => {
  test.each([
    ["totalTimesteps", 'it is "totalSteps"'],
    ["n_steps", 'it is "rollout"'],
    ["num_envs", 'it is "envs"'],
    ["entCoef", 'it is "entropyCoefficient"'],
    ["clip_range", 'it is "clip"'],
    ["gae_lambda", 'it is "lambda"'],
    ["batchSize", 'give the number of batches, "minibatches": "rollout" × "envs" / batch size. 8 × 256 steps in batches of 64 are 32'], // prettier-ignore
    ["vf_coef", 'it is "valueCoefficient", the weight of ½(V − R̂)². Stable-Baselines3'],
    ["anneal_lr", 'it is "learningRateSchedule": linear, or constant'],
    ["policy_kwargs", 'its parts are options: "hidden", "activation"'],
    ["callback", 'give "onUpdate"'],
  ])("%s", (name, message) => {
    expect(() => resolveOptions("ppo", { env, [name]: 1 })).toThrow(`ppo: unknown option "${name}": ${message}`);
  });

  test("as flags where they are flags", () => {
    const wrong = (flag: string): string => describeUnknown(algorithms.ppo, camelCase(flag), { flag: `--${flag}` }, []);
    expect(wrong("batch-size")).toContain('unknown option "--batch-size": give the number of batches, --minibatches: --rollout × --envs'); // prettier-ignore
    expect(wrong("vf-coef")).toContain("it is --value-coefficient");
  });

  test("and what is named there is an option of polgrad", () => {
    const known = new Set(
      Object.values(algorithms).flatMap((each: Algorithm) => Object.keys(optionsSchema(each).shape)),
    );
    for (const [option, others] of Object.entries(sameOptions)) {
      expect(known).toContain(option);
      for (const other of others) expect(known).not.toContain(other);
    }
  });

  test("where the algorithm has no such option, that is told", () => {
    expect(() => resolveOptions("reinforce", { env, nEpochs: 3 })).toThrow('unknown option "nEpochs".');
  });
});

test("an unknown algorithm gets the nearest name", () => {
  expect(() => algorithmNamed("poo")).toThrow(/unknown algorithm "poo".*ppo/s);
  expect(() => algorithmNamed("toString")).toThrow(InputError);
  expect(algorithmNamed("a2c")).toBe("a2c");
});

test("an algorithm of one's own takes the options of every run, or of a run without an environment", () => {
  const ppo: Algorithm = algorithms.ppo;
  const own: Algorithm = { ...ppo, name: "own", presets: { [env]: { gamma: 0.5 } } };
  expect(resolveOptions(own, { env })).toMatchObject({ gamma: 0.5, envs: 8, clip: 0.2 });
  expect(() => resolveOptions(own, { env, gama: 1 })).toThrow(/^own: unknown option "gama". Did you mean "gamma"/);

  const reader: Algorithm = { ...own, name: "reader", environments: 0 };
  const options = resolveOptions(reader, {});
  expect(options).toMatchObject({ totalSteps: 100_000, totalEpisodes: null, seed: 1 });
  expect(Object.keys(options).filter((name) => name.startsWith("env"))).toEqual([]);
  expect(resolveOptions(reader, { ...options, env: null })).toEqual(options);
  expect(() => resolveOptions(reader, { env })).toThrow(/^reader: unknown option "env"/);
  expect(() => resolveOptions(reader, { totalEpisodes: 5 })).toThrow(/"totalEpisodes" must be null, not 5$/);
});

test("a message names each option as it was given", () => {
  const originOf = (name: string) => (name === "gamma" ? { flag: "--gamma" } : { file: "c.json" });
  const wrong = { env, gamma: 2, activation: "gelu", clip: 0.1 };
  expect(() => resolveOptions("a2c", wrong, { originOf })).toThrow(
    new InputError(
      "--gamma must be a number from 0 to 1, not 2\n" +
        '"activation" in c.json must be one of "tanh", "relu", not "gelu"\n' +
        '"clip" in c.json is an option of ppo only, not of a2c',
    ),
  );
  const flag = { originOf: () => ({ flag: "--envs" }) };
  expect(() => resolveOptions("reinforce", { env, envs: 2 }, flag)).toThrow(
    "reinforce: --envs is 2, but it learns from one environment's episodes: use 1",
  );
});

test("an option of another algorithm is told as such", () => {
  expect(() => resolveOptions("a2c", { env, memory: "gru" })).toThrow(
    /^a2c: "memory" is an option of ppo only, not of a2c$/,
  );
});

test("no help promises what an algorithm cannot keep", () => {
  const help = (name: "ppo" | "a3c" | "trpo", option: string) => optionsSchema(name).shape[option].description;
  expect(help("ppo", "strict")).toMatch(/^the same bits on every machine/);
  expect(help("a3c", "strict")).toMatch(/only a run of 1 worker comes to the same bits again/);
  expect(help("ppo", "sharedTrunk")).toMatch(/^one trunk/);
  expect(Object.keys(optionsSchema("trpo").shape)).not.toContain("sharedTrunk");
});

test("without any options the environment is asked for", async () => {
  const bare = trainPpo as unknown as () => Promise<unknown>;
  await expect(bare()).rejects.toThrow(new InputError('ppo: option "env" is missing: name an environment'));
});

test("REINFORCE takes one environment, and says so", async () => {
  await expect(createTraining("reinforce", { env, envs: 2 })).rejects.toThrow(/option "envs" is 2.*use 1/s);
});

test.each(["ppo", "a3c"])("%s with workers: an unknown environment is told as such", async (name) => {
  const failure = createTraining(name, { env: "CartPol-v1", workers: 2 });
  await expect(failure).rejects.toThrow(/^unknown environment "CartPol-v1". Did you mean "CartPole-v1"/);
});

test.each([
  ["an unknown environment", { env: "CartPole-v9" }, /CartPole-v1/],
  ["an unknown option of the environment", { env, envOptions: { size: 3 } }, /size/],
])("%s is an InputError", async (_, options, message) => {
  const error = await createTraining("ppo", options).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(message);
});

test("what messages know of other algorithms is what these have", () => {
  const has = Object.values(algorithms).map(({ name, options }) => [name, Object.keys(options.shape).sort()]);
  const told = Object.entries(optionNames).map(([name, names]) => [name, names.split(" ").sort()]);
  expect(told).toEqual(has);
  const trainers = Object.values<Algorithm>(algorithms).filter((one) => "trainsMemory" in one && one.trainsMemory);
  expect(
    trainers.map(({ name }) => name),
    "as a message of training.ts says",
  ).toEqual(["ppo"]);
});
