// Matrix products by register tiles of 4 rows × 8 columns, with bias, activation and its derivative riding along.
// Every output element is the bias (or 0) plus its products in the order k = 0, 1, …, whatever the tile: the bits of a
// row do not depend on how many rows there are.

import {
  Epilogue,
  Opcode,
  packedSpan,
  panelColumns,
  tileColumns,
  tileRows,
  wideSwitch,
} from "../src/tensor/compile/instructions";
import { applyBinary, applyUnary, flatRelu, flatReluGradient, flatTanh, flatTanhGradient } from "./elementwise";
import { hasWide } from "./parts";
import { madd } from "./vector";
import { wideColumns, wideRows, wideTiles } from "./wide";

/**
 * C[m, n] (+)= A[m, k] · B[k, n] (+ bias[n]), then the epilogue on C (with `aux` of C's shape).
 * A's element (i, k) lies at a + i·aRow + k·aStep bytes, so A may be transposed; C is row-major and dense, and so is B, unless
 * it is `packed` in panels (see pack.ts).
 *
 * Where the rows of a transposed A lie so far apart that a tile's share of them falls into few sets of the first cache and
 * does not stay there, that share is packed into `scratch`, if there is one, for a row of tiles.
 */
export function matmul(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  aux: usize,
  scratch: usize,
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
  packed: bool,
  accumulate: bool,
  epilogue: i32,
): void {
  if (n < 4 && aRow == 4 && !bias && epilogue == Epilogue.None) {
    narrowTransposed(c, a, b, m, n, k, aStep, accumulate);
    return;
  }
  const stride = (<usize>n) << 2;
  const isWide = load<i32>(wideSwitch) != 0 && n >= wideColumns;
  if (packed) panels(c, a, b, bias, m, n, k, aRow, aStep, stride, accumulate, isWide);
  else if (scratch && aRow == 4 && <usize>k * aStep > <usize>packedSpan && n > 2 * tileColumns) {
    const height = isWide ? wideRows : tileRows;
    for (let i = 0; i < m; i += height) {
      pack8(scratch, a + ((<usize>i) << 2), k, aStep);
      const to = c + <usize>i * stride;
      const rows = min(m - i, height);
      if (hasWide && isWide) wide(to, scratch, b, bias, rows, n, k, 4, 32, stride, accumulate);
      else tiles(to, scratch, b, bias, 0, rows, n, k, 4, 32, stride, stride, accumulate, Epilogue.None);
    }
  } else if (hasWide && isWide) wide(c, a, b, bias, m, n, k, aRow, aStep, stride, accumulate);
  else {
    tiles(c, a, b, bias, aux, m, n, k, aRow, aStep, stride, stride, accumulate, epilogue);
    return;
  }
  if (epilogue == Epilogue.Tanh) flatTanh(c, c, m * n);
  else if (epilogue == Epilogue.TanhGradient) flatTanhGradient(c, c, aux, m * n);
  else if (epilogue == Epilogue.ReluGradient) flatReluGradient(c, c, aux, m * n);
  else if (epilogue == Epilogue.Relu) flatRelu(c, c, m * n);
}

/** A product without an epilogue whose B is packed. */
function panels(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
  stride: usize,
  accumulate: bool,
  isWide: bool,
): void {
  const row: usize = 4 * panelColumns;
  for (let j = 0; j < n; j += panelColumns, b += <usize>k * row) {
    const at = (<usize>j) << 2;
    const start = bias ? bias + at : 0;
    const width = min(n - j, panelColumns);
    if (hasWide && isWide && width == wideColumns)
      wideTiles(c + at, a, b, start, m, width, k, aRow, aStep, row, stride, accumulate);
    else tiles(c + at, a, b, start, 0, m, width, k, aRow, aStep, row, stride, accumulate, Epilogue.None);
  }
}

/** A product without an epilogue by wide tiles: whole ones, then the columns that are left. */
function wide(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  m: i32,
  n: i32,
  k: i32,
  aRow: usize,
  aStep: usize,
  stride: usize,
  accumulate: bool,
): void {
  const whole = n & ~(wideColumns - 1);
  wideTiles(c, a, b, bias, m, whole, k, aRow, aStep, stride, stride, accumulate);
  if (whole == n) return;
  const at = (<usize>whole) << 2;
  const start = bias ? bias + at : 0;
  tiles(c + at, a, b + at, start, 0, m, n - whole, k, aRow, aStep, stride, stride, accumulate, Epilogue.None);
}

