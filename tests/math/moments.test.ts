// Running moments with ranges: the same in any order and any batches, digits far from 0, and units for components that
// are constant, rare or late; moments without ranges, as versions up to 0.1 saved them, stay as they were.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createMoments,
  createRangedMoments,
  deviation,
  mergeMoments,
  rescale,
  restoreMoments,
  standardize,
  updateMoments,
  type Moments,
} from "../../src/math/moments.ts";
import { createGenerator } from "../../src/random/index.ts";
import { expectClose } from "../tensor/compare.ts";

/** `values` [rows, size] taken in `rowsEach` rows at a time. */
function momentsOf(values: ArrayLike<number>, size = 1, rowsEach = values.length / size): Moments {
  const moments = createRangedMoments(size);
  const numbers = Float64Array.from(values);
  for (let at = 0; at < numbers.length; at += rowsEach * size) {
    const batch = numbers.subarray(at, at + rowsEach * size);
    updateMoments(moments, batch, batch.length / size);
  }
  return moments;
}

/** `values` [rows, size] as the network sees them. */
function seen(moments: Moments, values: ArrayLike<number>): Float32Array {
  const out = new Float32Array(values.length);
  standardize(moments, values, values.length / moments.mean.length, out);
  return out;
}

const normals = (count: number, seed = 1): Float64Array => {
  const generator = createGenerator(seed);
  return new Float64Array(count).map(() => generator.standardNormal());
};
const largest = (x: ArrayLike<number>): number => Array.from(x).reduce((most, y) => Math.max(most, Math.abs(y)), 0);

describe("batches", () => {
  const size = 3;
  const component = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const batches = fc.array(fc.array(fc.tuple(component, component, component), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 }); // prettier-ignore

  /** Mean, variance and range of rows, in two passes. */
  function direct(rows: readonly (readonly number[])[]): Moments {
    const columns = Array.from({ length: size }, (_, j) => rows.map((row) => row[j]));
    const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / rows.length);
    return {
      count: rows.length,
      mean,
      variance: columns.map((column, j) => column.reduce((total, x) => total + (x - mean[j]) ** 2, 0) / rows.length),
      low: columns.map((column) => Math.min(...column)),
      high: columns.map((column) => Math.max(...column)),
    };
  }
  function expectSame(found: Moments, expected: Moments): void {
    expect(found.count).toBe(expected.count);
    expect(found.low!.map((x) => x + 0)).toEqual(expected.low!.map((x) => x + 0));
    expect(found.high!.map((x) => x + 0)).toEqual(expected.high!.map((x) => x + 0));
    for (let j = 0; j < size; j++) {
      expect(Math.abs(found.mean[j] - expected.mean[j])).toBeLessThan(1e-10 * 1e3);
      expect(Math.abs(found.variance[j] - expected.variance[j])).toBeLessThan(1e-10 * 1e6);
    }
  }

  test("updated by any batches in any order, and merged, they are those of all rows at once", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: 2 ** 31 }), (parts, seed) => {
        const expected = direct(parts.flat());
        const order = createGenerator(seed).permutation(parts.length);
        const shuffled = Array.from(order, (i) => parts[i]);
        for (const given of [parts, shuffled, [parts.flat()], parts.flat().map((row) => [row])]) {
          const updated = createRangedMoments(size);
          const merged = createRangedMoments(size);
          for (const rows of given) {
            updateMoments(updated, rows.flat(), rows.length);
            mergeMoments(merged, momentsOf(rows.flat(), size));
          }
          expectSame(updated, expected);
          expectSame(merged, expected);
        }
      }),
    );
  });

  test("merged as a tree too, and with moments of nothing on either side", () => {
    fc.assert(
      fc.property(batches, batches, (left, right) => {
        const [a, b] = [left, right].map((part) => momentsOf(part.flat(2), size));
        const none = createRangedMoments(size);
        mergeMoments(none, a); // into nothing
        mergeMoments(none, createRangedMoments(size)); // nothing into it
        expectSame(none, a);
        mergeMoments(none, b);
        expectSame(none, direct([...left.flat(), ...right.flat()]));
        expectSame(b, direct(right.flat()));
      }),
    );
  });

  test("survive JSON in the middle", () => {
    const values = normals(300);
    const half = JSON.parse(JSON.stringify(momentsOf(values.slice(0, 150), size, 10))) as Moments;
    updateMoments(half, values.slice(150), 50);
    const whole = momentsOf(values.slice(0, 150), size, 10);
    updateMoments(whole, values.slice(150), 50);
    expect(half).toEqual(whole);
  });

  test("before the first values numbers stay as they are", () => {
    const values = [0, 0.5, -3, 10, 11, -1e6];
    expectClose(seen(createRangedMoments(1), values), [0, 0.5, -3, 10, 10, -10], 1e-7);
  });
});

