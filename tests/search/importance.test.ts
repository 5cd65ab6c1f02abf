import { expect, test } from "vitest";
import { explained, importances, ranksOf } from "../../src/search/importance.ts";
import { rungsOf, type Plan } from "../../src/search/plan.ts";
import type { Trial } from "../../src/search/search.ts";

test("equal values share a rank", () => {
  expect(ranksOf([5, 1, 5, 9, -Infinity])).toEqual([3.5, 2, 3.5, 5, 1]);
});

test("ε² by hand", () => {
  // Means 2 and 5, SS within 2 + 2, SS 17.5; (17.5 − 4 − 1 · 4 / 4) / 17.5
  expect(explained([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1])).toBeCloseTo(12.5 / 17.5, 12);
  expect(explained([1, 2, 3, 4], [0, 1, 1, 0])).toBe(0); // less than chance
  expect(explained([2, 2, 2], [0, 1, 1])).toBe(0);
});

test("the option that ranks depend on explains all of them that four groups can, the other little", () => {
  const plan = {
    ranges: { gamma: { low: 0, high: 1, scale: "linear" }, activation: { values: ["tanh", "relu"] } },
    seeds: [1],
    rungs: rungsOf(1, 1),
  } as unknown as Plan;
  const trials = Array.from({ length: 40 }, (_, id): Trial => {
    const values = { gamma: ((id * 17) % 40) / 40, activation: id % 2 === 0 ? "tanh" : "relu" };
    const value = id === 0 ? null : values.gamma; // 0 has the least anyway
    return { id, values, rung: 0, results: [new Map([[1, { value, steps: 1, weightsSha256: "", seconds: 1 }]])] };
  });
  const [first, second] = importances(plan, trials);
  expect([first.axis.name, second.axis.name]).toEqual(["gamma", "activation"]);
  expect(first.share).toBeCloseTo(0.93, 1);
  expect(second.share).toBeLessThan(0.05);
  expect(importances(plan, trials.slice(0, 11))).toEqual([]);
});
