// Matrix products by register tiles of 4 rows × 8 columns, with bias, activation and its derivative riding along.
// Every output element is the bias (or 0) plus its products in the order k = 0, 1, …, whatever the tile: the bits of a row
// do not depend on how many rows there are.

import { Epilogue } from "../src/tensor/opcodes";
import { madd } from "./vector";
import { flatReluGradient, flatTanhGradient, flatUnary } from "./elementwise";
import { Opcode } from "../src/tensor/opcodes";

/**
 * C[m, n] (+)= A[m, k] · B[k, n] (+ bias[n]), then the epilogue on C (with `aux` of C's shape).
 * A's element (i, k) lies at a + i·aRow + k·aStep bytes, so A may be transposed; B and C are row-major and dense.
 */
export function matmul(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  aux: usize,
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
  accumulate: bool,
  epilogue: i32,
): void {
  const stride = <usize>n << 2;
  for (let i = 0; i < m; i += 4) {
    const height = min(m - i, 4);
    if (height == 4) panel(4, c, a, b, bias, n, k, aRow, aStep, stride, accumulate);
    else if (height == 3) panel(3, c, a, b, bias, n, k, aRow, aStep, stride, accumulate);
    else if (height == 2) panel(2, c, a, b, bias, n, k, aRow, aStep, stride, accumulate);
    else panel(1, c, a, b, bias, n, k, aRow, aStep, stride, accumulate);
    const count = height * n;
    if (epilogue == Epilogue.Tanh) flatUnary(Opcode.Tanh, c, c, count);
    else if (epilogue == Epilogue.Relu) flatUnary(Opcode.Relu, c, c, count);
    else if (epilogue == Epilogue.TanhGradient) flatTanhGradient(c, c, aux, count);
    else if (epilogue == Epilogue.ReluGradient) flatReluGradient(c, c, aux, count);
    a += 4 * aRow;
    c += 4 * stride;
    aux += 4 * stride;
  }
}

/** `height` rows (known when compiling) of C, all columns. */
@inline
function panel(
  height: i32,
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
  stride: usize,
  accumulate: bool,
): void {
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    const column = <usize>j << 2;
    tile8(height, c + column, a, b + column, bias ? bias + column : 0, k, aRow, aStep, stride, accumulate);
  }
  for (; j < n; j += 4) {
    const column = <usize>j << 2;
    tile4(height, c + column, a, b + column, bias ? bias + column : 0, k, aRow, aStep, stride, accumulate, n - j);
  }
}

@inline
function tile8(
  height: i32,
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  k: i32,
  aRow: usize,
  aStep: usize,
  stride: usize,
  accumulate: bool,
): void {
  let c00 = bias ? v128.load(bias) : f32x4.splat(0);
  let c01 = bias ? v128.load(bias, 16) : f32x4.splat(0);
  let c10 = c00;
  let c11 = c01;
  let c20 = c00;
  let c21 = c01;
  let c30 = c00;
  let c31 = c01;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    if (height > 1) {
      x = v128.load32_splat(a + aRow);
      c10 = madd(x, b0, c10);
      c11 = madd(x, b1, c11);
    }
    if (height > 2) {
      x = v128.load32_splat(a + 2 * aRow);
      c20 = madd(x, b0, c20);
      c21 = madd(x, b1, c21);
    }
    if (height > 3) {
      x = v128.load32_splat(a + 3 * aRow);
      c30 = madd(x, b0, c30);
      c31 = madd(x, b1, c31);
    }
    a += aStep;
    b += stride;
  }
  store8(c, c00, c01, accumulate);
  if (height > 1) store8(c + stride, c10, c11, accumulate);
  if (height > 2) store8(c + 2 * stride, c20, c21, accumulate);
  if (height > 3) store8(c + 3 * stride, c30, c31, accumulate);
}

@inline
function store8(c: usize, x: v128, y: v128, accumulate: bool): void {
  if (accumulate) {
    v128.store(c, f32x4.add(v128.load(c), x));
    v128.store(c, f32x4.add(v128.load(c, 16), y), 16);
  } else {
    v128.store(c, x);
    v128.store(c, y, 16);
  }
}

/** Up to four columns: `width` of them are stored. Loads reach at most 12 bytes past the operands, into padding. */
@inline
function tile4(
  height: i32,
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  k: i32,
  aRow: usize,
  aStep: usize,
  stride: usize,
  accumulate: bool,
  width: i32,
): void {
  let c0 = bias ? v128.load(bias) : f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b);
    c0 = madd(v128.load32_splat(a), b0, c0);
    if (height > 1) c1 = madd(v128.load32_splat(a + aRow), b0, c1);
    if (height > 2) c2 = madd(v128.load32_splat(a + 2 * aRow), b0, c2);
    if (height > 3) c3 = madd(v128.load32_splat(a + 3 * aRow), b0, c3);
    a += aStep;
    b += stride;
  }
  storeLanes(c, c0, width, accumulate);
  if (height > 1) storeLanes(c + stride, c1, width, accumulate);
  if (height > 2) storeLanes(c + 2 * stride, c2, width, accumulate);
  if (height > 3) storeLanes(c + 3 * stride, c3, width, accumulate);
}

@inline
function storeLanes(c: usize, x: v128, width: i32, accumulate: bool): void {
  if (accumulate) x = f32x4.add(v128.load(c), x);
  if (width >= 4) v128.store(c, x);
  else {
    v128.store_lane<f32>(c, x, 0);
    if (width > 1) v128.store_lane<f32>(c, x, 1, 4);
    if (width > 2) v128.store_lane<f32>(c, x, 2, 8);
  }
}

/** out[n, m] = a[m, n], dense. */
export function transpose(out: usize, a: usize, m: i32, n: i32): void {
  const aRow = <usize>n << 2;
  const outRow = <usize>m << 2;
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const p = a + <usize>i * aRow + (<usize>j << 2);
      const r0 = v128.load(p);
      const r1 = v128.load(p + aRow);
      const r2 = v128.load(p + 2 * aRow);
      const r3 = v128.load(p + 3 * aRow);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const q = out + <usize>j * outRow + (<usize>i << 2);
      v128.store(q, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(q + outRow, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(q + 2 * outRow, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(q + 3 * outRow, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    }
    for (; j < n; j++) transposeScalars(out, a, i, i + 4, j, aRow, outRow);
  }
  if (i < m) for (let j = 0; j < n; j++) transposeScalars(out, a, i, m, j, aRow, outRow);
}

@inline
function transposeScalars(out: usize, a: usize, from: i32, to: i32, j: i32, aRow: usize, outRow: usize): void {
  for (let i = from; i < to; i++)
    store<f32>(out + <usize>j * outRow + (<usize>i << 2), load<f32>(a + <usize>i * aRow + (<usize>j << 2)));
}
