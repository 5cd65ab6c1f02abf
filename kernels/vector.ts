// Four float32 lanes: multiply-add, exp, log and tanh.
// Accuracy: exp and log 3 units in the last place, tanh 6. Coefficients: minimax fits made for this file (relative
// error before rounding 3e-9, 8e-10 and 2e-8). exp flushes to 0 where its result would be subnormal, which WebAssembly
// computes slowly.
//
// Coefficients lie in memory: V8 builds a constant vector anew at each use, from integers, which costs more than the
// arithmetic does; a load is nearly free, and a local that is loaded before a loop is free.

/** a·b + c: fused where the build has relaxed SIMD, rounded twice in the strict builds. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

@inline
function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** 64 bytes of zeros. */
export const zeros: usize = memory.data(64, 16);

/** All lanes a number of a table in memory. */
@inline
function lanes(table: usize, i: usize): v128 {
  return v128.load32_splat(table + (i << 2));
}

/**
 * x within low … high. The pseudo-minimum is one instruction where f32x4.min is five, and lets a NaN in x through as well.
 */
@inline
function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, high), low);
}

const expTable: usize = memory.data<f32>([
  -104, 104, 1.44269504, 12582912, -0.693359375, 2.1219444e-4, 0.00138145964, 0.00836871709, 0.0416683881, 0.166665206,
  0.499999934, 1, -87.3365, 88.722839, f32.POSITIVE_INFINITY,
]); // prettier-ignore

/** e^x = 2^n · e^r with |r| ≤ ln2/2. */
@inline
export function exp(x: v128): v128 {
  // The nearest integer: 1.5 · 2²³ leaves no place for fractions. V8 12 to 13 do not join f32x4.nearest.
  const big = lanes(expTable, 3);
  const n = f32x4.sub(
    f32x4.add(f32x4.mul(clamp(x, lanes(expTable, 0), lanes(expTable, 1)), lanes(expTable, 2)), big),
    big,
  );
  let r = madd(n, lanes(expTable, 4), x); // ln2 in two parts: the first has few bits, so n times it is exact
  r = madd(n, lanes(expTable, 5), r);
  let p = madd(lanes(expTable, 6), r, lanes(expTable, 7));
  p = madd(p, r, lanes(expTable, 8));
  p = madd(p, r, lanes(expTable, 9));
  p = madd(p, r, lanes(expTable, 10));
  const one = lanes(expTable, 11);
  p = f32x4.add(madd(f32x4.mul(r, r), p, r), one);
  // 2^n as two factors, so that n = 128 still reaches the largest floats; 1's bits are 127 in the place of the exponent.
  const i = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(i, 1);
  const scale1 = i32x4.add(i32x4.shl(half, 23), one);
  const scale2 = i32x4.add(i32x4.shl(i32x4.sub(i, half), 23), one);
  let y = f32x4.mul(f32x4.mul(p, scale1), scale2);
  y = v128.andnot(y, f32x4.lt(x, lanes(expTable, 12)));
  y = v128.bitselect(lanes(expTable, 14), y, f32x4.gt(x, lanes(expTable, 13)));
  return v128.bitselect(x, y, f32x4.ne(x, x));
}

const logTable: usize = memory.data<f32>([
  0.298709417, 0.399775738, 0.666667761, 0.5, -2.1219444e-4, 0.693359375, 1.17549435e-38, f32.NEGATIVE_INFINITY, 0, f32.NaN,
  f32.POSITIVE_INFINITY, 1,
]); // prettier-ignore
const logMasks: usize = memory.data<i32>([0x3f3504f3, 0x007fffff]); // the bits of √½, and those of a mantissa

