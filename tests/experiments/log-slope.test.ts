import { expect, test } from "vitest";
import { logSlope } from "../../src/experiments/log-slope.ts";

test("the exponent of a power law", () => {
  const x = [1, 3, 10, 30];
  expect(logSlope(x, x.map((value) => 7 * value ** -0.5))).toBeCloseTo(-0.5, 12); // prettier-ignore
  // Through (1, 1), (e, e), (e², e⁴): logs are 0, 1, 4 at 0, 1, 2, whose slope is (0·−1 + 4·1)/2 = 2.
  expect(logSlope([1, Math.E, Math.E ** 2], [1, Math.E, Math.E ** 4])).toBeCloseTo(2, 12);
});
