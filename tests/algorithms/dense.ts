// What conjugate gradient and Fisher-vector products are compared with, in float64: dense matrices, as rows, and
// expectations over actions by enumeration.

import type { Space } from "../../src/spaces/index.ts";

export type Matrix = readonly (readonly number[])[];

/** Solves A·x = b by Gaussian elimination with partial pivoting. */
export function solve(matrix: Matrix, b: ArrayLike<number>): Float64Array {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, b[i]]);
  for (let k = 0; k < n; k++) {
    const pivot = rows.reduce((best, row, i) => (i >= k && Math.abs(row[k]) > Math.abs(rows[best][k]) ? i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = rows[i][n];
    for (let j = i + 1; j < n; j++) rest -= rows[i][j] * x[j];
    x[i] = rest / rows[i][i];
  }
  return x;
}

export const multiply = (matrix: Matrix, v: ArrayLike<number>): Float64Array =>
  Float64Array.from(matrix, (row) => row.reduce((total, a, j) => total + a * v[j], 0));

export const zeroMatrix = (n: number): number[][] => Array.from({ length: n }, () => new Array<number>(n).fill(0));

/** matrix += scale · u·uᵀ */
export function addOuterProduct(matrix: number[][], scale: number, u: ArrayLike<number>): void {
  for (let i = 0; i < u.length; i++) for (let j = 0; j < u.length; j++) matrix[i][j] += scale * u[i] * u[j];
}

interface Weighted {
  readonly action: number[];
  readonly probability: number;
}

/**
 * The actions of a space, as they are stored, with their probabilities under a distribution's parameters. For a Box:
 * nodes of Gauss and Hermite's quadrature with three points a component, exact for polynomials of the fifth degree, as
 * ∇log π ∇log πᵀ is one of the fourth.
 */
export function enumerateActions(space: Space, parameters: ArrayLike<number>): Weighted[] {
  const product = (components: { value: number; weight: number }[][]): Weighted[] =>
    components.reduce<Weighted[]>(
      (all, choices) =>
        all.flatMap(({ action, probability }) =>
          choices.map(({ value, weight }) => ({ action: [...action, value], probability: probability * weight })),
        ),
      [{ action: [], probability: 1 }],
    );
  switch (space.kind) {
    case "discrete":
      return enumerateActions({ kind: "multiDiscrete", counts: [space.n] }, parameters);
    case "multiDiscrete": {
      let at = 0;
      return product(
        space.counts.map((n) =>
          Array.from({ length: n }, (_, a) => ({ value: a, weight: Math.exp(parameters[at++]) })),
        ),
      );
    }
    case "multiBinary":
      return product(
        Array.from(parameters, (logit) => {
          const one = 1 / (1 + Math.exp(-logit));
          return [{ value: 0, weight: 1 - one }, { value: 1, weight: one }]; // prettier-ignore
        }),
      );
    case "box": {
      const k = space.low.length;
      const nodes = [[-Math.sqrt(3), 1 / 6], [0, 2 / 3], [Math.sqrt(3), 1 / 6]] as const; // prettier-ignore
      return product(
        Array.from({ length: k }, (_, i) =>
          nodes.map(([z, weight]) => ({ value: parameters[i] + Math.exp(parameters[k + i]) * z, weight })),
        ),
      );
    }
  }
}