describe("units", () => {
  test.each([1, 10, 5000])("shifted by 1e6, values of deviation 1 keep their digits: %s rows at a time", (rowsEach) => {
    const values = normals(5000);
    const shifted = values.map((x) => x + 1e6);
    const [near, far] = [momentsOf(values, 1, rowsEach), momentsOf(shifted, 1, rowsEach)];
    expect(Math.abs(far.mean[0] - 1e6 - near.mean[0])).toBeLessThan(1e-8);
    expect(Math.abs(far.variance[0] - near.variance[0])).toBeLessThan(1e-8);
    expectClose(seen(far, shifted), seen(near, values), 1e-6);
    expect(largest(seen(far, shifted))).toBeGreaterThan(2);
  });

  test.each([0, 7, -1e6, 1e-12, 0.1])("a constant %s is 0, and so is what rounding makes of it", (constant) => {
    const moments = momentsOf(Array<number>(1000).fill(constant), 1, 1);
    expect(deviation(moments, 0)).toBe(Infinity);
    expect(largest(seen(moments, [constant, constant + 1, -5e9]))).toBe(0);
    const rounded = momentsOf([constant, constant * (1 + 1e-7), constant * (1 - 1e-7)], 1, 1);
    expect(largest(seen(rounded, [constant, constant * (1 + 1e-7)]))).toBe(0);
    const moved = constant + 1e-5 * Math.abs(constant) + 1e-9;
    expect(seen(momentsOf([constant, moved], 1, 1), [moved])[0]).toBeCloseTo(1, 5);
  });

  test.each([1e-3, 1, 1e5])("what first moves by %s after 50,000 rows stays within ±6 from then on", (step) => {
    const moments = momentsOf(Array<number>(50_000).fill(3), 1, 1000);
    const generator = createGenerator(4);
    let furthest = 0;
    for (let i = 0; i < 300; i++) {
      const moved = 3 + step * (i === 0 ? 1 : generator.random());
      updateMoments(moments, [moved], 1);
      furthest = Math.max(furthest, largest(seen(moments, [moved, 3, 3 + step])));
    }
    expect(furthest).toBeLessThanOrEqual(Math.fround(6 + 1e-6));
    expect(furthest, "with a unit that the variance alone would not give").toBeGreaterThan(5.9);
  });

  test("one-hot, with probability 0.001, stays within ±6, each time it is seen", () => {
    const generator = createGenerator(8);
    const rows = Array.from({ length: 20_000 }, () => +(generator.random() < 0.001));
    const moments = createRangedMoments(1);
    let [ones, furthest] = [0, 0];
    for (const x of rows) {
      updateMoments(moments, [x], 1);
      if (x === 1) {
        ones++;
        furthest = Math.max(furthest, seen(moments, [x])[0]);
      }
    }
    expect(ones).toBeGreaterThan(10);
    expect(furthest).toBeLessThanOrEqual(6);
    expect(furthest).toBeGreaterThan(5.5);
    // Without the range it would be cut off at 10.
    const plain = createMoments(1);
    updateMoments(plain, rows, rows.length);
    expect(seen(plain, [1])[0]).toBe(10);
  });

  test("no value within the range is further than 6 from 0, whatever was seen", () => {
    const value = fc.oneof(
      fc.double({ min: -1e9, max: 1e9, noNaN: true }).filter((x) => Math.abs(x) > 1e-100),
      fc.constantFrom(0, 1, -1),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (values) => {
        const moments = momentsOf(values, 1, 7);
        expect(largest(seen(moments, values))).toBeLessThanOrEqual(6.000001);
        expect(deviation(moments, 0)).toBeGreaterThanOrEqual(Math.sqrt(moments.variance[0]));
      }),
    );
  });

  test.each([5e-324, 1e-310])("a range of %s, too small to divide by, gives numbers", (tiny) => {
    const moments = momentsOf([0, 0, 0, tiny]);
    expect(Array.from(seen(moments, [0, tiny, 1])).every(Number.isFinite)).toBe(true);
    expect([0, tiny, 1].map((x) => rescale(moments, x)).every(Number.isFinite)).toBe(true);
  });

  test("√variance is the unit where the range is below six of it, a sixth of the range elsewhere", () => {
    const few = momentsOf(normals(50));
    expect(few.high![0] - few.low![0]).toBeLessThan(6 * Math.sqrt(few.variance[0]));
    expect(deviation(few, 0)).toBe(Math.sqrt(few.variance[0]));
    const uniform = momentsOf(Array.from({ length: 10_000 }, (_, i) => i));
    expect(deviation(uniform, 0)).toBe(Math.sqrt(uniform.variance[0]));
    // Of 100,000 Gaussian values some lie beyond four deviations: a unit of 1.3 to 1.7 of them.
    const many = momentsOf(normals(100_000));
    expect(deviation(many, 0)).toBe((many.high![0] - many.low![0]) / 6);
    expect(deviation(many, 0) / Math.sqrt(many.variance[0])).toBeGreaterThan(1.3);
    expect(deviation(many, 0) / Math.sqrt(many.variance[0])).toBeLessThan(1.7);
  });

  test("each component has its own, and rescaling divides without shifting", () => {
    const values = [1, 100, 5, 2, 100, -5, 4, 100, 5];
    const moments = momentsOf(values, 3, 1);
    const dev = [0, 1, 2].map((j) => deviation(moments, j));
    const mean = [7 / 3, 100, 5 / 3];
    expectClose(seen(moments, values), values.map((x, i) => (x - mean[i % 3]) / dev[i % 3]), 1e-6); // prettier-ignore
    expect(dev[1]).toBe(Infinity);
    expect(rescale(moments, 3)).toBe(3 / dev[0]);
    expect(rescale(moments, 1e9)).toBe(10);
    expect(rescale(moments, -1e9)).toBe(-10);
  });
});

