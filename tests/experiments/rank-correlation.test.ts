import { expect, test } from "vitest";
import { rankCorrelation } from "../../src/experiments/rank-correlation.ts";

test("Spearman's ρ by hand", () => {
  expect(rankCorrelation([1, 2, 3, 4], [10, 100, 1000, 1e4])).toBe(1);
  expect(rankCorrelation([1, 2, 3, 4], [8, 4, 2, 1])).toBe(-1);
  // Without ties 1 − 6 Σd² / n(n² − 1), with d = 0, −1, 1, 0: 1 − 12/60.
  expect(rankCorrelation([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(0.8, 12);
  // Ranks 0, 1.5, 1.5, 3 and 0, 1, 2, 3: 4.5/√(4.5 · 5).
  expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(Math.sqrt(0.9), 12);
  expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
  expect(() => rankCorrelation([1], [1, 2])).toThrow("1 and 2 values are not pairs");
});
