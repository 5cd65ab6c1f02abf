// Layer normalization without its gain and bias: each row to mean 0 and variance 1.

import { horizontalSum, madd } from "./vector";

/** Σ (x[c] − shift)·(y[c] − shiftY), in four interleaved sums, then the rest. */
function sumProducts(x: usize, shift: f32, y: usize, shiftY: f32, n: i32): f32 {
  const whole = n & ~3;
  const a = f32x4.splat(shift);
  const b = f32x4.splat(shiftY);
  let sums = f32x4.splat(0);
  for (let c = 0; c < whole; c += 4) {
    const at = (<usize>c) << 2;
    sums = madd(f32x4.sub(v128.load(x + at), a), f32x4.sub(v128.load(y + at), b), sums);
  }
  let total = horizontalSum(sums);
  for (let c = whole; c < n; c++) {
    const at = (<usize>c) << 2;
    total += (load<f32>(x + at) - shift) * (load<f32>(y + at) - shiftY);
  }
  return total;
}

function mean(x: usize, n: i32): f32 {
  const whole = n & ~3;
  let sums = f32x4.splat(0);
  for (let c = 0; c < whole; c += 4) sums = f32x4.add(sums, v128.load(x + ((<usize>c) << 2)));
  let total = horizontalSum(sums);
  for (let c = whole; c < n; c++) total += load<f32>(x + ((<usize>c) << 2));
  return total / <f32>n;
}

/** 1 / √(variance + ε). */
function scaleOf(x: usize, center: f32, n: i32, epsilon: f32): f32 {
  return 1 / sqrt(sumProducts(x, center, x, center, n) / <f32>n + epsilon);
}

/** Each row of `out` is (x − mean) / √(variance + ε). */
export function normalize(out: usize, x: usize, rows: i32, n: i32, epsilon: f32): void {
  const row = (<usize>n) << 2;
  for (let i = 0; i < rows; i++, out += row, x += row) {
    const center = mean(x, n);
    const scale = scaleOf(x, center, n, epsilon);
    const whole = n & ~3;
    for (let c = 0; c < whole; c += 4) {
      const at = (<usize>c) << 2;
      v128.store(out + at, f32x4.mul(f32x4.sub(v128.load(x + at), f32x4.splat(center)), f32x4.splat(scale)));
    }
    for (let c = whole; c < n; c++) {
      const at = (<usize>c) << 2;
      store<f32>(out + at, (load<f32>(x + at) - center) * scale);
    }
  }
}

/** Its gradient: (g − mean g − y · mean(g·y)) / √(variance + ε), y being the normalized row. */
export function normalizeGradient(out: usize, g: usize, x: usize, y: usize, rows: i32, n: i32, epsilon: f32): void {
  const row = (<usize>n) << 2;
  for (let i = 0; i < rows; i++, out += row, g += row, x += row, y += row) {
    const scale = scaleOf(x, mean(x, n), n, epsilon);
    const middle = mean(g, n);
    const along = sumProducts(g, 0, y, 0, n) / <f32>n;
    const whole = n & ~3;
    for (let c = 0; c < whole; c += 4) {
      const at = (<usize>c) << 2;
      const rest = madd(v128.load(y + at), f32x4.splat(-along), f32x4.sub(v128.load(g + at), f32x4.splat(middle)));
      v128.store(out + at, f32x4.mul(rest, f32x4.splat(scale)));
    }
    for (let c = whole; c < n; c++) {
      const at = (<usize>c) << 2;
      store<f32>(out + at, (load<f32>(g + at) - middle - load<f32>(y + at) * along) * scale);
    }
  }
}
