// Dense matrices in float64, as rows: what conjugate gradient and Fisher-vector products are compared with.

/** Solves A·x = b by Gaussian elimination with partial pivoting. */
export function solve(matrix: readonly (readonly number[])[], b: ArrayLike<number>): Float64Array {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, b[i]!]);
  for (let k = 0; k < n; k++) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= k && Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? i : best),
      k,
    );
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = rows[i]![n]!;
    for (let j = i + 1; j < n; j++) rest -= rows[i]![j]! * x[j]!;
    x[i] = rest / rows[i]![i]!;
  }
  return x;
}

export const multiply = (matrix: readonly (readonly number[])[], v: ArrayLike<number>): Float64Array =>
  Float64Array.from(matrix, (row) => row.reduce((total, a, j) => total + a * v[j]!, 0));

export const zeroMatrix = (n: number): number[][] => Array.from({ length: n }, () => new Array<number>(n).fill(0));

/** matrix += scale · u·uᵀ */
export function addOuterProduct(matrix: number[][], scale: number, u: ArrayLike<number>): void {
  for (let i = 0; i < u.length; i++) for (let j = 0; j < u.length; j++) matrix[i]![j]! += scale * u[i]! * u[j]!;
}
