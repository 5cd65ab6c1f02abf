// Causal attention over sequences, forward and backward. What comes out for a token depends on the tokens before it
// alone, to the bit: on how many there are, and never on what stands beside them, or whether they lie in the block or in
// a cache.

import { exp, horizontalSum, log, madd } from "./vector";

/**
 * Scores of a query against keys: scores[j] = scale · q · kⱼ for j < count, −∞ up to a whole vector. Four keys at a time;
 * each product adds four interleaved sums over the components, as (0 + 2) + (1 + 3), then the rest.
 */
function dotKeys(scores: usize, q: usize, keys: usize, keyRow: usize, count: i32, size: i32, scale: f32): void {
  const whole = size & ~3;
  for (let j = 0; j < count; j += 4) {
    // Beyond the last key its product is computed again, and not used.
    const k0 = keys + <usize>j * keyRow;
    const k1 = j + 1 < count ? k0 + keyRow : k0;
    const k2 = j + 2 < count ? k1 + keyRow : k0;
    const k3 = j + 3 < count ? k2 + keyRow : k0;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let c = 0; c < whole; c += 4) {
      const at = (<usize>c) << 2;
      const x = v128.load(q + at);
      s0 = madd(x, v128.load(k0 + at), s0);
      s1 = madd(x, v128.load(k1 + at), s1);
      s2 = madd(x, v128.load(k2 + at), s2);
      s3 = madd(x, v128.load(k3 + at), s3);
    }
    const low = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), v128.shuffle<f32>(s0, s1, 2, 6, 3, 7));
    const high = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), v128.shuffle<f32>(s2, s3, 2, 6, 3, 7));
    let sum = f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
    for (let c = whole; c < size; c++) {
      const at = (<usize>c) << 2;
      let k = v128.load32_zero(k0 + at);
      k = v128.load_lane<f32>(k1 + at, k, 1);
      k = v128.load_lane<f32>(k2 + at, k, 2);
      k = v128.load_lane<f32>(k3 + at, k, 3);
      sum = madd(v128.load32_splat(q + at), k, sum);
    }
    v128.store(scores + ((<usize>j) << 2), f32x4.mul(sum, f32x4.splat(scale)));
  }
  const end = (count + 3) & ~3;
  for (let j = count; j < end; j++) store<f32>(scores + ((<usize>j) << 2), -f32.POSITIVE_INFINITY);
}

/** out[c] = factor · Σⱼ weights[j] · rows[j][c], in the order of j. */
function weighRows(out: usize, weights: usize, rows: usize, row: usize, count: i32, size: i32, factor: f32): void {
  const times = f32x4.splat(factor);
  let c = 0;
  for (; c + 16 <= size; c += 16) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let from = rows + ((<usize>c) << 2);
    for (let j = 0; j < count; j++, from += row) {
      const w = v128.load32_splat(weights + ((<usize>j) << 2));
      s0 = madd(w, v128.load(from), s0);
      s1 = madd(w, v128.load(from, 16), s1);
      s2 = madd(w, v128.load(from, 32), s2);
      s3 = madd(w, v128.load(from, 48), s3);
    }
    const to = out + ((<usize>c) << 2);
    v128.store(to, f32x4.mul(times, s0));
    v128.store(to, f32x4.mul(times, s1), 16);
    v128.store(to, f32x4.mul(times, s2), 32);
    v128.store(to, f32x4.mul(times, s3), 48);
  }
  for (; c + 4 <= size; c += 4) {
    let sum = f32x4.splat(0);
    let from = rows + ((<usize>c) << 2);
    for (let j = 0; j < count; j++, from += row)
      sum = madd(v128.load32_splat(weights + ((<usize>j) << 2)), v128.load(from), sum);
    v128.store(out + ((<usize>c) << 2), f32x4.mul(times, sum));
  }
  for (; c < size; c++) {
    let sum = f32x4.splat(0);
    let from = rows + ((<usize>c) << 2);
    for (let j = 0; j < count; j++, from += row)
      sum = madd(v128.load32_splat(weights + ((<usize>j) << 2)), v128.load32_splat(from), sum);
    v128.store_lane<f32>(out + ((<usize>c) << 2), f32x4.mul(times, sum), 0);
  }
}

