// Conjugate gradient against dense solves.

import { describe, expect, test } from "vitest";
import { conjugateGradient } from "../../src/algorithms/conjugate-gradient.ts";
import { createGenerator } from "../../src/random/index.ts";
import { runAtOnce } from "../../src/training/index.ts";
import { expectClose } from "../tensor/compare.ts";
import { addOuterProduct, multiply, solve, zeroMatrix } from "./dense.ts";

const solveBy = (matrix: number[][], b: Float64Array, options: { iterations: number; tolerance?: number }) =>
  runAtOnce(conjugateGradient((v, out) => out.set(multiply(matrix, v)), b, options.iterations, options.tolerance));

/** Σ u·uᵀ + damping · I of random u: symmetric and positive definite. */
function randomMatrix(n: number, damping: number, seed: number, rank = n): number[][] {
  const generator = createGenerator(seed);
  const matrix = zeroMatrix(n);
  for (let k = 0; k < rank; k++) addOuterProduct(matrix, 1 / rank, generator.fillStandardNormal(new Float64Array(n)));
  matrix.forEach((row, i) => (row[i] += damping));
  return matrix;
}
const randomVector = (n: number, seed: number): Float64Array =>
  createGenerator(seed).fillStandardNormal(new Float64Array(n));

test("by hand: [[4, 1], [1, 3]] · x = [1, 2]", () => {
  const matrix = [[4, 1], [1, 3]]; // prettier-ignore
  const b = Float64Array.of(1, 2);
  // α₀ = 5/20 and x₁ = α₀ b: r₁ = [1, 2] − ¼ [6, 7] = [−½, ¼]
  expect([...solveBy(matrix, b, { iterations: 1 }).x]).toEqual([0.25, 0.5]);
  expect(solveBy(matrix, b, { iterations: 1 }).residual).toBeCloseTo(0.3125 / 5, 15);
  const both = solveBy(matrix, b, { iterations: 10 });
  expectClose(both.x, [1 / 11, 7 / 11], 1e-14);
  expect(both.iterations).toBe(2);
});

describe.each([1, 2, 5, 20, 60])("%d unknowns", (n) => {
  test("as the dense solve", () => {
    for (const seed of [1, 2, 3]) {
      const matrix = randomMatrix(n, 0.1, seed);
      const b = randomVector(n, seed + 100);
      const { x, residual, iterations } = solveBy(matrix, b, { iterations: 3 * n, tolerance: 1e-24 });
      expectClose(x, solve(matrix, b), 1e-9);
      expect(residual).toBeLessThan(1e-20);
      expect(iterations).toBeLessThanOrEqual(3 * n);
    }
  });

  test("each product brings x nearer in the norm of A, and k distinct eigenvalues need k products", () => {
    const matrix = randomMatrix(n, 1, 7);
    const b = randomVector(n, 8);
    const exact = solve(matrix, b);
    const distance = (iterations: number): number => {
      const error = solveBy(matrix, b, { iterations, tolerance: 0 }).x.map((value, i) => value - exact[i]);
      return multiply(matrix, error).reduce((total, value, i) => total + value * error[i], 0);
    };
    const distances = Array.from({ length: Math.min(n, 8) + 1 }, (_, k) => distance(k));
    distances.slice(1).forEach((d, k) => expect(d).toBeLessThanOrEqual(distances[k] + 1e-25));

    const rank = Math.min(2, n); // I + two outer products: three eigenvalues at most
    const few = solveBy(randomMatrix(n, 1, 9, rank), b, { iterations: n + 5 });
    expect(few.iterations).toBeLessThanOrEqual(rank + 1);
  });
});

test("b = 0 needs no product", () => {
  expect(solveBy([[2]], Float64Array.of(0), { iterations: 5 })).toEqual({ x: Float64Array.of(0), iterations: 0, residual: 0 }); // prettier-ignore
});

test("a direction without curvature ends it, with a finite x", () => {
  for (const matrix of [
    [
      [0, 0],
      [0, 0],
    ],
    [
      [1, 0],
      [0, -1],
    ],
    [
      [NaN, 0],
      [0, 1],
    ],
  ]) {
    // prettier-ignore
    const { x, iterations } = solveBy(matrix, Float64Array.of(1, 1), { iterations: 5 });
    expect(iterations).toBe(1);
    expect([...x]).toEqual([0, 0]);
  }
});

test("it yields after each product", () => {
  const slices = conjugateGradient((v, out) => out.set(multiply(randomMatrix(6, 1, 1), v)), randomVector(6, 2), 4); // prettier-ignore
  let count = 0;
  while (!slices.next().done) count++;
  expect(count).toBe(4);
});
