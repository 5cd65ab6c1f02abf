import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { algorithms, type Algorithm } from "../../src/algorithms/index.ts";
import { addFlags, mergeOptions, optionFields, readConfigFile } from "../../src/cli/options.ts";
import { InputError } from "../../src/errors.ts";
import { describedAlgorithm, descriptions } from "../../src/language/algorithms/descriptions.ts";
import * as option from "../../src/learning/options.ts";
import { optionsSchema, resolveOptions } from "../../src/training/index.ts";
import { alternatives } from "../../src/training/option-values.ts";

const algorithm: Algorithm = {
  name: "fake",
  title: "Fake",
  summary: "a fake",
  options: option.schema({
    targetKl: { anyOf: [{ type: "number" }, { type: "null" }], default: null, description: "KL" },
    learningRate: option.positive(3e-4, "step size"),
    gamma: option.fraction(0.99, "discount"),
    hidden: { type: "array", items: { type: "integer", minimum: 1 }, default: [64, 64], description: "layers" },
    baseline: option.choice(["none", "learned"], "none", "baseline"),
    normalize: option.flag(false, "normalize"),
  }),
  environments: 4,
  presets: { "CartPole-v1": { learningRate: 0.0025, gamma: 0.99 } },
  metrics: [],
  check({ gamma, learningRate }) {
    if ((gamma as number) < (learningRate as number))
      throw new InputError('option "gamma" is below option "learningRate": that is no discount');
  },
  create: () => {
    throw new Error("not called");
  },
};
const fields = optionFields(optionsSchema(algorithm));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-options-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** What commander makes of some arguments. */
function parse(...argv: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addFlags(command, fields, algorithm.presets);
  return { flags: command.parse(argv, { from: "user" }).opts(), help: command.helpInformation() };
}

