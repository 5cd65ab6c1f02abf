// Orthogonal initialization: Saxe, McClelland & Ganguli (2014).

import type { Generator } from "../random/index.ts";

/**
 * A random matrix [rows, columns], row-major, whose shorter side's vectors are orthonormal, times `gain`: the Q of a
 * Gaussian matrix, by Gram–Schmidt taken twice in float64 (which keeps Q uniform: the diagonal of R is positive).
 */
export function orthogonal(rows: number, columns: number, gain: number, generator: Generator): Float32Array {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const v = Float64Array.from({ length }, () => generator.standardNormal());
    for (let pass = 0; pass < 2; pass++)
      for (const u of vectors) {
        const projection = dot(u, v);
        for (let i = 0; i < length; i++) v[i] = v[i]! - projection * u[i]!;
      }
    const norm = Math.sqrt(dot(v, v));
    if (norm > 1e-9) vectors.push(v.map((x) => x / norm));
  }
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      result[i * columns + j] = gain * (rows < columns ? vectors[i]![j]! : vectors[j]![i]!);
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
