import { expect, test } from "vitest";
import { bestOfN } from "../../src/language/best-of-n.ts";

const pool = [
  { proxy: 3, truth: -1 },
  { proxy: 1, truth: 2 },
  { proxy: 2, truth: 5 },
  { proxy: 5, truth: -4 },
  { proxy: 4, truth: 0 },
];

/** All subsets of n of a pool. */
function subsets<T>(of: readonly T[], n: number): T[][] {
  if (n === 0) return [[]];
  return of.flatMap((first, i) => subsets(of.slice(i + 1), n - 1).map((rest) => [first, ...rest]));
}
const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;

test("is what the best of all subsets of n come to", () => {
  for (const { n, proxy, truth } of bestOfN([pool], [1, 2, 3, 4, 5])) {
    const best = subsets(pool, n).map((texts) => texts.reduce((a, b) => (b.proxy > a.proxy ? b : a)));
    expect(proxy).toBeCloseTo(mean(best.map((text) => text.proxy)), 12);
    expect(truth).toBeCloseTo(mean(best.map((text) => text.truth)), 12);
  }
});

test("is the mean over prompts, and costs log n − (n − 1) / n nats", () => {
  const [one, four] = bestOfN([pool, pool.map(({ proxy, truth }) => ({ proxy: proxy + 10, truth }))], [1, 4]);
  expect(one).toMatchObject({ n: 1, kl: 0 });
  expect(one.proxy).toBeCloseTo(8, 12);
  expect(four.kl).toBeCloseTo(Math.log(4) - 3 / 4, 12);
});

test("texts of the same reward count alike, in whatever order they stand", () => {
  const tied = [
    { proxy: 1, truth: 0 },
    { proxy: 2, truth: 6 },
    { proxy: 2, truth: 0 },
    { proxy: 2, truth: 3 },
  ];
  for (const texts of [tied, [...tied].reverse()]) expect(bestOfN([texts], [4])[0].truth).toBeCloseTo(3, 12);
});

test("refuses an n that a pool is too small for", () => {
  expect(() => bestOfN([pool, pool.slice(1)], [1, 5])).toThrow("n is 5, but must be a whole number from 1 to 4");
  expect(() => bestOfN([], [1])).toThrow("a text for each prompt");
});

test("large pools are no trouble", () => {
  const large = Array.from({ length: 4000 }, (_, i) => ({ proxy: i, truth: 1 }));
  const [point] = bestOfN([large], [256]);
  expect(point.truth).toBeCloseTo(1, 9); // the shares of all texts add up to 1
  expect(point.proxy).toBeCloseTo((256 * 4001) / 257 - 1, 6); // the mean maximum of 256 of 1 … 4000, less 1
});
