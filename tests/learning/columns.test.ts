// Minibatches cover every entry exactly once an epoch, whatever the remainder.

import fc from "fast-check";
import { expect, test } from "vitest";
import { createGenerator } from "../../src/random/index.ts";
import { minibatchBounds, shuffleIndices } from "../../src/learning/columns.ts";

test("bounds cover all entries once, in sizes that differ by at most one", () => {
  const sizes = fc.integer({ min: 1, max: 3000 }).chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 1, max: size }))); // prettier-ignore
  fc.assert(
    fc.property(sizes, fc.nat(1e6), ([size, count], seed) => {
      const order = new Int32Array(size);
      shuffleIndices(order, createGenerator(seed));
      const seen = new Uint8Array(size);
      const lengths: number[] = [];
      for (let m = 0; m < count; m++) {
        const [from, to] = minibatchBounds(size, count, m);
        lengths.push(to - from);
        for (let i = from; i < to; i++) seen[order[i]]++;
      }
      expect(seen.every((n) => n === 1)).toBe(true);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("the order depends on the generator alone, not on earlier epochs", () => {
  const [fresh, used] = [new Int32Array(100), new Int32Array(100).fill(7)];
  shuffleIndices(fresh, createGenerator(3));
  shuffleIndices(used, createGenerator(3));
  expect(used).toEqual(fresh);
  const again = createGenerator(3);
  shuffleIndices(used, again);
  shuffleIndices(used, again);
  expect(used).not.toEqual(fresh);
});
