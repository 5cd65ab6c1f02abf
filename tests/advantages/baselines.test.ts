import { expect, test } from "vitest";
import { constantBaseline, updateBaseline, type ConstantBaseline } from "../../src/advantages/index.ts";

test("is the mean of the returns of earlier episodes: what is read before an update does not know the episode", () => {
  const baseline = constantBaseline();
  const seen = [10, 20, 60].map((episodeReturn) => {
    const { mean } = baseline;
    updateBaseline(baseline, episodeReturn);
    return mean;
  });
  expect(seen).toEqual([0, 10, 15]);
  expect(baseline.mean).toBe(30);
});

test("goes on the same after JSON", () => {
  const one = constantBaseline();
  for (const x of [0.1, 0.7, -3.3]) updateBaseline(one, x);
  const other = JSON.parse(JSON.stringify(one)) as ConstantBaseline;
  for (const baseline of [one, other]) updateBaseline(baseline, 1 / 3);
  expect(other).toEqual(one);
});
