// Schedules: constant, linear, and tables of factors by the share of the run that is done.

import { describe, expect, test } from "vitest";
import { scheduled, tableProblem } from "../../src/optimizers/index.ts";
import { resolveOptions, train } from "../../src/training/index.ts";

test("constant and linear", () => {
  expect([1, 0.25, 0].map((left) => scheduled("constant", 0.2, left))).toEqual([0.2, 0.2, 0.2]);
  expect([1, 0.25, 0, -0.1].map((left) => scheduled("linear", 0.2, left))).toEqual([0.2, 0.05, 0, 0]);
});

describe("a table", () => {
  test("is linear between its shares, and constant before the first and after the last, in whatever order", () => {
    const table = { 0.75: 0, 0.25: 1, 0.5: 0.5 };
    const done = [0, 0.25, 0.375, 0.5, 0.625, 0.75, 1];
    expect(done.map((share) => scheduled(table, 8, 1 - share))).toEqual([8, 8, 6, 4, 2, 0, 0]);
    expect(scheduled({ 1: 3 }, 2, 1)).toBe(6);
  });

  test.each([
    [{}, "is empty"],
    [{ 1.5: 1 }, 'has the share "1.5", but shares of a run are from 0 to 1'],
    [{ half: 1 }, 'has the share "half", but'],
    [{ "": 1 }, 'has the share "", but'],
    [{ 0.5: 1, "0.50": 2 }, "has the share 0.5 twice"],
    [{ 0: 1, 1: 0 }, null],
  ])("%j", (table, problem) => {
    const found = tableProblem(table);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });

  test("is an option of trainings, and refused where it is wrong", async () => {
    const rates: number[] = [];
    await train("ppo", {
      env: "Identity-v0",
      hidden: [4],
      envs: 1,
      rollout: 64,
      minibatches: 1,
      totalSteps: 256,
      learningRate: 0.5 ** 10,
      learningRateSchedule: { 0: 1, 0.5: 0.5, 1: 0.25 },
      normalizeRewards: false,
      onUpdate: ({ metrics }) => void rates.push(metrics.learningRate * 2 ** 10),
    });
    expect(rates).toEqual([1, 0.75, 0.5, 0.375]);
    const given = (learningRateSchedule: unknown) => () =>
      resolveOptions("ppo", { env: "CartPole-v1", learningRateSchedule });
    expect(given({ 2: 1 })).toThrow('ppo: option "learningRateSchedule": the table has the share "2"');
    expect(given({ 0.5: -1 })).toThrow("learningRateSchedule");
    expect(given("adaptive")).not.toThrow();
    expect(given("cosine")).toThrow('must be one of "constant", "linear", "adaptive", or a table of factors');
  });
});
