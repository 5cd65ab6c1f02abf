// Orthogonal initialization: Saxe, McClelland & Ganguli (2014).

import { addScaled, dot } from "../math/vectors.ts";
import type { Generator } from "../random/index.ts";

/**
 * A random matrix [rows, columns], row-major, whose shorter side's vectors are orthonormal, times `gain`: the Q of a
 * Gaussian matrix by modified Gram–Schmidt in float64, whose R has a positive diagonal, so that Q is uniform.
 */
export function orthogonal(rows: number, columns: number, gain: number, generator: Generator): Float32Array {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const v = generator.fillStandardNormal(new Float64Array(length));
    for (const u of vectors) addScaled(v, -dot(u, v), u);
    const norm = Math.sqrt(dot(v, v));
    if (norm < 1e-6) continue; // all but dependent on the earlier ones: draw another
    vectors.push(v.map((x) => x / norm));
  }
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[i * columns + j] = gain * (rows < columns ? vectors[i][j] : vectors[j][i]);
  return result;
}