function problem(argv: string[], file: Record<string, unknown> | null = null): string {
  const { values, originOf } = mergeOptions(fields, file && { path: "c.json", values: file }, parse(...argv).flags);
  try {
    resolveOptions(algorithm, { ...values, env: "CartPole-v1" }, { originOf });
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
}

test("every option that JSON can hold has a flag, but for the environment", () => {
  const flags = fields.map(({ flag }) => flag);
  expect(flags.slice(0, 5)).toEqual(["env-options", "max-episode-steps", "seed", "steps", "episodes"]);
  expect(flags.slice(-3)).toEqual(["hidden", "baseline", "normalize"]);
  expect(flags).not.toContain("env");
});

test("help tells meaning, range, default, and where a preset differs", () => {
  const help = parse().help.replace(/\s+/g, " ");
  expect(help).toContain("--learning-rate <number> step size (above 0) [default 0.0003; CartPole-v1 0.0025]");
  expect(help).toContain("--gamma <number> discount (0 to 1) [default 0.99]");
  expect(help).toContain("--hidden <integer,…> layers [default 64,64]");
  expect(help).toMatch(/--steps <integer\|none> ends the run [^[]* \(at least 1\) \[default 100000\]/);
  expect(help).toContain("--target-kl <number|none> KL [default none]");
});

test("flags win over the file; what is not given is left to presets and defaults", () => {
  const file = { path: "c.json", values: { gamma: 0.5, hidden: [8], normalize: true } };
  const { flags } = parse("--gamma", "0.9", "--steps", "1e4", "--no-normalize", "--baseline=learned");
  expect(mergeOptions(fields, file, flags).values).toEqual({
    gamma: 0.9,
    hidden: [8],
    totalSteps: 10_000,
    normalize: false,
    baseline: "learned",
  });
  expect(mergeOptions(fields, null, parse().flags).values).toEqual({});
  expect(mergeOptions(fields, null, parse("--normalize").flags).values).toEqual({ normalize: true });
});

describe("flags of other libraries", () => {
  test("that mean the same are understood, and not in the help", () => {
    const { flags, help } = parse("--total-timesteps", "500", "--lr=0.01", "--n-envs", "2");
    expect(mergeOptions(fields, null, flags).values).toEqual({ totalSteps: 500, learningRate: 0.01, envs: 2 });
    expect(help).not.toContain("--lr");
  });

  test("are named in messages as they were given; one option is given once", () => {
    expect(problem(["--lr", "0"])).toBe("--lr must be a number above 0, not 0");
    expect(() => problem(["--lr", "1", "--learning-rate", "1"])).toThrow(
      "--learning-rate and --lr are one option: leave one of them out",
    );
  });
});

describe("a wrong value is told with the flag or key, and what may be given", () => {
  test.each<[string[], string]>([
    [["--gamma", "3"], "--gamma must be a number from 0 to 1, not 3"],
    [["--gamma", "x"], '--gamma must be a number from 0 to 1, not "x"'],
    [["--learning-rate", "0"], "--learning-rate must be a number above 0, not 0"],
    [["--steps", "1.5"], "--steps must be a whole number of at least 1, or none, not 1.5"],
    [["--hidden", "64,0"], "--hidden must be a list of whole numbers of at least 1, such as 64,64, not 64,0"],
    [["--baseline", "lerned"], '--baseline must be one of none, learned, not "lerned"'],
    [["--gamma", "0.1", "--learning-rate", "0.5"], "fake: --gamma is below --learning-rate: that is no discount"],
  ])("%j", (argv, message) => expect(problem(argv)).toBe(message));

  test("in the file", () => {
    expect(problem([], { gamma: "0.9" })).toBe('"gamma" in c.json must be a number from 0 to 1, not "0.9"');
    expect(problem([], { normalize: 1 })).toBe('"normalize" in c.json must be true or false, not 1');
    expect(
      problem([], { hidden: [0], targetKl: "none" })
        .split("\n")
        .sort(),
    ).toEqual([
      '"hidden" in c.json must be a list of whole numbers of at least 1, such as [64, 64], not [0]',
      '"targetKl" in c.json must be a number, or null, not "none"',
    ]);
  });

  test.each(["{hideVelocity:true}", "hideVelocity=true", "{", "3"])("%s is no JSON object", (text) => {
    expect(problem(["--env-options", text])).toBe(
      `--env-options is not a JSON object: ${text}\n` +
        `For example: --env-options '{"maxEpisodeSteps": 200, "frameStack": 4}'`,
    );
    expect(problem(["--env-options", '{"hideVelocity":true}'])).toBe("");
  });

  test.each([
    ["gama", 'unknown option "gama" in c.json. Did you mean "gamma"?'],
    ["learning_rate", 'unknown option "learning_rate" in c.json. Did you mean "learningRate"?'],
    ["xyzzy", 'unknown option "xyzzy" in c.json.'],
    ["clip", '"clip" in c.json is an option of ppo only, not of fake'],
    ["rollout", '"rollout" in c.json is an option of a2c and a3c and ppo and trpo only, not of fake'],
  ])("a key that is no option: %s", (key, message) => expect(problem([], { [key]: 1 })).toBe(message));

  test("a flag's value takes the place of a wrong one in the file", () => {
    expect(problem(["--gamma", "0.9"], { gamma: 3 })).toBe("");
    expect(problem(["--gamma", "2"], { gamma: 3, gama: 1 }).split("\n").sort()).toEqual([
      "--gamma must be a number from 0 to 1, not 2",
      'unknown option "gama" in c.json. Did you mean "gamma"?',
    ]);
  });

  test("several at once, a line each", () => {
    expect(problem(["--gamma", "3", "--learning-rate", "x"]).split("\n")).toHaveLength(2);
  });

  test("none where all is right", () => expect(problem(["--gamma", "1", "--hidden", "32"])).toBe(""));
});

describe("readConfigFile", () => {
  const read = (text: string) => {
    writeFileSync(join(folder, "c.json"), text);
    return readConfigFile("c.json", folder);
  };
  test("reads options, the environment too", () => {
    expect(read('\uFEFF{"gamma": 0.5, "env": "CartPole-v1"}').values).toEqual({ gamma: 0.5, env: "CartPole-v1" });
  });
  test.each([
    ['{"gamma": 0.5', "c.json is not JSON: it ends too early"],
    ['{"gamma": oops}', "c.json is not JSON: Unexpected token 'o' at line 1, column 11"],
    ["[1]", "c.json must hold a JSON object of options"],
  ])("%s", (text, message) => {
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(message);
  });
  test("missing, or a folder", () => {
    expect(() => readConfigFile("no.json", folder)).toThrow("cannot read no.json: there is no such file");
    expect(() => readConfigFile(".", folder)).toThrow("it is a folder");
  });
});

test("an option whose names are too many for its placeholder lists them in its text", () => {
  const all = [...Object.values<Algorithm>(algorithms), ...Object.keys(descriptions).map((name) => describedAlgorithm(name)!)]; // prettier-ignore
  const nameless = all.flatMap((one) => {
    const ofOne = optionFields(optionsSchema(one));
    const command = new Command();
    addFlags(command, ofOne, {});
    return ofOne.flatMap(({ flag, schema }) => {
      const { flags, description } = command.options.find(({ long }) => long === `--${flag}`)!;
      return flags.endsWith("<name>") ? [{ flag: `${one.name} --${flag}`, description, names: alternatives(schema).flatMap((of) => of.enum ?? []) }] : []; // prettier-ignore
    });
  });
  expect(nameless.map(({ flag }) => flag)).toContain("rlhf --kl-penalty");
  for (const { flag, description, names } of nameless) {
    const [text] = description.split(" ["); // without the default
    for (const name of names) expect(text, flag).toMatch(new RegExp(`\\b${String(name)}\\b`));
  }
});
