import { describe, expect, test } from "vitest";
import {
  allOf,
  decided,
  improvement,
  inEach,
  judged,
  pairedDifference,
  pairedRatio,
  shareOf,
  told,
  withInterval,
} from "../../src/experiments/judge.ts";
import type { Verdict } from "../../src/experiments/experiment.ts";

describe("verdicts from intervals", () => {
  const bound = { above: 0, seeds: 20, atLeast: 20 };

  test("need an interval on one side alone", () => {
    expect(judged("gain", { value: 1, interval: [0.5, 1.5] }, bound).verdict).toBe("supported");
    expect(judged("gain", { value: -1, interval: [-1.5, -0.5] }, bound).verdict).toBe("not supported");
    expect(judged("gain", { value: 0.2, interval: [-0.1, 0.5] }, bound).verdict).toBe("inconclusive");
    expect(judged("gain", { value: 1, interval: null }, bound).verdict).toBe("inconclusive");
    expect(judged("gain", { value: NaN, interval: [NaN, NaN] }, bound).verdict).toBe("inconclusive");
  });

  test("from below, and between two bounds", () => {
    const below = { below: 0.1, seeds: 5, atLeast: 5 };
    expect(judged("KL", { value: 0.05, interval: [0.04, 0.06] }, below).verdict).toBe("supported");
    expect(judged("KL", { value: 0.2, interval: [0.15, 0.3] }, below).verdict).toBe("not supported");
    const between = { above: 0.9, below: 1.1, seeds: 5, atLeast: 5 };
    expect(judged("ratio", { value: 1, interval: [0.95, 1.05] }, between).verdict).toBe("supported");
    expect(judged("ratio", { value: 1, interval: [0.8, 1.05] }, between).verdict).toBe("inconclusive");
    expect(judged("ratio", { value: 2, interval: [1.9, 2.1] }, between).verdict).toBe("not supported");
  });

  test("and enough seeds", () => {
    const few = judged("gain", { value: 1, interval: [0.5, 1.5] }, { ...bound, seeds: 2 });
    expect(few.verdict).toBe("inconclusive");
    expect(few.measured).toBe("gain 1 [0.5, 1.5], 2 seeds; a verdict takes 20");
  });

  test("in several cases: all of them, or one that is against it", () => {
    const finding = (verdict: Verdict) => ({ verdict, measured: "1" });
    const [yes, no, maybe] = [finding("supported"), finding("not supported"), finding("inconclusive")];
    expect(inEach({ A: yes, B: yes })).toEqual({ verdict: "supported", measured: "A: 1; B: 1" });
    expect(inEach({ A: yes, B: maybe }).verdict).toBe("inconclusive");
    expect(inEach({ A: yes, B: no, C: maybe }).verdict).toBe("not supported");
  });

  test("of several findings, all must be supported", () => {
    const [yes, no] = [decided(true, "a"), decided(false, "b")];
    const open = { verdict: "inconclusive", measured: "c" } as const;
    expect(allOf([yes, yes])).toEqual({ verdict: "supported", measured: "a; a" });
    expect(allOf([yes, open]).verdict).toBe("inconclusive");
    expect(allOf([open, no, yes])).toEqual({ verdict: "not supported", measured: "c; b; a" });
  });

  test("what is exact holds or not", () => {
    expect(decided(true, "0").verdict).toBe("supported");
    expect(decided(false, "1").verdict).toBe("not supported");
  });
});

describe("estimates", () => {
  test("differences are taken seed by seed", () => {
    // Single values differ widely, pairs by 1 alone: 0.8, …, 1.2 → mean 1, and every resample within 0.8 … 1.2.
    const { value, interval } = pairedDifference([10.8, 201, 31.2, 6, 8], [10, 200, 30, 5, 7]);
    expect(value).toBeCloseTo(1, 12);
    expect(interval![0]).toBeGreaterThanOrEqual(0.8 - 1e-9);
    expect(interval![1]).toBeLessThanOrEqual(1.2 + 1e-9);
    expect(() => pairedDifference([1, 2], [1])).toThrow("2 and 1 values are not pairs");
  });

  test("ratios of means, seeds drawn in pairs", () => {
    const { value, interval } = pairedRatio([2, 20, 200, 4, 6], [1, 10, 100, 2, 3]);
    expect(value).toBe(2);
    expect(interval).toEqual([2, 2]); // each pair has the ratio 2, so every resample has
    expect(pairedRatio([2, 20], [1, 10]).interval).toBeNull(); // two are too few for a bootstrap
  });

  test("probability of improvement counts pairs, ties half", () => {
    expect(improvement([2, 3], [1, 1]).value).toBe(1);
    expect(improvement([1, 1], [1, 1]).value).toBe(0.5);
    expect(improvement([0, 2], [1, 1]).value).toBe(0.5);
    expect(improvement([0, 2, 1], [1, 3, 1]).value).toBeCloseTo((2 + 1) / 9, 12); // 2 > 1 twice; 1 = 1 twice, half each
  });

  test("the share of resamples in which something holds", () => {
    expect(
      shareOf(
        [
          [1, 1],
          [2, 2],
        ],
        ([a, b]) => a[0] < b[0],
      ),
    ).toBe(1);
    const half = shareOf([[0, 1]], ([a]) => a[0] === 1);
    expect(half).toBeGreaterThan(0.45);
    expect(half).toBeLessThan(0.55);
  });
});

test("numbers in words", () => {
  expect(told(0.00012345)).toBe("1.2e−4");
  expect(told(-12.3456)).toBe("−12.3");
  expect(told(123456.7)).toBe("123,457");
  expect(told(NaN)).toBe("NaN");
  expect(withInterval(0.5, [0.4, 0.6])).toBe("0.5 [0.4, 0.6]");
});
