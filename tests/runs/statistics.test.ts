import { describe, expect, test } from "vitest";
import { createGenerator } from "../../src/random/index.ts";
import {
  bootstrapInterval,
  deviation,
  interquartileMean,
  mean,
  median,
  quantile,
  seedBand,
  seedInterval,
} from "../../src/runs/statistics.ts";

test("mean and deviation by hand", () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(deviation([1, 2, 6])).toBe(Math.sqrt((4 + 1 + 9) / 2));
  expect(deviation([5])).toBe(0);
});

describe("the interquartile mean, by hand", () => {
  test.each([
    [[7], 7],
    [[1, 9], 5],
    [[1, 2, 9], 4], // nothing to cut: a quarter of 3 is less than one
    [[100, 2, 4, -50], 3],
    [[-1000, 1, 2, 6, 1000], 3],
    [[8, 1, 7, 2, 6, 3, 5, 400], (3 + 5 + 6 + 7) / 4],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 1000], (3 + 4 + 5 + 6 + 7 + 8) / 6],
  ])("%j: %d", (values, expected) => expect(interquartileMean(values)).toBe(expected));

  test("leaves its values in their order", () => {
    const values = [3, 1, 2];
    interquartileMean(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe("quantiles, as numpy.quantile gives them", () => {
  test.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[4, 1, 3, 2], 0.25, 1.75],
    [[10, 20, 30], 0.9, 28],
    [[10, -2], 1, 10],
    [[5], 0.3, 5],
    [[10, 9, 100], 0, 9], // by size, not as text
  ])("%j at %d: %d", (values, share, expected) => expect(quantile(values, share)).toBeCloseTo(expected, 12));

  test("the median", () => expect(median([9, 1, 5])).toBe(5));
});

describe("the bootstrap interval", () => {
  test("of two values is both: each is drawn twice in a quarter of the samples", () => {
    expect(bootstrapInterval([1, 5])).toEqual([1, 5]);
  });

  test("of one value is unknown, of equal ones a point", () => {
    expect(bootstrapInterval([3])).toBeNull();
    expect(bootstrapInterval([])).toBeNull();
    expect(bootstrapInterval([3, 3, 3])).toEqual([3, 3]);
  });

  test("is the same at every call", () => {
    const values = [3, 1, 4, 1, 5];
    expect(bootstrapInterval(values)).toEqual(bootstrapInterval(values));
  });

  test("of many normal values is close to mean ± 1.96 deviations of the mean", () => {
    const generator = createGenerator(5);
    const values = Array.from({ length: 400 }, () => generator.normal(10, 4));
    const [low, high] = bootstrapInterval(values)!;
    const error = deviation(values) / Math.sqrt(values.length);
    expect((mean(values) - low) / error).toBeCloseTo(1.96, 1);
    expect((high - mean(values)) / error).toBeCloseTo(1.96, 1);
  });

  test("is of the statistic that is asked for", () => {
    const values = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1000];
    expect(bootstrapInterval(values)![1]).toBeGreaterThan(200);
    expect(bootstrapInterval(values, median)).toEqual([1, 1]); // five of ten draws are the last once in 600 times
  });
});

describe("intervals of few seeds", () => {
  test("are Student's t of the mean, by hand, which is wider than the seeds are apart", () => {
    // 1, 5: mean 3, s = 2√2, s/√2 = 2, t(1) = 12.706.
    const [low, high] = seedInterval([1, 5])!;
    expect([low, high]).toEqual([expect.closeTo(3 - 25.412, 9), expect.closeTo(3 + 25.412, 9)]);
    // 1, 2, 6: mean 3, s = √7, t(2) = 4.303; of three the interquartile mean is the mean.
    for (const statistic of [mean, interquartileMean])
      expect(seedInterval([1, 2, 6], statistic)![1]).toBeCloseTo(3 + 4.303 * Math.sqrt(7 / 3), 9);
    // 0, 2, 4, 6: s² = 20/3, t(3) = 3.182.
    expect(seedInterval([0, 2, 4, 6], interquartileMean)![0]).toBeCloseTo(3 - 3.182 * Math.sqrt(20 / 3 / 4), 9);
    expect(seedInterval([7])).toBeNull();
    expect(seedInterval([])).toBeNull();
    expect(seedInterval([1, 2, 3], median)).toBeNull();
  });

  test("hold the mean of all as often as they say, where a bootstrap would not", () => {
    const generator = createGenerator(3);
    let [student, bootstrap] = [0, 0];
    const trials = 400;
    for (let k = 0; k < trials; k++) {
      const values = Array.from({ length: 3 }, () => generator.normal(0, 1));
      const holds = (interval: readonly [number, number] | null) => Number(interval![0] <= 0 && interval![1] >= 0);
      student += holds(seedInterval(values));
      bootstrap += holds(bootstrapInterval(values, mean, 200));
    }
    expect(student / trials).toBeGreaterThan(0.92);
    expect(bootstrap / trials).toBeLessThan(0.85);
  });

  test("from five on they are the bootstrap's; what is drawn of fewer is from the lowest to the highest", () => {
    const five = [3, 1, 4, 1, 5];
    expect(seedInterval(five)).toEqual(bootstrapInterval(five));
    expect(seedBand(five)).toEqual(bootstrapInterval(five));
    expect(seedBand([4, 1, 3])).toEqual([1, 4]);
    expect(seedBand([4])).toBeNull();
  });
});
