import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { preferenceProbability, samplePreference } from "../../../src/language/reviews/index.ts";
import { createGenerator } from "../../../src/random/index.ts";

const truths = fc.double({ min: -20, max: 2.25, noNaN: true });

describe("the probability of a preference", () => {
  test("by hand", () => {
    expect(preferenceProbability(1, 1)).toBe(0.5);
    expect(preferenceProbability(Math.log(3), 0, { flipped: 0 })).toBeCloseTo(0.75, 15);
    expect(preferenceProbability(Math.log(3), 0)).toBeCloseTo(0.75 * 0.9 + 0.25 * 0.1, 15);
    expect(preferenceProbability(0, Math.log(3), { flipped: 1 })).toBeCloseTo(0.75, 15);
    expect(preferenceProbability(1000, -1000)).toBe(0.9);
    expect(preferenceProbability(-Infinity, 0)).toBe(0.1);
  });

  test("is 1 of both sides, and depends on the difference alone", () => {
    fc.assert(
      fc.property(truths, truths, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, flipped) => {
        const p = preferenceProbability(a, b, { flipped });
        expect(p + preferenceProbability(b, a, { flipped })).toBeCloseTo(1, 12);
        expect(preferenceProbability(a - b, 0, { flipped })).toBe(p);
      }),
    );
  });
});

describe("sampled preferences", () => {
  const count = 40_000;
  const share = (a: number, b: number, flipped?: number): number => {
    const generator = createGenerator(5);
    let preferred = 0;
    for (let i = 0; i < count; i++) if (samplePreference(a, b, generator, { flipped })) preferred++;
    return preferred / count;
  };

  test.each<[number, number, number | undefined]>([
    [0, 0, undefined],
    [1, 0, undefined],
    [-0.5, 1.2, undefined],
    [1, 0, 0],
    [2, -3, 0.25],
    [1, 0, 1],
  ])("of truths %d and %d, flipped %s, come as often as they should", (a, b, flipped) => {
    const p = preferenceProbability(a, b, { flipped });
    expect(Math.abs(share(a, b, flipped) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count));
  });

  test("are certain where the truths are far apart and nothing is flipped", () => {
    expect([share(1000, -1000, 0), share(-1000, 1000, 0), share(1000, -1000, 1)]).toEqual([1, 0, 0]);
  });

  test("with other flips differ in the flips alone: each takes two numbers", () => {
    const labels = (flipped: number): boolean[] => {
      const generator = createGenerator(9);
      return Array.from({ length: 5000 }, (_, i) => samplePreference(i % 3, 1, generator, { flipped }));
    };
    const [none, some, all] = [0, 0.1, 1].map(labels);
    expect(all).toEqual(none.map((label) => !label));
    const flips = some.filter((label, i) => label !== none[i]).length / 5000;
    expect(Math.abs(flips - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / 5000));
    const generator = createGenerator(9);
    const after = createGenerator(9);
    samplePreference(3, -3, generator);
    after.random();
    after.random();
    expect(generator.getState()).toEqual(after.getState());
  });
});

test("what cannot be compared is refused", () => {
  const generator = createGenerator(1);
  expect(() => samplePreference(NaN, 0, generator)).toThrow("truths NaN and 0 cannot be compared");
  expect(() => preferenceProbability(Infinity, Infinity)).toThrow("cannot be compared");
  for (const flipped of [-0.1, 1.1, NaN])
    expect(() => samplePreference(0, 1, generator, { flipped })).toThrow(`flipped must be from 0 to 1, not ${flipped}`);
});