/** A product by narrow tiles; `bStride` and `stride` are bytes between the rows of B and of C. */
export function tiles(
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
  bStride: usize,
  stride: usize,
  accumulate: bool,
  epilogue: i32,
): void {
  for (let i = 0; i < m; i += 4) {
    // A last panel of fewer rows computes its last row several times and stores it once: one tile serves all heights.
    const height = min(m - i, 4);
    const row1 = height > 1 ? aRow : 0;
    const row2 = height > 2 ? 2 * aRow : row1;
    const row3 = height > 3 ? 3 * aRow : row2;
    for (let j = 0; j < n; j += 8) {
      const at = (<usize>j) << 2;
      const width = n - j;
      if (width > 4)
        tile8(
          c + at,
          a,
          b + at,
          bias ? bias + at : 0,
          aux + at,
          k,
          row1,
          row2,
          row3,
          aStep,
          bStride,
          stride,
          accumulate,
          epilogue,
          height,
          width,
        );
      else
        tile4(
          c + at,
          a,
          b + at,
          bias ? bias + at : 0,
          aux + at,
          k,
          row1,
          row2,
          row3,
          aStep,
          bStride,
          stride,
          accumulate,
          epilogue,
          height,
          width,
        );
    }
    // tanh is too long to repeat for each tile of registers: it runs over the finished rows.
    if (epilogue == Epilogue.Tanh) flatTanh(c, c, height * n);
    a += 4 * aRow;
    c += 4 * stride;
    aux += 4 * stride;
  }
}

/** Eight elements of each of k rows, one after the other. */
@inline
function pack8(to: usize, from: usize, k: i32, stride: usize): void {
  for (let i = 0; i < k; i++, to += 32, from += stride) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}

/**
 * 4 × 8 elements of C in registers; the rows of A lie 0, row1, row2 and row3 bytes on. `height` rows and `width`
 * columns are stored: what is loaded beyond lies in padding.
 */
@inline
function tile8(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  aux: usize,
  k: i32,
  row1: usize,
  row2: usize,
  row3: usize,
  aStep: usize,
  bStride: usize,
  stride: usize,
  accumulate: bool,
  epilogue: i32,
  height: i32,
  width: i32,
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
    x = v128.load32_splat(a + row1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a + row2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a + row3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a += aStep;
    b += bStride;
  }
  store8(c, c00, c01, aux, accumulate, epilogue, width);
  if (height > 1) store8(c + stride, c10, c11, aux + stride, accumulate, epilogue, width);
  if (height > 2) store8(c + 2 * stride, c20, c21, aux + 2 * stride, accumulate, epilogue, width);
  if (height > 3) store8(c + 3 * stride, c30, c31, aux + 3 * stride, accumulate, epilogue, width);
}

@inline
function store8(c: usize, x: v128, y: v128, aux: usize, accumulate: bool, epilogue: i32, width: i32): void {
  if (accumulate) {
    x = f32x4.add(v128.load(c), x);
    y = f32x4.add(v128.load(c, 16), y);
  } else if (epilogue > Epilogue.Tanh) {
    x = finish(x, aux, epilogue);
    y = finish(y, aux + 16, epilogue);
  }
  v128.store(c, x);
  if (width >= 8) v128.store(c, y, 16);
  else storeLanes(c + 16, y, width - 4);
}

/** What an epilogue other than tanh makes of a finished vector. */
@inline
function finish(x: v128, aux: usize, epilogue: i32): v128 {
  if (epilogue == Epilogue.TanhGradient) return applyBinary(Opcode.TanhGradient, x, v128.load(aux));
  if (epilogue == Epilogue.ReluGradient) return applyBinary(Opcode.ReluGradient, x, v128.load(aux));
  return applyUnary(Opcode.Relu, x);
}

/** The same for 4 × 4 elements. */
@inline
function tile4(
  c: usize,
  a: usize,
  b: usize,
  bias: usize,
  aux: usize,
  k: i32,
  row1: usize,
  row2: usize,
  row3: usize,
  aStep: usize,
  bStride: usize,
  stride: usize,
  accumulate: bool,
  epilogue: i32,
  height: i32,
  width: i32,
): void {
  let c0 = bias ? v128.load(bias) : f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (let i = 0; i < k; i++) {
    const b0 = v128.load(b);
    c0 = madd(v128.load32_splat(a), b0, c0);
    c1 = madd(v128.load32_splat(a + row1), b0, c1);
    c2 = madd(v128.load32_splat(a + row2), b0, c2);
    c3 = madd(v128.load32_splat(a + row3), b0, c3);
    a += aStep;
    b += bStride;
  }
  store4(c, c0, aux, accumulate, epilogue, width);
  if (height > 1) store4(c + stride, c1, aux + stride, accumulate, epilogue, width);
  if (height > 2) store4(c + 2 * stride, c2, aux + 2 * stride, accumulate, epilogue, width);
  if (height > 3) store4(c + 3 * stride, c3, aux + 3 * stride, accumulate, epilogue, width);
}

@inline
function store4(c: usize, x: v128, aux: usize, accumulate: bool, epilogue: i32, width: i32): void {
  if (accumulate) x = f32x4.add(v128.load(c), x);
  else if (epilogue > Epilogue.Tanh) x = finish(x, aux, epilogue);
  storeLanes(c, x, width);
}

function storeLanes(c: usize, x: v128, width: i32): void {
  if (width >= 4) v128.store(c, x);
  else {
    v128.store_lane<f32>(c, x, 0);
    if (width > 1) v128.store_lane<f32>(c, x, 1, 4);
    if (width > 2) v128.store_lane<f32>(c, x, 2, 8);
  }
}

