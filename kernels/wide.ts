// The register tile of products for vectors of 256 bits: 6 rows × 16 columns. WebAssembly's vectors have 128 bits, but V8
// joins two operations on neighbouring vectors into one where it is told to (see src/tensor/wasm/vectors.ts), and only
// within straight-line code: no branch lies between the first load of a tile and its last store. Without that, 24 vectors do not
// fit into 16 registers, and this tile is half as fast as the narrow ones.

import { madd, zeros } from "./vector";

export const wideRows = 6;
/** Rows of the tile that takes the last ones, where they are no more: 64 rows are ten tiles of six and one of four. */
const lowRows = 4;
export const wideColumns = 16;

/** C[m, n] (+)= bias + A · B as in matmul.ts, with the same bits, for n that is a multiple of 16. */
export function wideTiles(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
  bStride: usize,
  stride: usize,
  accumulate: bool,
): void {
  if (accumulate) panels(c, a, b, zeros, 0, m, n, k, aRow, aStep, bStride, stride, true);
  else panels(c, a, b, bias ? bias : zeros, bias ? 4 : 0, m, n, k, aRow, aStep, bStride, stride, false);
}

/** `start` holds what sums begin with, `startStep` bytes a column. */
@inline
function panels(
  c: usize,
  a: usize,
  b: usize,
  start: usize,
  startStep: usize,
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
  bStride: usize,
  stride: usize,
  accumulate: bool,
): void {
  // A last panel of fewer rows computes its last row several times, and stores it there each time.
  let left = m;
  for (; left > lowRows; left -= wideRows, a += wideRows * aRow, c += wideRows * stride)
    for (let j = 0; j < n; j += wideColumns) {
      const at = (<usize>j) << 2;
      const last = min(left, wideRows) - 1;
      tile(c + at, a, b + at, start + <usize>j * startStep, k, last, aRow, aStep, bStride, stride, accumulate, true);
    }
  if (left > 0)
    for (let j = 0; j < n; j += wideColumns) {
      const at = (<usize>j) << 2;
      const last = left - 1;
      tile(c + at, a, b + at, start + <usize>j * startStep, k, last, aRow, aStep, bStride, stride, accumulate, false);
    }
}

/** Rows up to `last` of six, or of four if not `high`. */
@inline
function tile(
  c: usize,
  a: usize,
  b: usize,
  start: usize,
  k: i32,
  last: i32,
  aRow: usize,
  aStep: usize,
  bStride: usize,
  stride: usize,
  accumulate: bool, // known when compiling, as what follows: it is no branch
  high: bool,
): void {
  const row1 = <usize>min(last, 1);
  const row2 = <usize>min(last, 2);
  const row3 = <usize>min(last, 3);
  const row4 = <usize>min(last, 4);
  const row5 = <usize>min(last, 5);
  const a1 = row1 * aRow;
  const a2 = row2 * aRow;
  const a3 = row3 * aRow;
  const a4 = row4 * aRow;
  const a5 = row5 * aRow;
  let c00 = v128.load(start);
  let c01 = v128.load(start, 16);
  let c02 = v128.load(start, 32);
  let c03 = v128.load(start, 48);
  let c10 = c00;
  let c11 = c01;
  let c12 = c02;
  let c13 = c03;
  let c20 = c00;
  let c21 = c01;
  let c22 = c02;
  let c23 = c03;
  let c30 = c00;
  let c31 = c01;
  let c32 = c02;
  let c33 = c03;
  let c40 = c00;
  let c41 = c01;
  let c42 = c02;
  let c43 = c03;
  let c50 = c00;
  let c51 = c01;
  let c52 = c02;
  let c53 = c03;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    c02 = madd(x, b2, c02);
    c03 = madd(x, b3, c03);
    x = v128.load32_splat(a + a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    c12 = madd(x, b2, c12);
    c13 = madd(x, b3, c13);
    x = v128.load32_splat(a + a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    c22 = madd(x, b2, c22);
    c23 = madd(x, b3, c23);
    x = v128.load32_splat(a + a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    c32 = madd(x, b2, c32);
    c33 = madd(x, b3, c33);
    if (high) {
      x = v128.load32_splat(a + a4);
      c40 = madd(x, b0, c40);
      c41 = madd(x, b1, c41);
      c42 = madd(x, b2, c42);
      c43 = madd(x, b3, c43);
      x = v128.load32_splat(a + a5);
      c50 = madd(x, b0, c50);
      c51 = madd(x, b1, c51);
      c52 = madd(x, b2, c52);
      c53 = madd(x, b3, c53);
    }
    a += aStep;
    b += bStride;
  }
  const c1 = c + row1 * stride;
  const c2 = c + row2 * stride;
  const c3 = c + row3 * stride;
  const c4 = c + row4 * stride;
  const c5 = c + row5 * stride;
  if (accumulate) {
    // All rows are read before one is written: the last may be there several times.
    c00 = f32x4.add(v128.load(c), c00);
    c01 = f32x4.add(v128.load(c, 16), c01);
    c02 = f32x4.add(v128.load(c, 32), c02);
    c03 = f32x4.add(v128.load(c, 48), c03);
    c10 = f32x4.add(v128.load(c1), c10);
    c11 = f32x4.add(v128.load(c1, 16), c11);
    c12 = f32x4.add(v128.load(c1, 32), c12);
    c13 = f32x4.add(v128.load(c1, 48), c13);
    c20 = f32x4.add(v128.load(c2), c20);
    c21 = f32x4.add(v128.load(c2, 16), c21);
    c22 = f32x4.add(v128.load(c2, 32), c22);
    c23 = f32x4.add(v128.load(c2, 48), c23);
    c30 = f32x4.add(v128.load(c3), c30);
    c31 = f32x4.add(v128.load(c3, 16), c31);
    c32 = f32x4.add(v128.load(c3, 32), c32);
    c33 = f32x4.add(v128.load(c3, 48), c33);
    if (high) {
      c40 = f32x4.add(v128.load(c4), c40);
      c41 = f32x4.add(v128.load(c4, 16), c41);
      c42 = f32x4.add(v128.load(c4, 32), c42);
      c43 = f32x4.add(v128.load(c4, 48), c43);
      c50 = f32x4.add(v128.load(c5), c50);
      c51 = f32x4.add(v128.load(c5, 16), c51);
      c52 = f32x4.add(v128.load(c5, 32), c52);
      c53 = f32x4.add(v128.load(c5, 48), c53);
    }
  }
  storeRow(c, c00, c01, c02, c03);
  storeRow(c1, c10, c11, c12, c13);
  storeRow(c2, c20, c21, c22, c23);
  storeRow(c3, c30, c31, c32, c33);
  if (high) {
    storeRow(c4, c40, c41, c42, c43);
    storeRow(c5, c50, c51, c52, c53);
  }
}

@inline
function storeRow(c: usize, x: v128, y: v128, z: v128, w: v128): void {
  v128.store(c, x);
  v128.store(c, y, 16);
  v128.store(c, z, 32);
  v128.store(c, w, 48);
}
