// Sums, log-softmax, and picking by index. A sum's order depends on its shape alone.

import { exp, horizontalSum, log } from "./vector";

/** out[o, i] (+)= Σₘ a[o, m, i]. */
export function sum(out: usize, a: usize, outer: i32, middle: i32, inner: i32, accumulate: bool): void {
  const row = (<usize>inner) << 2;
  for (let o = 0; o < outer; o++) {
    if (inner == 1) {
      addTo(out, sumContiguous(a, middle), accumulate);
    } else {
      let i = 0;
      for (; i + 16 <= inner; i += 16)
        sumColumns16(out + ((<usize>i) << 2), a + ((<usize>i) << 2), middle, row, accumulate);
      for (; i < inner; i++) {
        let total: f32 = 0;
        let p = a + ((<usize>i) << 2);
        for (let m = 0; m < middle; m++, p += row) total += load<f32>(p);
        addTo(out + ((<usize>i) << 2), total, accumulate);
      }
    }
    out += row;
    a += <usize>middle * row;
  }
}

@inline
function addTo(out: usize, value: f32, accumulate: bool): void {
  store<f32>(out, accumulate ? load<f32>(out) + value : value);
}

/** Four vectors of partial sums, then their sum as (0 + 1) + (2 + 3), then what is left. */
function sumContiguous(a: usize, count: i32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i = 0;
  for (; i + 16 <= count; i += 16, a += 64) {
    s0 = f32x4.add(s0, v128.load(a));
    s1 = f32x4.add(s1, v128.load(a, 16));
    s2 = f32x4.add(s2, v128.load(a, 32));
    s3 = f32x4.add(s3, v128.load(a, 48));
  }
  let total = horizontalSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; i < count; i++, a += 4) total += load<f32>(a);
  return total;
}

@inline
function sumColumns16(out: usize, a: usize, middle: i32, row: usize, accumulate: bool): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let m = 0; m < middle; m++, a += row) {
    s0 = f32x4.add(s0, v128.load(a));
    s1 = f32x4.add(s1, v128.load(a, 16));
    s2 = f32x4.add(s2, v128.load(a, 32));
    s3 = f32x4.add(s3, v128.load(a, 48));
  }
  if (accumulate) {
    s0 = f32x4.add(v128.load(out), s0);
    s1 = f32x4.add(v128.load(out, 16), s1);
    s2 = f32x4.add(v128.load(out, 32), s2);
    s3 = f32x4.add(v128.load(out, 48), s3);
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

/** Adds `live` slots of `count` floats, `stride` bytes apart, into the first: neighbours first, then pairs of pairs. */
export function reduceSlots(base: usize, stride: usize, count: i32, live: i32): void {
  for (let gap = 1; gap < live; gap <<= 1)
    for (let s = 0; s + gap < live; s += gap << 1) {
      let to = base + <usize>s * stride;
      let from = to + <usize>gap * stride;
      const end = to + ((<usize>count) << 2);
      for (; to + 32 <= end; to += 32, from += 32) {
        const x = f32x4.add(v128.load(to), v128.load(from));
        const y = f32x4.add(v128.load(to, 16), v128.load(from, 16));
        v128.store(to, x);
        v128.store(to, y, 16);
      }
      for (; to < end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    }
}

/** out[o, ·] = a − max a − log Σ exp(a − max a) over rows of n. */
export function logSoftmax(out: usize, a: usize, outer: i32, n: i32): void {
  if (n <= 8) {
    logSoftmaxNarrow(out, a, outer, n);
    return;
  }
  const row = (<usize>n) << 2;
  for (let o = 0; o < outer; o++, out += row, a += row) {
    let top = load<f32>(a);
    for (let i = 1; i < n; i++) top = max(top, load<f32>(a + ((<usize>i) << 2)));
    const shift = f32x4.splat(top);
    let total: f32 = 0;
    let i = 0;
    for (; i + 4 <= n; i += 4) total += horizontalSum(exp(f32x4.sub(v128.load(a + ((<usize>i) << 2)), shift)));
    if (i < n) {
      const e = exp(f32x4.sub(v128.load(a + ((<usize>i) << 2)), shift));
      total += f32x4.extract_lane(e, 0);
      if (n - i > 1) total += f32x4.extract_lane(e, 1);
      if (n - i > 2) total += f32x4.extract_lane(e, 2);
    }
    const logTotal = f32x4.extract_lane(log(f32x4.splat(total)), 0);
    for (i = 0; i < n; i++) store<f32>(out + ((<usize>i) << 2), load<f32>(a + ((<usize>i) << 2)) - top - logTotal);
  }
}

/** The same for short rows, four rows at a time; what is left over goes alone, as four lanes of one row. */
function logSoftmaxNarrow(out: usize, a: usize, outer: i32, n: i32): void {
  const row = (<usize>n) << 2;
  for (; outer >= 4; outer -= 4, a += 4 * row, out += 4 * row) logSoftmaxRows(out, a, row, n, true);
  for (; outer > 0; outer--, a += row, out += row) logSoftmaxRows(out, a, 0, n, false);
}

@inline
function logSoftmaxRows(out: usize, a: usize, row: usize, n: i32, four: bool): void {
  let top = loadColumn(a, row);
  for (let i = 1; i < n; i++) top = f32x4.max(top, loadColumn(a + ((<usize>i) << 2), row));
  let total = f32x4.splat(0);
  for (let i = 0; i < n; i++) total = f32x4.add(total, exp(f32x4.sub(loadColumn(a + ((<usize>i) << 2), row), top)));
  const logTotal = log(total);
  for (let i = 0; i < n; i++) {
    const at = (<usize>i) << 2;
    const x = f32x4.sub(f32x4.sub(loadColumn(a + at, row), top), logTotal);
    v128.store_lane<f32>(out + at, x, 0);
    if (four) {
      v128.store_lane<f32>(out + at + row, x, 1);
      v128.store_lane<f32>(out + at + 2 * row, x, 2);
      v128.store_lane<f32>(out + at + 3 * row, x, 3);
    }
  }
}

/** One element of each of four rows. */
@inline
function loadColumn(a: usize, row: usize): v128 {
  let x = v128.load32_zero(a);
  x = v128.load_lane<f32>(a + row, x, 1);
  x = v128.load_lane<f32>(a + 2 * row, x, 2);
  return v128.load_lane<f32>(a + 3 * row, x, 3);
}

/** out[o] = a[o, index[o]]; an index outside 0..n−1 gives NaN. */
export function pick(out: usize, a: usize, index: usize, outer: i32, n: i32): void {
  for (let o = 0; o < outer; o++, out += 4, index += 4, a += (<usize>n) << 2) {
    const x = load<f32>(index);
    const i = <i32>x;
    store<f32>(out, x >= 0 && i < n ? load<f32>(a + ((<usize>i) << 2)) : f32.NaN);
  }
}

/** out[o, i] = i == index[o] ? a[o] : 0: all zeros where the index is NaN or outside. */
export function place(out: usize, a: usize, index: usize, outer: i32, n: i32): void {
  for (let o = 0; o < outer; o++, a += 4, index += 4) {
    const at = load<f32>(index) >= 0 ? <i32>load<f32>(index) : -1;
    const x = load<f32>(a);
    for (let i = 0; i < n; i++, out += 4) store<f32>(out, i == at ? x : 0);
  }
}
