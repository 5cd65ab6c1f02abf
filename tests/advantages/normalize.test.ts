import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalize } from "../../src/advantages/index.ts";
import { distance } from "./cases.ts";

describe("normalize", () => {
  test("by hand: n − 1, + 1e-8", () => {
    // mean 2, squares 1 + 0 + 1 over 2: std 1
    const scale = 1 + 1e-8;
    expect(distance(normalize(Float64Array.of(1, 2, 3)), [-1 / scale, 0, 1 / scale])).toBeLessThan(1e-15);
  });

  test("has mean 0 and standard deviation 1", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2 }), (list) => {
        fc.pre(Math.max(...list) - Math.min(...list) > 1e-3);
        const x = normalize(Float64Array.from(list));
        const mean = x.reduce((a, b) => a + b) / x.length;
        const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / (x.length - 1);
        expect(Math.abs(mean)).toBeLessThan(1e-9);
        expect(Math.abs(variance - 1)).toBeLessThan(1e-3);
      }),
    );
  });

  test("equal advantages become 0, one alone stays as it is", () => {
    expect(distance(normalize(Float64Array.of(0.1, 0.1, 0.1)), [0, 0, 0])).toBeLessThan(1e-7);
    expect([...normalize(Float64Array.of(7))]).toEqual([7]);
  });

  test("works in place by default, and into out", () => {
    const x = Float64Array.of(1, 2);
    const out = new Float64Array(2);
    expect(normalize(x, out)).toBe(out);
    expect([...x]).toEqual([1, 2]);
    expect(normalize(x)).toBe(x);
    expect(x).toEqual(out);
  });
});