describe("moments without ranges, of versions up to 0.1", () => {
  const old: Moments = { count: 1000.0001, mean: [2, -1, 0.1], variance: [4, 0, 1e-9] };

  test("keep √(variance + 1e-8) as their unit, to the last bit", () => {
    const values = [3, -1, 0.1001, 50, -0.9999, 0];
    expect([0, 1, 2].map((j) => deviation(old, j))).toEqual(old.variance.map((v) => Math.sqrt(v + 1e-8)));
    const expected = values.map((x, i) => Math.max(-10, Math.min(10, (x - old.mean[i % 3]) * (1 / Math.sqrt(old.variance[i % 3] + 1e-8))))); // prettier-ignore
    expect(seen(old, values)).toEqual(Float32Array.from(expected));
    expect(rescale(old, 3)).toBe(3 / Math.sqrt(4 + 1e-8));
    const prior = createMoments(2);
    expect(prior).toEqual({ count: 1e-4, mean: [0, 0], variance: [1, 1] });
    updateMoments(prior, [1, 2, 3, 4], 2);
    expect([prior.low, prior.high]).toEqual([undefined, undefined]);
    expect(deviation(prior, 1)).toBe(Math.sqrt(prior.variance[1] + 1e-8));
  });

  test("restored, they go on without ranges, and what was saved stays as it was", () => {
    const saved = JSON.parse(JSON.stringify(old)) as Moments;
    const moments = momentsOf([-50, -50, -50, 50, 50, 50], 3);
    restoreMoments(moments, saved);
    expect(JSON.parse(JSON.stringify(moments))).toEqual(old);
    expect([0, 1, 2].map((j) => deviation(moments, j))).toEqual(old.variance.map((v) => Math.sqrt(v + 1e-8)));
    updateMoments(moments, [1e4, 0, 0], 1);
    expect(saved).toEqual(old);
    const plain = structuredClone(old);
    updateMoments(plain, [1e4, 0, 0], 1);
    expect(seen(moments, [1e4, 0, 0, 1, 2, 3])).toEqual(seen(plain, [1e4, 0, 0, 1, 2, 3]));
    expect(JSON.parse(JSON.stringify(moments))).toEqual(plain);
  });

  test("restored ones with ranges are the same, and a copy", () => {
    const saved = momentsOf(normals(60), 3, 4);
    const moments = createRangedMoments(3);
    restoreMoments(moments, JSON.parse(JSON.stringify(saved)) as Moments);
    expect(moments).toEqual(saved);
    restoreMoments(moments, saved);
    updateMoments(moments, [99, 99, 99], 1);
    expect(Math.max(...saved.high!)).toBeLessThan(99);
    expect(moments.high).toEqual([99, 99, 99]);
    expect(saved.count).toBe(20);
  });
});
