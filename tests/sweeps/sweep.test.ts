import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { parseSweep, settingIds, valueOf, type SweepInput } from "../../src/sweeps/sweep.ts";
import { resolveOptions } from "../../src/training/index.ts";

const base = { algorithm: "ppo", env: "CartPole-v1" } as const;
const sweep = (changes: Partial<SweepInput> = {}) => parseSweep({ ...base, ...changes }, "s.json");
const grid = (options: Record<string, unknown>) => sweep({ options });
const names = (changes: Partial<SweepInput>) => sweep(changes).settings.map(({ name }) => name);

function problem(value: unknown, where = "s.json"): string {
  try {
    parseSweep(value, where);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

test("what is left out has a default, and options are the preset's and the algorithm's", () => {
  const { settings, ...rest } = sweep();
  expect(rest).toEqual({
    name: "ppo-CartPole-v1",
    varies: [],
    seeds: [1, 2, 3, 4, 5],
    episodes: 100,
    deterministic: true,
  });
  const { env, seed, ...options } = resolveOptions("ppo", { env: "CartPole-v1" });
  expect(env).toBe("CartPole-v1");
  expect(seed).toBe(1);
  expect(settings).toEqual([{ name: "ppo", algorithm: "ppo", env: "CartPole-v1", options }]);
});

describe("a grid", () => {
  test("is the product, in which what is written last varies fastest", () => {
    const { settings, varies, name } = grid({
      learningRate: [0.001, 0.0003],
      totalSteps: 20000,
      clip: [0.1, 0.2, 0.3],
    });
    expect(settings.map((one) => one.name)).toEqual([
      "learningRate 0.001, clip 0.1",
      "learningRate 0.001, clip 0.2",
      "learningRate 0.001, clip 0.3",
      "learningRate 0.0003, clip 0.1",
      "learningRate 0.0003, clip 0.2",
      "learningRate 0.0003, clip 0.3",
    ]);
    expect(settings.map(({ options }) => [options.learningRate, options.clip, options.totalSteps])).toEqual([
      [0.001, 0.1, 20000],
      [0.001, 0.2, 20000],
      [0.001, 0.3, 20000],
      [0.0003, 0.1, 20000],
      [0.0003, 0.2, 20000],
      [0.0003, 0.3, 20000],
    ]);
    expect(varies).toEqual(["learningRate", "clip"]);
    expect(name).toBe("ppo-CartPole-v1-learning-rate-clip");
  });

  test("algorithms and environments come first, and are in the names where they vary", () => {
    const both = { algorithm: ["ppo", "a2c"], env: ["CartPole-v1", "Acrobot-v1"] };
    expect(names(both)).toEqual(["ppo on CartPole-v1", "ppo on Acrobot-v1", "a2c on CartPole-v1", "a2c on Acrobot-v1"]);
    expect(names({ env: ["CartPole-v1", "Acrobot-v1"], options: { gamma: [0.9, 1] } })[3]).toBe("Acrobot-v1, gamma 1");
    expect(sweep(both).varies).toEqual(["algorithm", "env"]);
  });

  test.each<[unknown, string[], unknown[]]>([
    [[64, 64], ["ppo"], [[64, 64]]],
    [[[64, 64]], ["ppo"], [[64, 64]]],
    [
      [[64, 64], [32]],
      ["hidden 64,64", "hidden 32"],
      [[64, 64], [32]],
    ],
    [
      [[64, 64], []],
      ["hidden 64,64", "hidden none"],
      [[64, 64], []],
    ],
    [[], ["ppo"], [[]]],
  ])("of an option that is a list, %j is %j", (hidden, expected, values) => {
    const { settings } = grid({ hidden });
    expect(settings.map(({ name }) => name)).toEqual(expected);
    expect(settings.map(({ options }) => options.hidden)).toEqual(values);
  });

  test("takes objects, answers and null as values", () => {
    expect(names({ options: { envOptions: [{}, { hideVelocity: true }] } })).toEqual([
      "envOptions {}",
      'envOptions {"hideVelocity":true}',
    ]);
    expect(names({ options: { sharedTrunk: [true, false], totalSteps: [1000], totalEpisodes: [null, 5] } })).toEqual([
      "sharedTrunk true, totalEpisodes none",
      "sharedTrunk true, totalEpisodes 5",
      "sharedTrunk false, totalEpisodes none",
      "sharedTrunk false, totalEpisodes 5",
    ]);
  });
});

describe("a list of settings", () => {
  const options = { totalSteps: 5000, hidden: [32, 32] };
  const settings = [{ name: "plain" }, { options: { learningRate: 0.003 } }, { algorithm: "a2c", options: { hidden: [16] } }]; // prettier-ignore

  test("shares what stands above it, and is named after what each has of its own", () => {
    const parsed = sweep({ options, settings });
    expect(parsed.settings.map((one) => [one.name, one.algorithm, one.options.hidden, one.options.totalSteps])).toEqual(
      [
        ["plain", "ppo", [32, 32], 5000],
        ["learningRate 0.003", "ppo", [32, 32], 5000],
        ["a2c, hidden 16", "a2c", [16], 5000],
      ],
    );
    expect(parsed.varies).toEqual(["algorithm", "learningRate", "hidden"]);
    expect(parsed.settings.map((one) => valueOf(one, "learningRate"))[1]).toBe(0.003);
    expect(parsed.name).toBe("ppo+a2c-CartPole-v1");
  });

  test("what varies may be chosen", () => {
    expect(sweep({ options, settings, varies: ["hidden"] }).varies).toEqual(["hidden"]);
  });
});

test("what a sweep came to is a sweep again, and the same", () => {
  for (const parsed of [
    grid({ learningRate: [0.001, 0.0003], hidden: [[8], [8, 8]] }),
    sweep({ seeds: "3-5,9", settings: [{ algorithm: "a2c" }, {}], episodes: 7, deterministic: false, name: "mine" }),
  ])
    expect(parseSweep(JSON.parse(JSON.stringify(parsed)), "again")).toEqual(parsed);
  expect(sweep({ seeds: "3-5,9" }).seeds).toEqual([3, 4, 5, 9]);
});

describe("folders are named after settings", () => {
  test("as far as file systems take it", () => {
    const { settings } = grid({ learningRate: [1e-7, 0.5], envOptions: [{}, { hideVelocity: true }] });
    expect(settingIds(settings)).toEqual([
      "learningRate-1e-7-envOptions",
      "learningRate-1e-7-envOptions-hideVelocity-true",
      "learningRate-0.5-envOptions",
      "learningRate-0.5-envOptions-hideVelocity-true",
    ]);
  });

  test("with digits where two would be the same, or one too long, whatever else there is", () => {
    const twins = sweep({ settings: [{ name: "a b" }, { name: "A-b" }, { name: "c" }, { name: "d".repeat(150) }] });
    const ids = settingIds(twins.settings);
    expect(ids[0]).toMatch(/^a-b-[0-9a-f]{8}$/);
    expect(ids[1]).toMatch(/^A-b-[0-9a-f]{8}$/);
    expect(ids[0].slice(-8)).not.toBe(ids[1].slice(-8));
    expect(ids[2]).toBe("c");
    expect(ids[3]).toMatch(/^d{100}-[0-9a-f]{8}$/);
    expect(settingIds(twins.settings.slice(2))).toEqual(ids.slice(2));
  });
});

describe("what is wrong is told, with where", () => {
  test.each<[unknown, string]>([
    [[], "s.json is not a sweep: Invalid input: expected object, received array"],
    [{ env: "CartPole-v1" }, 's.json cannot run: "algorithm" is missing'],
    [{ algorithm: "ppo" }, 's.json cannot run: "env" is missing'],
    [{ ...base, env: 3 }, '"env": must be an environment, or a list of them'],
    [{ ...base, algorithm: [] }, '"algorithm": Too small: expected array to have >=1 items'],
    [{ ...base, seed: [1] }, 'unknown "seed". Did you mean "seeds"?'],
    [{ ...base, settings: [{ option: {} }] }, 'unknown "option" in settings[0]. Did you mean "options"?'],
    [{ ...base, seeds: [1, 1] }, '"seeds": a seed occurs twice'],
    [{ ...base, seeds: 5 }, '"seeds": must be a list of whole numbers, each once, or as "1-5"'],
    [{ ...base, seeds: "5-1" }, '"5-1" is not a seed, nor a range of seeds such as 1-5'],
    [{ ...base, name: "a/b" }, '"name": may have letters'],
    [{ ...base, options: { seed: 3 } }, '"seed" is inside "options", but belongs beside them, as "seeds"'],
    [{ ...base, options: { clip: [] } }, '"clip" is an empty list of values'],
    [{ ...base, options: { clip: [0.1, 0.2, 0.1] } }, '"clip" has 0.1 twice'],
    [{ ...base, options: { clip: "0.1" } }, '"clip" in s.json must be a number of at least 0, not "0.1"'],
    [{ ...base, settings: [{ name: "a" }, { name: "a" }] }, 'settings[0] and settings[1] are both "a"'],
    [{ ...base, algorithm: ["ppo", "a2c"], settings: [{}] }, '"algorithm" is a list: with "settings", there is one'],
    [{ settings: [{ algorithm: "ppo" }] }, 'settings[0] has no "env", and neither has the sweep'],
    [
      { ...base, settings: [{ options: { hidden: [[8], [9]] } }] },
      '"hidden" in s.json must be a list of whole numbers',
    ],
    [{ ...base, algorithm: "sft" }, 'unknown algorithm "sft"'],
    [{ ...base, varies: ["clup"] }, '"varies" names "clup", which no setting has'],
    [
      { ...base, options: { gamma: Array.from({ length: 50 }, (_, i) => i / 100), clip: Array.from({ length: 50 }, (_, i) => i / 100) } }, // prettier-ignore
      "the grid has 2500 settings, and at most 2000 are possible",
    ],
  ])("%#", (value, message) => expect(problem(value)).toContain(message));

  test("all at once, each once", () => {
    const wrong = {
      algorithm: ["ppo", "a3cc"],
      env: ["CartPole-v1", "Cartpol"],
      options: { learningRate: [0.001, -1, "x"], lr: 3, hidden: [[64, 64], [64, 0]], gamma: [] }, // prettier-ignore
      seed: 5,
    };
    const lines = problem(wrong).split("\n");
    expect(lines[0]).toBe("s.json cannot run:");
    expect(
      lines
        .slice(1)
        .map((line) => line.slice(0, 60))
        .sort(),
    ).toEqual(
      [
        '- unknown "seed". Did you mean "seeds"?',
        '- "gamma" is an empty list of values',
        '- unknown algorithm "a3cc". Did you mean "a3c" or "a2c"? There are',
        '- unknown environment "Cartpol". Did you mean "CartPole-v1"? T',
        '- unknown option "lr" in s.json: it is "learningRate"',
        '- "learningRate" in s.json must be a number above 0, not -1',
        '- "learningRate" in s.json must be a number above 0, not "x"',
        '- "hidden" in s.json must be a list of whole numbers from 1 to',
      ]
        .map((line) => line.slice(0, 60))
        .sort(),
    );
  });

  test("in the words of the flags that were typed", () => {
    const typed = { ...base, options: { learningRate: [1, -1] } };
    const originOf = (name: string) => (name === "learningRate" ? { flag: "--learning-rate" } : undefined);
    expect(() => parseSweep(typed, "the sweep", { originOf })).toThrow(
      "the sweep cannot run: --learning-rate must be a number above 0, not -1",
    );
  });
});

test("paths of environments are resolved, and what is wrong with one is told with the rest", () => {
  const envOf = (text: string) => {
    if (text === "./no.js") throw new InputError("there is no file ./no.js");
    return text.startsWith("./") ? { module: `file:///x/${text.slice(2)}` } : text;
  };
  const parsed = parseSweep({ ...base, env: ["CartPole-v1", "./my.js"] }, "s.json", { envOf });
  expect(parsed.settings.map(({ env, name }) => [env, name])).toEqual([
    ["CartPole-v1", "CartPole-v1"],
    [{ module: "file:///x/my.js" }, "my.js"],
  ]);
  expect(parsed.name).toBe("ppo-CartPole-v1+my");
  expect(() => parseSweep({ ...base, env: "./no.js", options: { clip: -1 } }, "s.json", { envOf })).toThrow(
    /^s\.json cannot run:\n- there is no file \.\/no\.js\n- "clip" in s\.json must be/,
  );
});
