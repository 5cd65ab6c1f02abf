// Statistics, ranks and verdicts of settings, and the table as CSV.

import { describe, expect, test } from "vitest";
import { bootstrapInterval, interquartileMean } from "../../src/runs/statistics.ts";
import { caveat, ranked, verdicts, type SettingResult } from "../../src/sweeps/results.ts";
import { parseSweep } from "../../src/sweeps/sweep.ts";
import { settingsCsv } from "../../src/sweeps/write-results.ts";

/** A setting whose seeds 1, 2, … had these means. */
function setting(
  name: string,
  means: readonly number[],
  changes: Partial<SettingResult> = {},
): { result: SettingResult } {
  // prettier-ignore
  const iqm = means.length === 0 ? null : interquartileMean(means);
  const result = {
    ...{
      name,
      algorithm: "ppo",
      env: "CartPole-v1",
      values: {},
      failed: [],
      missing: [],
      std: 0,
      min: null,
      max: null,
    },
    ...{ mean: means.length === 0 ? null : means.reduce((a, b) => a + b) / means.length, interval: null },
    ...{ interquartileMean: iqm, interquartileInterval: bootstrapInterval(means, interquartileMean) },
    ...{ stepsToGoal: null, stepsPerSecond: 1000, wallSeconds: 2 },
    seeds: means.map((mean, i) => ({ seed: i + 1, mean })),
    ...changes,
  } as unknown as SettingResult;
  return { result };
}

const namesOf = (settings: { result: SettingResult }[]) =>
  [...ranked(settings)].map(([env, group]) => [env, group.map(({ result }) => result.name)]);

describe("ranks", () => {
  test("are by interquartile mean, then by mean; without results last; each environment alone", () => {
    const settings = [
      setting("none", []),
      setting("high mean", [0, 10, 10, 10, 300]), // mean 66, interquartile mean 10
      setting("steady", [20, 20, 20, 20, 20]), // 20, 20
      setting("tied, lower mean", [5, 10, 10, 10, 11]),
      setting("elsewhere", [1, 2], { env: "Acrobot-v1" }),
    ];
    expect(namesOf(settings)).toEqual([
      ["CartPole-v1", ["steady", "high mean", "tied, lower mean", "none"]],
      ["Acrobot-v1", ["elsewhere"]],
    ]);
  });
});

describe("the verdict", () => {
  const far = setting("far", [1, 2, 3, 4, 5]);
  const near = setting("near", [80, 90, 92, 95, 99]);
  const best = setting("best", [91, 94, 95, 96, 97]);

  test("names the best, and those whose intervals reach its own", () => {
    const [verdict] = verdicts([far, near, best]);
    expect(verdict.best.name).toBe("best");
    expect(verdict.best.interquartileMean).toBe(95); // of 94, 95, 96
    expect(verdict.notWorse.map(({ name }) => name)).toEqual(["near"]);
    // By hand: the interval of "far" ends at 5 at the most, that of "best" begins at 91 at the least.
    expect(verdict.best.interquartileInterval![0]).toBeGreaterThanOrEqual(91);
    expect(caveat(verdict)).toBe("Its interval overlaps that of “near”: over 5 seeds the two are not told apart.");
  });

  test("says so where none reaches it", () => {
    expect(caveat(verdicts([far, best])[0])).toBe("Its interval lies above that of the other.");
    expect(caveat(verdicts([far, setting("low", [0, 0, 0, 0, 0]), best])[0])).toBe(
      "Its interval lies above those of all 2 others.",
    );
  });

  test("names three of many", () => {
    const all = ["a", "b", "c", "d", "e"].map((name) => setting(name, [91, 94, 95, 96, 97]));
    expect(caveat(verdicts([best, ...all])[0])).toBe(
      "Its interval overlaps those of 5 others (“a”; “b”; “c”; 2 more): over 5 seeds they are not told apart.",
    );
  });

  test("warns of few seeds, of one, and of what is not done; without results there is none", () => {
    expect(caveat(verdicts([setting("a", [1, 2]), setting("b", [5, 6])])[0])).toBe(
      "Its interval lies above that of the other. The intervals are Student's t, as wide as 2 seeds make them.",
    );
    expect(caveat(verdicts([setting("a", [1]), setting("b", [5])])[0])).toMatch(/^It is of one seed/);
    const half = setting("half", [1, 2, 3, 4, 5], { missing: [6] });
    expect(caveat(verdicts([half, best])[0])).toMatch(/the other\. Not all seeds are done\.$/);
    expect(caveat(verdicts([best])[0])).toBe("It is the only one with results.");
    expect(verdicts([setting("none", [])])).toEqual([]);
  });
});

test("results.csv has a row a setting, best first, with its values", () => {
  const sweep = parseSweep({
    algorithm: "ppo",
    env: "CartPole-v1",
    options: { learningRate: [0.1, 0.2], hidden: [[8], [8, 8]] },
  });
  const low = setting("low", [1, 2, 6], { values: { learningRate: 0.1, hidden: [8, 8] } });
  const high = setting("high", [10, 20, 20, 20, 75], { values: { learningRate: 0.2, hidden: [8] }, missing: [6] });
  const none = setting("=none", [], { values: { learningRate: 0.1 }, failed: [{ seed: 1, error: "x" }] });
  const [head, ...rows] = settingsCsv(sweep, [low, none, high]).trimEnd().split("\n");
  expect(head).toBe(
    "env,rank,setting,algorithm,learningRate,hidden,seeds,failed,missing,interquartileMean,interquartileLow," +
      "interquartileHigh,mean,meanLow,meanHigh,std,min,max,medianStepsToGoal,stepsPerSecond,wallSeconds",
  );
  const [first, second, third] = rows;
  // Of five values the middle three count, of three all: 20 of 10, 20, 20, 20, 75; 3 of 1, 2, 6.
  expect(first).toMatch(/^CartPole-v1,1,high,ppo,0\.2,8,5,0,1,20,\d+(\.\d+)?,\d+(\.\d+)?,29,/);
  expect(second).toMatch(/^CartPole-v1,2,low,ppo,0\.1,"8,8",3,0,0,3,1,6,3,/);
  expect(third).toMatch(/^CartPole-v1,,'=none,ppo,0\.1,,0,1,0,,,,,/);
});