/**
 * C[m, n] (+)= Aᵀ·B with n < 4, A [k, m] of row length aStep bytes: lanes run along A's contiguous rows instead of C's
 * short ones. The order of each sum is the same, k = 0, 1, …
 */
function narrowTransposed(c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, aStep: usize, accumulate: bool): void {
  const stride = (<usize>n) << 2;
  for (let j = 0; j < n; j++) {
    const to = c + ((<usize>j) << 2);
    const from = b + ((<usize>j) << 2);
    let i = 0;
    for (; i + 16 <= m; i += 16)
      narrow16(to + <usize>i * stride, a + ((<usize>i) << 2), from, k, aStep, stride, accumulate);
    for (; i < m; i += 4)
      narrow4(to + <usize>i * stride, a + ((<usize>i) << 2), from, k, aStep, stride, accumulate, m - i);
  }
}

@inline
function narrow16(c: usize, a: usize, b: usize, k: i32, aStep: usize, stride: usize, accumulate: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  for (let i = 0; i < k; i++, a += aStep, b += stride) {
    const x = v128.load32_splat(b);
    c0 = madd(v128.load(a), x, c0);
    c1 = madd(v128.load(a, 16), x, c1);
    c2 = madd(v128.load(a, 32), x, c2);
    c3 = madd(v128.load(a, 48), x, c3);
  }
  storeColumn(c, c0, stride, accumulate, 4);
  storeColumn(c + 4 * stride, c1, stride, accumulate, 4);
  storeColumn(c + 8 * stride, c2, stride, accumulate, 4);
  storeColumn(c + 12 * stride, c3, stride, accumulate, 4);
}

@inline
function narrow4(
  c: usize,
  a: usize,
  b: usize,
  k: i32,
  aStep: usize,
  stride: usize,
  accumulate: bool,
  height: i32,
): void {
  let sum = f32x4.splat(0);
  for (let i = 0; i < k; i++, a += aStep, b += stride) sum = madd(v128.load(a), v128.load32_splat(b), sum);
  storeColumn(c, sum, stride, accumulate, height);
}

/** The lanes of x down a column of C. */
@inline
function storeColumn(c: usize, x: v128, stride: usize, accumulate: bool, height: i32): void {
  addLane(c, f32x4.extract_lane(x, 0), accumulate);
  if (height > 1) addLane(c + stride, f32x4.extract_lane(x, 1), accumulate);
  if (height > 2) addLane(c + 2 * stride, f32x4.extract_lane(x, 2), accumulate);
  if (height > 3) addLane(c + 3 * stride, f32x4.extract_lane(x, 3), accumulate);
}

@inline
function addLane(c: usize, x: f32, accumulate: bool): void {
  store<f32>(c, accumulate ? load<f32>(c) + x : x);
}

/**
 * C[m, n] = A[m, k] · Bᵀ + bias with n < 4 and B [n, k]: dot products along contiguous rows. Each is four interleaved
 * sums over k, added up as (0 + 1) + (2 + 3), then the rest of k: the same order for every row.
 */
export function matmulNarrow(c: usize, a: usize, b: usize, bias: usize, m: i32, n: i32, k: i32): void {
  const row = (<usize>k) << 2;
  const stride = (<usize>n) << 2;
  for (let j = 0; j < n; j++, b += row) {
    const start: f32 = bias ? load<f32>(bias + ((<usize>j) << 2)) : 0;
    let x = a;
    let to = c + ((<usize>j) << 2);
    let i = 0;
    for (; i + 4 <= m; i += 4, x += 4 * row, to += 4 * stride) {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let p = x;
      let q = b;
      let l = 0;
      for (; l + 4 <= k; l += 4, p += 16, q += 16) {
        const y = v128.load(q);
        s0 = madd(v128.load(p), y, s0);
        s1 = madd(v128.load(p + row), y, s1);
        s2 = madd(v128.load(p + 2 * row), y, s2);
        s3 = madd(v128.load(p + 3 * row), y, s3);
      }
      store<f32>(to, start + dotRest(s0, p, q, k - l));
      store<f32>(to + stride, start + dotRest(s1, p + row, q, k - l));
      store<f32>(to + 2 * stride, start + dotRest(s2, p + 2 * row, q, k - l));
      store<f32>(to + 3 * stride, start + dotRest(s3, p + 3 * row, q, k - l));
    }
    for (; i < m; i++, x += row, to += stride) {
      let sum = f32x4.splat(0);
      let p = x;
      let q = b;
      let l = 0;
      for (; l + 4 <= k; l += 4, p += 16, q += 16) sum = madd(v128.load(p), v128.load(q), sum);
      store<f32>(to, start + dotRest(sum, p, q, k - l));
    }
  }
}

@inline
function dotRest(lanes: v128, p: usize, q: usize, rest: i32): f32 {
  let total =
    f32x4.extract_lane(lanes, 0) +
    f32x4.extract_lane(lanes, 1) +
    (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
  for (; rest > 0; rest--, p += 4, q += 4) total += load<f32>(p) * load<f32>(q);
  return total;
}
