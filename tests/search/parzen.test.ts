// What is proposed, on known functions: counted against draws by chance.

import { describe, expect, test } from "vitest";
import { createGenerator } from "../../src/random/index.ts";
import { densityOf, evenPoint, proposeByParzen } from "../../src/search/parzen.ts";
import { axesOf, type Axis, type Point } from "../../src/search/space.ts";

const numbers = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, { low: 0, high: 1, scale: "linear" } as const]));
const choices = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, { values: ["a", "b", "c"] }]));

/** Branin's function on the unit square, whose three maxima are −0.398. */
function branin([u, v]: Point): number {
  const [x, y] = [15 * u - 5, 15 * v];
  const inner = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6;
  return -(inner * inner + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10);
}

/** A quadratic in three of six numbers, and two of four choices that matter; 0 is the most. */
function mixed(point: Point): number {
  const [a, b, c] = [point[0] - 0.8, point[1] - 0.3, point[2] - 0.5];
  return -(4 * a * a + 2 * b * b + 2 * c * c + (point[6] === 1 ? 0 : 0.5) + (point[7] === 2 ? 0 : 0.3));
}

/** What the best of so many evaluations, each with noise, is truly worth. */
function found(
  how: "parzen" | "chance",
  axes: Axis[],
  f: (point: Point) => number,
  noise: number,
  trials: number,
  seed: number,
) {
  const disturbance = createGenerator([seed, 1]);
  const known: { point: Point; seen: number }[] = [];
  const shift = axes.map((_, i) => createGenerator([seed, 2, i]).random());
  for (let trial = 0; trial < trials; trial++) {
    const random = createGenerator([seed, 3, trial]);
    const ranked = [...known].sort((a, b) => b.seen - a.seen).map(({ point }) => point);
    const point =
      how === "chance"
        ? axes.map((axis) => (axis.choices > 0 ? random.integers(0, axis.choices) : random.random()))
        : trial < 10
          ? evenPoint(axes, trial, shift)
          : proposeByParzen(axes, { ranked, pending: [] }, random);
    known.push({ point, seen: f(point) + noise * disturbance.standardNormal() });
  }
  return f(known.reduce((best, one) => (one.seen > best.seen ? one : best)).point);
}

test.each([
  ["Branin's function", axesOf(numbers(2)), branin, 0, 30],
  ["ten options, five of which matter, with noise", axesOf({ ...numbers(6), ...choices(4) }), mixed, 0.1, 40],
] as const)("finds more than chance does in at least 15 of 20 searches: %s", (_, axes, f, noise, trials) => {
  const seeds = Array.from({ length: 20 }, (_, i) => 1 + i);
  const wins = seeds.filter(
    (seed) => found("parzen", axes, f, noise, trials, seed) > found("chance", axes, f, noise, trials, seed),
  );
  expect(wins.length).toBeGreaterThanOrEqual(15); // of a coin: one time in fifty
});

describe("a density", () => {
  const axes = axesOf({ x: { low: 0, high: 1, scale: "linear" }, c: { values: ["a", "b"] } });

  test("sums to 1, kernels at the border too", () => {
    const density = densityOf(axes, [[0, 0], [0.5, 1], [0.97, 1]]); // prettier-ignore
    const steps = 2000;
    let sum = 0;
    for (let i = 0; i < steps; i++) for (const choice of [0, 1]) sum += density.of([(i + 0.5) / steps, choice]) / steps;
    expect(sum).toBeCloseTo(1, 3);
  });

  test("without points is the same everywhere", () => {
    expect(densityOf(axes, []).of([0.3, 1])).toBe(0.5);
  });

  test("draws what it is the density of", () => {
    const density = densityOf(axes, [[0.2, 1]]);
    const random = createGenerator(5);
    const drawn = Array.from({ length: 2000 }, () => density.draw(random));
    const share = (isThere: (point: Point) => boolean) => drawn.filter(isThere).length / drawn.length;
    let expected = 0;
    for (let x = 0.0005; x < 0.4; x += 0.001) expected += density.of([x, 1]) * 0.001;
    expect(share(([x, c]) => x < 0.4 && c === 1)).toBeCloseTo(expected, 1);
    expect(drawn.every(([x]) => x >= 0 && x <= 1)).toBe(true);
  });
});

test("of points that are equally good, the cheaper is proposed", () => {
  const axes = axesOf(numbers(1));
  const ranked = Array.from({ length: 14 }, (_, i) => [i % 2 === 0 ? 0.25 : 0.75]);
  const proposals = (costOf?: (point: Point) => number) =>
    Array.from({ length: 20 }, (_, i) => proposeByParzen(axes, { ranked, pending: [], costOf }, createGenerator(i))[0]);
  expect(proposals(([x]) => (x > 0.5 ? 100 : 1)).filter((x) => x > 0.5)).toEqual([]);
  expect(proposals(([x]) => (x > 0.5 ? 1 : 100)).filter((x) => x < 0.5)).toEqual([]);
});

test("the first points fill the space: of nine, at most two fall into each ninth of the square", () => {
  const axes = axesOf(numbers(2));
  for (const shift of [
    [0, 0],
    [0.37, 0.81],
  ]) {
    // prettier-ignore
    const cells = Array.from({ length: 9 }, (_, i) => evenPoint(axes, i, shift)).map(([x, y]) => 3 * Math.floor(3 * x) + Math.floor(3 * y)); // prettier-ignore
    for (const cell of cells) expect(cells.filter((other) => other === cell).length).toBeLessThanOrEqual(2);
  }
});