/** to[c] += weight · from[c]. */
function addRow(to: usize, weight: f32, from: usize, size: i32): void {
  const w = f32x4.splat(weight);
  let c = 0;
  for (; c + 4 <= size; c += 4) {
    const at = (<usize>c) << 2;
    v128.store(to + at, madd(w, v128.load(from + at), v128.load(to + at)));
  }
  for (; c < size; c++) {
    const at = (<usize>c) << 2;
    v128.store_lane<f32>(to + at, madd(w, v128.load32_splat(from + at), v128.load32_splat(to + at)), 0);
  }
}

/** Σ a[c] · b[c], in the order of `dotKeys`. */
function dot(a: usize, b: usize, size: i32): f32 {
  const whole = size & ~3;
  let sum = f32x4.splat(0);
  for (let c = 0; c < whole; c += 4)
    sum = madd(v128.load(a + ((<usize>c) << 2)), v128.load(b + ((<usize>c) << 2)), sum);
  let total = horizontalSum(sum);
  for (let c = whole; c < size; c++) total += load<f32>(a + ((<usize>c) << 2)) * load<f32>(b + ((<usize>c) << 2));
  return total;
}

/** The number of keys that row i sees, itself included: its position + 1; 0 where that lies outside of what there is. */
@inline
function keysOf(position: f32, last: i32): i32 {
  return position >= 0 && position <= <f32>last ? <i32>position + 1 : 0;
}

/**
 * Each row of `out` becomes the attention of its query over the keys of its sequence up to itself, head by head, and
 * behind that the logarithm of each head's sum of exponentials.
 *
 * Row i's query is the first third of row i of `qkv`. Without `at` its keys and values are the other two thirds of the
 * rows before it in the block and of itself; with it, those of rows at[i] − position[i] to at[i] of `cache`, which has
 * `cacheRows`, and of which a sequence has at most `longest`. A position that is outside gives NaN.
 */
export function attention(
  out: usize,
  qkv: usize,
  position: usize,
  cache: usize,
  at: usize,
  scratch: usize,
  rows: i32,
  cacheRows: i32,
  longest: i32,
  width: i32,
  heads: i32,
): void {
  const size = width / heads;
  const headBytes = (<usize>size) << 2;
  const bytes = (<usize>width) << 2;
  const outRow = bytes + ((<usize>heads) << 2);
  const keyRow = at ? 2 * bytes : 3 * bytes;
  const keys = at ? cache : qkv + bytes;
  const scale: f32 = 1 / sqrt(<f32>size);
  for (let i = 0; i < rows; i++, out += outRow) {
    const place = at ? load<f32>(at + ((<usize>i) << 2)) : <f32>i;
    const last = place >= 0 && (!at || place < <f32>cacheRows) ? <i32>place : -1;
    const count = keysOf(load<f32>(position + ((<usize>i) << 2)), last);
    if (count == 0 || (at && count > longest)) {
      for (let c: usize = 0; c < outRow; c += 4) store<f32>(out + c, f32.NaN);
      continue;
    }
    const first = keys + <usize>(last + 1 - count) * keyRow;
    let q = qkv + <usize>i * 3 * bytes;
    for (let h = 0; h < heads; h++, q += headBytes) {
      const at = <usize>h * headBytes;
      dotKeys(scratch, q, first + at, keyRow, count, size, scale);
      let top = load<f32>(scratch);
      for (let j = 1; j < count; j++) top = max(top, load<f32>(scratch + ((<usize>j) << 2)));
      const shift = f32x4.splat(top);
      let sums = f32x4.splat(0);
      for (let j = 0; j < count; j += 4) {
        const e = exp(f32x4.sub(v128.load(scratch + ((<usize>j) << 2)), shift));
        v128.store(scratch + ((<usize>j) << 2), e);
        sums = f32x4.add(sums, e);
      }
      const total = horizontalSum(sums);
      weighRows(out + at, scratch, first + at + bytes, keyRow, count, size, 1 / total);
      store<f32>(out + bytes + ((<usize>h) << 2), top + f32x4.extract_lane(log(f32x4.splat(total)), 0));
    }
  }
}