/** log x = n·ln2 + log m with m in [√½, √2), by log m = 2s + s³R(s²), s = (m−1)/(m+1). Subnormals count as 0. */
@inline
export function log(x: v128): v128 {
  const root = lanes(logMasks, 0);
  const shifted = i32x4.sub(x, root);
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const m = i32x4.add(v128.and(shifted, lanes(logMasks, 1)), root);
  const f = f32x4.sub(m, lanes(logTable, 11));
  const s = f32x4.div(f, f32x4.add(m, lanes(logTable, 11)));
  const z = f32x4.mul(s, s);
  let p = madd(lanes(logTable, 0), z, lanes(logTable, 1));
  p = madd(p, z, lanes(logTable, 2));
  // log m = f − (f²/2 − s(f²/2 + z·p)), which keeps the exact f in front.
  const h = f32x4.mul(f32x4.mul(f, f), lanes(logTable, 3));
  let y = madd(s, madd(z, p, h), f32x4.mul(n, lanes(logTable, 4)));
  y = f32x4.add(f32x4.sub(y, h), f);
  y = madd(n, lanes(logTable, 5), y);
  y = v128.bitselect(lanes(logTable, 7), y, f32x4.lt(x, lanes(logTable, 6)));
  y = v128.bitselect(lanes(logTable, 9), y, f32x4.lt(x, lanes(logTable, 8)));
  const infinite = f32x4.eq(x, lanes(logTable, 10));
  return v128.bitselect(x, y, v128.or(f32x4.ne(x, x), infinite));
}

const tanhTable: usize = memory.data<f32>([
  -7.9, 7.9, 1.33189071e-8, 2.05833588e-5, 0.00349402706, 0.133797117, 0.999999979, 7.76195078e-7, 3.2830806e-4,
  0.0258710447, 0.467130269, 1,
]); // prettier-ignore

/** Coefficient i of tanh, to be loaded before a loop and given to `tanhBy`. */
@inline
export function tanhCoefficient(i: usize): v128 {
  return lanes(tanhTable, i);
}

/**
 * tanh x = x·P(x²)/Q(x²), odd; held from |x| = 7.9 on, where it is within 3e-7 of ±1, so that rounding cannot exceed 1.
 */
@inline
export function tanhBy(
  value: v128,
  low: v128,
  high: v128,
  p4: v128,
  p3: v128,
  p2: v128,
  p1: v128,
  p0: v128,
  q4: v128,
  q3: v128,
  q2: v128,
  q1: v128,
  q0: v128,
): v128 {
  const x = clamp(value, low, high);
  const u = f32x4.mul(x, x);
  let p = madd(p4, u, p3);
  let q = madd(q4, u, q3);
  p = madd(p, u, p2);
  q = madd(q, u, q2);
  p = madd(p, u, p1);
  q = madd(q, u, q1);
  p = madd(p, u, p0);
  q = madd(q, u, q0);
  return f32x4.div(f32x4.mul(x, p), q);
}

@inline
export function tanh(x: v128): v128 {
  return tanhBy(
    x,
    tanhCoefficient(0),
    tanhCoefficient(1),
    tanhCoefficient(2),
    tanhCoefficient(3),
    tanhCoefficient(4),
    tanhCoefficient(5),
    tanhCoefficient(6),
    tanhCoefficient(7),
    tanhCoefficient(8),
    tanhCoefficient(9),
    tanhCoefficient(10),
    tanhCoefficient(11),
  );
}

/** 1 / (1 + e⁻ˣ): the quotient keeps the relative accuracy of exp where the result is small. */
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp(f32x4.neg(x))));
}

/** The four lanes added up, always as (0 + 2) + (1 + 3). */
@inline
export function horizontalSum(x: v128): f32 {
  const pair = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

/** √(2/π) and what x³ is weighed with in GPT-2's approximation of the Gaussian error linear unit. */
const geluScale: f32 = 0.7978845608;
const geluCube: f32 = 0.044715;

/** ½x(1 + tanh u), u = √(2/π)(x + 0.044715x³). */
@inline
export function gelu(x: v128): v128 {
  const u = f32x4.mul(f32x4.mul(x, splat(geluScale)), madd(f32x4.mul(x, x), splat(geluCube), splat(1)));
  return f32x4.mul(f32x4.mul(x, splat(0.5)), f32x4.add(splat(1), tanh(u)));
}

/** Its derivative: ½(1 + tanh u) + ½x(1 − tanh²u)u′. */
@inline
export function geluSlope(x: v128): v128 {
  const square = f32x4.mul(x, x);
  const t = tanh(f32x4.mul(f32x4.mul(x, splat(geluScale)), madd(square, splat(geluCube), splat(1))));
  const slope = f32x4.mul(splat(geluScale), madd(square, splat(3 * geluCube), splat(1)));
  const bend = f32x4.mul(f32x4.mul(x, f32x4.sub(splat(1), f32x4.mul(t, t))), slope);
  return f32x4.mul(splat(0.5), f32x4.add(f32x4.add(splat(1), t), bend));
}
