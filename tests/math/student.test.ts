import { expect, test } from "vitest";
import { meanInterval } from "../../src/math/student.ts";

test("a mean and its 95 % interval, as tables of Student's t have it", () => {
  // deviation √2.5, standard error √0.5, t of 4 degrees of freedom 2.776
  const { mean, halfWidth } = meanInterval([1, 2, 3, 4, 5]);
  expect(mean).toBe(3);
  expect(halfWidth).toBeCloseTo(2.776 * Math.sqrt(0.5), 12);
  expect(meanInterval([0, 2]).halfWidth).toBeCloseTo(12.706, 12);
});

test("beyond the table the quantile goes on as it should", () => {
  const alternating = (n: number): number[] => Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1));
  const quantile = (n: number): number => meanInterval(alternating(n)).halfWidth / Math.sqrt(1 / (n - 1));
  expect(quantile(42)).toBeCloseTo(2.02, 2); // 41 degrees of freedom: 2.0195
  expect(quantile(122)).toBeCloseTo(1.98, 2); // 121: 1.9798
});

test("one number has no interval, none have no mean", () => {
  expect(meanInterval([7])).toEqual({ mean: 7, halfWidth: Infinity });
  expect(meanInterval([])).toEqual({ mean: NaN, halfWidth: NaN });
});