/**
 * The gradient of `attention` within a block: for each row of `out` that of its query, key and value. `g` is the gradient
 * of attention's rows `y`; that of the log-sums counts for nothing.
 */
export function attentionGradient(
  out: usize,
  g: usize,
  y: usize,
  qkv: usize,
  position: usize,
  scratch: usize,
  rows: i32,
  width: i32,
  heads: i32,
): void {
  const size = width / heads;
  const headBytes = (<usize>size) << 2;
  const bytes = (<usize>width) << 2;
  const yRow = bytes + ((<usize>heads) << 2);
  const row = 3 * bytes;
  const scale: f32 = 1 / sqrt(<f32>size);
  memory.fill(out, 0, <usize>rows * row);
  for (let i = 0; i < rows; i++, g += yRow, y += yRow) {
    const count = keysOf(load<f32>(position + ((<usize>i) << 2)), i);
    const own = <usize>i * row;
    if (count == 0) {
      for (let c: usize = 0; c < bytes; c += 4) store<f32>(out + own + c, f32.NaN);
      continue;
    }
    const first = <usize>(i + 1 - count) * row;
    const weights = scratch; // P, then ∂L/∂scores behind it
    const slopes = scratch + ((<usize>((count + 3) & ~3)) << 2);
    for (let h = 0; h < heads; h++) {
      const at = <usize>h * headBytes;
      const q = qkv + own + at;
      const keys = qkv + first + at + bytes;
      const gh = g + at;
      dotKeys(weights, q, keys, row, count, size, scale);
      dotKeys(slopes, gh, keys + bytes, row, count, size, 1); // ∂L/∂P
      const logSum = f32x4.splat(load<f32>(y + bytes + ((<usize>h) << 2)));
      const mean = f32x4.splat(dot(gh, y + at, size)); // Σⱼ Pⱼ ∂L/∂Pⱼ
      for (let j = 0; j < count; j += 4) {
        const to = (<usize>j) << 2;
        const p = exp(f32x4.sub(v128.load(weights + to), logSum));
        const slope = f32x4.mul(f32x4.mul(p, f32x4.sub(v128.load(slopes + to), mean)), f32x4.splat(scale));
        v128.store(weights + to, p);
        v128.store(slopes + to, slope);
      }
      weighRows(out + own + at, slopes, keys, row, count, size, 1);
      let to = out + first + at + bytes;
      for (let j = 0; j < count; j++, to += row) {
        addRow(to, load<f32>(slopes + ((<usize>j) << 2)), q, size);
        addRow(to + bytes, load<f32>(weights + ((<usize>j) << 2)), gh, size);
      }
    }
  }
}

/** Copies each row of x to row at[i] of a matrix of `cacheRows` rows; one that is not there is left out. */
export function appendRows(cache: usize, x: usize, at: usize, rows: i32, cacheRows: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  for (let i = 0; i < rows; i++, x += bytes, at += 4) {
    const to = load<f32>(at);
    if (to >= 0 && to < <f32>cacheRows) memory.copy(cache + <usize>to * bytes, x, bytes);
  }
}

/** Each row of `out` becomes row index[i] of a table of n rows; NaN where there is no such row. */
export function lookup(out: usize, table: usize, index: usize, rows: i32, n: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  for (let i = 0; i < rows; i++, index += 4, out += bytes) {
    const at = load<f32>(index);
    if (at >= 0 && at < <f32>n) memory.copy(out, table + <usize>at * bytes, bytes);
    else for (let c: usize = 0; c < bytes; c += 4) store<f32>(out + c, f32.NaN);
  }
}

/** The transpose of `lookup`: row index[i] of `out` += row i of x, in order; `out` has n rows, and begins at 0 unless it accumulates. */
export function scatter(out: usize, x: usize, index: usize, rows: i32, n: i32, width: i32, accumulate: bool): void {
  const bytes = (<usize>width) << 2;
  if (!accumulate) memory.fill(out, 0, <usize>n * bytes);
  for (let i = 0; i < rows; i++, index += 4, x += bytes) {
    const at = load<f32>(index);
    if (at >= 0 && at < <f32>n) addRow(out + <usize>at * bytes, 1, x, width);
  }
}
