import { describe, expect, test } from "vitest";
import { explainedVariance } from "../../src/advantages/index.ts";

describe("explainedVariance", () => {
  test.each([
    ["a perfect critic", [1, 2, 3], [1, 2, 3], 1],
    ["a constant offset does not count", [6, 7, 8], [1, 2, 3], 1],
    ["a constant critic", [5, 5, 5], [1, 2, 3], 0],
    ["a critic of the wrong sign", [-1, -2, -3], [1, 2, 3], -3],
    ["half the slope", [0.5, 1, 1.5], [1, 2, 3], 0.75],
  ])("%s", (_, values, returns, expected) => {
    expect(explainedVariance(values, returns)).toBeCloseTo(expected, 12);
  });

  test("is NaN where the returns do not vary", () => {
    expect(explainedVariance([1, 2, 3], [0.1, 0.1, 0.1])).toBeNaN();
    expect(explainedVariance([1], [2])).toBeNaN();
  });
});
