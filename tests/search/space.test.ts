// The axes of a search, and the ranges of the algorithms' own options.

import { describe, expect, test } from "vitest";
import { algorithms, type AlgorithmName } from "../../src/algorithms/index.ts";
import { searchRanges } from "../../src/algorithms/ranges.ts";
import { axesOf, pointOf, valuesAt } from "../../src/search/space.ts";
import { resolveOptions } from "../../src/training/index.ts";

const everywhere = { isObservedInNumbers: true, isActedInNumbers: true };

describe("an axis", () => {
  const place = (range: Parameters<typeof axesOf>[0][string], value: unknown) =>
    pointOf(axesOf({ x: range }), { x: value })[0];
  const at = (range: Parameters<typeof axesOf>[0][string], point: number) => valuesAt(axesOf({ x: range }), [point]).x;

  test("of a logarithmic range has the geometric mean in its middle", () => {
    const range = { low: 1e-4, high: 1e-2, scale: "logarithmic" } as const;
    expect([0, 0.5, 1].map((point) => at(range, point))).toEqual([1e-4, 1e-3, 1e-2]);
    expect(place(range, 1e-3)).toBeCloseTo(0.5, 12);
  });

  test("of a range near 1 spreads the distance to 1", () => {
    const range = { low: 0.9, high: 0.999, scale: "nearOne" } as const;
    expect([0, 0.5, 1].map((point) => at(range, point))).toEqual([0.9, 0.99, 0.999]);
    expect(place(range, 0.99)).toBeCloseTo(0.5, 12);
  });

  test("of a linear range is even, and whole where the option is", () => {
    expect(at({ low: -2, high: 1, scale: "linear" }, 0.5)).toBe(-0.5);
    expect(at({ low: 1, high: 100, scale: "logarithmic", whole: true }, 0.77)).toBe(35); // 100^0.77 = 34.67
  });

  test("of values has a place for each: in order where they are numbers, by index elsewhere", () => {
    const numbers = { values: [16, 32, 64, 128] };
    expect([0, 0.3, 0.99, 1].map((point) => at(numbers, point))).toEqual([16, 32, 128, 128]);
    expect(place(numbers, 64)).toBe(0.625);
    expect(place(numbers, 70)).toBe(0.625); // a preset's value, which is none of them
    const words = { values: ["tanh", "relu", [16]] };
    expect([0, 1, 2].map((point) => at(words, point))).toEqual(["tanh", "relu", [16]]);
    expect(place(words, [16])).toBe(2);
  });

  test("numbers that are proposed have three digits, of γ three of its distance to 1", () => {
    expect(at({ low: 1e-4, high: 1e-2, scale: "logarithmic" }, 0.123)).toBe(0.000176);
    expect(at({ low: 0.9, high: 0.9999, scale: "nearOne" }, 0.4567)).toBe(0.99574); // 1 − 0.00426
  });
});

describe("the ranges of", () => {
  test.each(Object.keys(algorithms) as AlgorithmName[])(
    "%s are of its options, possible, and hold the defaults",
    (name) => {
      const ranges = searchRanges(name, everywhere);
      const usual = resolveOptions(name, { env: "Pendulum-v1", ...(name === "a3c" && { workers: 1 }) });
      expect(Object.keys(ranges).filter((option) => !(option in usual))).toEqual([]);
      for (const [option, range] of Object.entries(ranges)) {
        const values = "values" in range ? range.values : [range.low, range.high];
        for (const value of values)
          expect(() => resolveOptions(name, { env: "Pendulum-v1", [option]: value })).not.toThrow();
        const [point] = pointOf(axesOf({ [option]: range }), usual);
        expect(point, option).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test("an environment without boxes has none of those that matter to boxes alone", () => {
    const names = Object.keys(searchRanges("ppo", { isObservedInNumbers: false, isActedInNumbers: false }));
    const gone = Object.keys(searchRanges("ppo", everywhere)).filter((name) => !names.includes(name));
    expect(gone).toEqual(["normalizeObservations", "gaussian", "initialLogStd"]);
  });
});
