import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { addFlags, checkOptions, mergeOptions, optionFields, readConfigFile } from "../../src/cli/options.ts";
import { InputError } from "../../src/errors.ts";

const schema = z
  .strictObject({
    env: z.any(),
    totalSteps: z
      .number()
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe("steps")
      .meta({ flag: "steps", otherwise: 5000 }),
    targetKl: z.number().nullable().default(null).describe("KL"),
    learningRate: z.number().positive().default(3e-4).describe("step size"),
    gamma: z.number().min(0).max(1).default(0.99).describe("discount"),
    hidden: z.array(z.number().int().min(1)).default([64, 64]).describe("layers"),
    baseline: z.enum(["none", "learned"]).default("none").describe("baseline"),
    normalize: z.boolean().default(false).describe("normalize"),
    envOptions: z.record(z.string(), z.unknown()).default({}).describe("of the environment"),
    onUpdate: z.custom<() => void>(() => true).optional(),
  })
  .refine(({ gamma, learningRate }) => gamma >= learningRate, { path: ["gamma"], message: "is below the step size" });
const fields = optionFields(schema);

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-options-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** What commander makes of some arguments. */
function parse(...argv: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addFlags(command, fields, { "CartPole-v1": { learningRate: 0.0025, gamma: 0.99 } });
  return { flags: command.parse(argv, { from: "user" }).opts(), help: command.helpInformation() };
}

function problem(argv: string[], file: Record<string, unknown> | null = null): string {
  const merged = mergeOptions(fields, file && { path: "c.json", values: file }, parse(...argv).flags);
  merged.values.env = "CartPole-v1";
  try {
    checkOptions(schema, fields, merged);
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
}

test("every option that JSON can hold has a flag, but for the environment", () => {
  expect(fields.map(({ flag }) => flag)).toEqual([
    "steps",
    "target-kl",
    "learning-rate",
    "gamma",
    "hidden",
    "baseline",
    "normalize",
    "env-options",
  ]);
});

test("help tells meaning, range, default, and where a preset differs", () => {
  const help = parse().help.replace(/\s+/g, " ");
  expect(help).toContain("--learning-rate <number> step size (above 0) [default 0.0003; CartPole-v1 0.0025]");
  expect(help).toContain("--gamma <number> discount (0 to 1) [default 0.99]");
  expect(help).toContain("--hidden <integer,…> layers [default 64,64]");
  expect(help).toContain("--steps <integer|none> steps (at least 1) [default 5000]");
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

describe("a wrong value is told with the flag or key, and what may be given", () => {
  test.each<[string[], string]>([
    [["--gamma", "3"], "--gamma must be a number from 0 to 1, not 3"],
    [["--gamma", "x"], '--gamma must be a number from 0 to 1, not "x"'],
    [["--learning-rate", "0"], "--learning-rate must be a number above 0, not 0"],
    [["--steps", "1.5"], "--steps must be a whole number of at least 1, or none, not 1.5"],
    [["--hidden", "64,0"], "--hidden must be a list of whole numbers of at least 1, such as 64,64, not 64,0"],
    [["--baseline", "lerned"], '--baseline must be one of none, learned, not "lerned"'],
    [["--gamma", "0.1", "--learning-rate", "0.5"], "--gamma: is below the step size"],
  ])("%j", (argv, message) => expect(problem(argv)).toBe(message));

  test("in the file", () => {
    expect(problem([], { gamma: "0.9" })).toBe('"gamma" in c.json must be a number from 0 to 1, not "0.9"');
    expect(problem([], { normalize: 1 })).toBe('"normalize" in c.json must be true or false, not 1');
  });

  test.each(["{hideVelocity:true}", "hideVelocity=true", "{", "3"])("%s is no JSON object", (text) => {
    expect(problem(["--env-options", text])).toBe(
      `--env-options is not a JSON object: ${text}\n` +
        `For example: --env-options '{"maxEpisodeSteps": 200, "frameStack": 4}'`,
    );
    expect(problem(["--env-options", '{"hideVelocity":true}'])).toBe("");
  });

  test("several at once, a line each", () => {
    expect(problem(["--gamma", "3", "--learning-rate", "x"]).split("\n")).toHaveLength(2);
  });

  test("none where all is right", () => expect(problem(["--gamma", "1", "--hidden", "32"])).toBe(""));
});

describe("readConfigFile", () => {
  const read = (text: string) => {
    writeFileSync(join(folder, "c.json"), text);
    return readConfigFile("c.json", folder, fields);
  };
  test("reads options, the environment too", () => {
    expect(read('\uFEFF{"gamma": 0.5, "env": "CartPole-v1"}').values).toEqual({ gamma: 0.5, env: "CartPole-v1" });
  });
  test.each([
    ['{"gamma": 0.5', "c.json is not JSON: it ends too early"],
    ['{"gamma": oops}', "c.json is not JSON: Unexpected token 'o' at line 1, column 11"],
    ["[1]", "c.json must hold a JSON object of options"],
    ['{"gama": 1}', 'c.json has an unknown option "gama"; did you mean gamma?'],
    ['{"learning_rate": 1}', 'c.json has an unknown option "learning_rate"; did you mean learningRate?'],
    ['{"xyzzy": 1}', 'c.json has an unknown option "xyzzy"'],
  ])("%s", (text, message) => {
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(message);
  });
  test("options of another algorithm are told as such, and all that is wrong at once", () => {
    writeFileSync(join(folder, "c.json"), '{"clipRange": 0.2, "gama": 1}');
    const owners = (name: string) => (name === "clipRange" ? ["ppo", "ppg"] : []);
    expect(() => readConfigFile("c.json", folder, fields, owners)).toThrow(
      'c.json has "clipRange", which is an option of ppo and ppg only\nc.json has an unknown option "gama"; did you mean',
    );
  });
  test("missing, or a folder", () => {
    expect(() => readConfigFile("no.json", folder, fields)).toThrow(
      "cannot read the configuration no.json: there is no such file",
    );
    expect(() => readConfigFile(".", folder, fields)).toThrow("it is a folder");
  });
});
