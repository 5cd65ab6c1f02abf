// Matrices in another order: transposed, or in panels as products read them.
//
// Panels are 16 columns wide and lie one after the other; within one, rows lie back to back. So a column of tiles reads memory in
// order, however long the rows of the matrix are.

import { panelColumns } from "../src/tensor/compile/instructions";

/** The panels of b [k, n]. What lies beyond its last column is not used. */
export function pack(out: usize, b: usize, k: i32, n: i32): void {
  const stride = (<usize>n) << 2;
  for (let j = 0; j < n; j += panelColumns) {
    let from = b + ((<usize>j) << 2);
    if (j + panelColumns <= n)
      for (let i = 0; i < k; i++, out += 64, from += stride) {
        const x = v128.load(from);
        const y = v128.load(from, 16);
        const z = v128.load(from, 32);
        const w = v128.load(from, 48);
        v128.store(out, x);
        v128.store(out, y, 16);
        v128.store(out, z, 32);
        v128.store(out, w, 48);
      }
    else
      for (let i = 0; i < k; i++, out += 64, from += stride)
        for (let c: usize = 0; c < (<usize>(n - j)) << 2; c += 4) store<f32>(out + c, load<f32>(from + c));
  }
}

/** The same of b transposed: of a matrix [k, n] whose columns are the rows of `b`. */
export function packTransposed(out: usize, b: usize, k: i32, n: i32): void {
  const row = (<usize>k) << 2;
  for (let j = 0; j < n; j += panelColumns, out += 64 * <usize>k)
    for (let c = 0; c < panelColumns && j + c < n; c += 4) {
      const from = b + <usize>(j + c) * row;
      const to = out + ((<usize>c) << 2);
      if (j + c + 4 <= n) {
        let i = 0;
        for (; i + 4 <= k; i += 4) transpose4(to + ((<usize>i) << 6), 64, from + ((<usize>i) << 2), row);
        if (i < k) transposeScalars(to, from, 0, 4, i, k, row, 64);
      } else transposeScalars(to, from, 0, n - j - c, 0, k, row, 64);
    }
}

/** out[n, m] = a[m, n], dense. */
export function transpose(out: usize, a: usize, m: i32, n: i32): void {
  const aRow = (<usize>n) << 2;
  const outRow = (<usize>m) << 2;
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let j = 0;
    for (; j + 4 <= n; j += 4)
      transpose4(out + <usize>j * outRow + ((<usize>i) << 2), outRow, a + <usize>i * aRow + ((<usize>j) << 2), aRow);
    if (j < n) transposeScalars(out, a, i, i + 4, j, n, aRow, outRow);
  }
  if (i < m) transposeScalars(out, a, i, m, 0, n, aRow, outRow);
}

/** A square of 4 × 4. */
@inline
function transpose4(to: usize, toRow: usize, from: usize, fromRow: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + fromRow);
  const r2 = v128.load(from + 2 * fromRow);
  const r3 = v128.load(from + 3 * fromRow);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + toRow, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + 2 * toRow, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + 3 * toRow, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** Rows `iFrom` to `iEnd` of columns `jFrom` to `jEnd`, element by element. */
function transposeScalars(
  to: usize,
  from: usize,
  iFrom: i32,
  iEnd: i32,
  jFrom: i32,
  jEnd: i32,
  fromRow: usize,
  toRow: usize,
): void {
  for (let j = jFrom; j < jEnd; j++)
    for (let i = iFrom; i < iEnd; i++)
      store<f32>(to + <usize>j * toRow + ((<usize>i) << 2), load<f32>(from + <usize>i * fromRow + ((<usize>j) << 2)));
}
