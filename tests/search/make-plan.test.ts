import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { makePlan, type SearchInput } from "../../src/search/make-plan.ts";

const ppo = (options: SearchInput["options"], more: Partial<SearchInput> = {}) =>
  makePlan({ algorithm: "ppo", env: "CartPole-v1", options, ...more });

/** What is said of a search that cannot be. */
async function problem(options: SearchInput["options"], more: Partial<SearchInput> = {}): Promise<string> {
  const error = await ppo(options, more).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
}

test("what is given is fixed, narrowed, or listed; the rest is looked for in ranges of its own, from what is usual on", async () => {
  const { ranges, fixed, usual } = await ppo({
    totalSteps: 20_000,
    gamma: 0.97,
    clip: [0.2],
    learningRate: "1e-4..1e-3",
    lambda: { low: 0.9, high: 0.99 },
    hidden: [[32], [64, 64]],
    epochs: [20, 5],
    desiredKl: "1..8",
    minibatches: "1..1_000",
  });
  expect(ranges).toMatchObject({
    learningRate: { low: 1e-4, high: 1e-3, scale: "logarithmic" },
    lambda: { low: 0.9, high: 0.99, scale: "nearOne" }, // the option's own scale
    hidden: { values: [[32], [64, 64]] },
    epochs: { values: [5, 20] },
    desiredKl: { low: 1, high: 8, scale: "linear" }, // no range of its own, and less than a factor of ten
    minibatches: { low: 1, high: 1000, scale: "logarithmic", whole: true },
    entropyCoefficient: { low: 1e-5, high: 0.1, scale: "logarithmic" },
    // An update of 8 environments must fit three times into a ninth of 20,000 steps.
    rollout: { values: [16, 32, 64] },
  });
  expect(Object.keys(ranges)).not.toEqual(expect.arrayContaining(["gamma", "clip", "gaussian"]));
  expect(fixed).toMatchObject({ gamma: 0.97, clip: 0.2, totalSteps: 20_000, gaussian: "scaled" });
  // CartPole-v1's preset
  expect(usual).toMatchObject({ entropyCoefficient: 0.01, minibatches: 8, learningRate: 0.001 });
});

test("only some options", async () => {
  const { ranges, fixed } = await ppo({ clip: "0.1..0.3" }, { only: ["gamma"] });
  expect(Object.keys(ranges).sort()).toEqual(["clip", "gamma"]);
  expect(fixed).toMatchObject({ learningRate: 0.001 });
  expect(await problem({}, { only: ["gama"] })).toContain('there is no option "gama". Did you mean "gamma"?');
  expect(await problem({}, { only: ["adamEpsilon"] })).toContain(
    '"adamEpsilon" has no range of its own here: give it one',
  );
});

describe("what is wrong is told at once", () => {
  test("ranges", async () => {
    const told = await problem({
      learningRate: "1e-2..1e-4",
      gamma: "0.9..1.5",
      clip: "small..large",
      lambda: "0.9..0.9",
      hidden: [],
      epochs: [3, 3],
      totalSteps: "1000..2000",
      entropyCoefficient: { low: 0, high: 1, scale: "logarithmic" },
      valueCoefficient: { low: 1, high: 2, scale: "log" },
    });
    expect(told.split("\n- ").slice(1)).toEqual([
      '"learningRate" is a range upside down: 0.0001..0.01 would be right',
      '"clip" must be a range of two numbers, as 1e-4..1e-2, not "small..large"',
      '"lambda" is a range from 0.9 to itself: give the value alone',
      '"epochs" has a value twice',
      '"totalSteps" must be one value: trials are compared by the same',
      '"entropyCoefficient" cannot be logarithmic from 0 on: begin above 0',
      '"valueCoefficient" has the scale "log": there are linear, logarithmic, nearOne',
      'option "gamma" must be a number from 0 to 1, not 1.5',
    ]);
  });

  test("names and values", async () => {
    expect(await problem({ lerningRate: "1..2" })).toContain(
      'unknown option "lerningRate". Did you mean "learningRate"?',
    );
    expect(await problem({ maxKl: 0.1 })).toContain('"maxKl" is an option of trpo only, not of ppo');
    expect(await problem({ gamma: 2 })).toContain('option "gamma" must be a number from 0 to 1, not 2');
    expect(await problem({ activation: ["tanh", "sine"] })).toContain('one of "tanh", "relu", not "sine"');
    expect(await problem({ seed: 3 })).toContain('"seed" is no option that a search may have: give "seeds"');
    expect(await problem({}, { seeds: [] })).toContain("there are no seeds");
    expect(await problem({}, { rungs: 0 })).toContain("the number of rungs must be from 1 to 8, not 0");
    const all = { gamma: 0.9, ...Object.fromEntries(Object.entries((await ppo({})).usual)) };
    expect(await problem(all)).toContain("every option has one value: there is nothing to look for");
  });

  test("as it was given", async () => {
    const given = { algorithm: "ppo", env: "CartPole-v1", options: { gamma: 2, learningRate: "3..1" } };
    const error = await makePlan(given, (name) =>
      name === "gamma" ? { flag: "--gamma" } : { file: "tune.json" },
    ).catch(String);
    expect(error).toContain("- --gamma must be a number from 0 to 1, not 2");
    expect(error).toContain('- "learningRate" in tune.json is a range upside down: 1..3 would be right');
  });
});
