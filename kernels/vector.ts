// Four float32 lanes: multiply-add, exp, log and tanh.
// Accuracy: exp and log 3 units in the last place, tanh 6. Coefficients: minimax fits made for this file (relative
// error before rounding 3e-9, 8e-10 and 2e-8). exp flushes to 0 where its result would be subnormal, which WebAssembly
// computes slowly.

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

/**
 * x within ±limit. The pseudo-minimum is one instruction where f32x4.min is five, and lets a NaN in x through as well.
 */
@inline
function clamp(x: v128, limit: f32): v128 {
  return f32x4.pmax(f32x4.pmin(x, splat(limit)), splat(-limit));
}

/** e^x = 2^n · e^r with |r| ≤ ln2/2. */
@inline
export function exp(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(clamp(x, 104), splat(1.44269504)));
  let r = madd(n, splat(-0.693359375), x); // ln2 in two parts: the first has few bits, so n times it is exact
  r = madd(n, splat(2.1219444e-4), r);
  let p = madd(splat(0.00138145964), r, splat(0.00836871709));
  p = madd(p, r, splat(0.0416683881));
  p = madd(p, r, splat(0.166665206));
  p = madd(p, r, splat(0.499999934));
  p = f32x4.add(madd(f32x4.mul(r, r), p, r), splat(1));
  // 2^n as two factors, so that n = 128 still reaches the largest floats.
  const i = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(i, 1);
  const scale1 = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const scale2 = i32x4.shl(i32x4.add(i32x4.sub(i, half), i32x4.splat(127)), 23);
  let y = f32x4.mul(f32x4.mul(p, scale1), scale2);
  y = v128.andnot(y, f32x4.lt(x, splat(-87.3365)));
  y = v128.bitselect(splat(f32.POSITIVE_INFINITY), y, f32x4.gt(x, splat(88.722839)));
  return v128.bitselect(x, y, f32x4.ne(x, x));
}

/** log x = n·ln2 + log m with m in [√½, √2), by log m = 2s + s³R(s²), s = (m−1)/(m+1). Subnormals count as 0. */
@inline
export function log(x: v128): v128 {
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3)); // the bits of √½
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(m, splat(1));
  const s = f32x4.div(f, f32x4.add(m, splat(1)));
  const z = f32x4.mul(s, s);
  let p = madd(splat(0.298709417), z, splat(0.399775738));
  p = madd(p, z, splat(0.666667761));
  // log m = f − (f²/2 − s(f²/2 + z·p)), which keeps the exact f in front.
  const h = f32x4.mul(f32x4.mul(f, f), splat(0.5));
  let y = madd(s, madd(z, p, h), f32x4.mul(n, splat(-2.1219444e-4)));
  y = f32x4.add(f32x4.sub(y, h), f);
  y = madd(n, splat(0.693359375), y);
  y = v128.bitselect(splat(f32.NEGATIVE_INFINITY), y, f32x4.lt(x, splat(1.17549435e-38)));
  y = v128.bitselect(splat(f32.NaN), y, f32x4.lt(x, splat(0)));
  return v128.bitselect(x, y, v128.or(f32x4.ne(x, x), f32x4.eq(x, splat(f32.POSITIVE_INFINITY))));
}

/**
 * tanh x = x·P(x²)/Q(x²), odd; held from |x| = 7.9 on, where it is within 3e-7 of ±1, so that rounding cannot exceed 1.
 */
@inline
export function tanh(value: v128): v128 {
  const x = clamp(value, 7.9);
  const u = f32x4.mul(x, x);
  let p = madd(splat(1.33189071e-8), u, splat(2.05833588e-5));
  let q = madd(splat(7.76195078e-7), u, splat(3.2830806e-4));
  p = madd(p, u, splat(0.00349402706));
  q = madd(q, u, splat(0.0258710447));
  p = madd(p, u, splat(0.133797117));
  q = madd(q, u, splat(0.467130269));
  p = madd(p, u, splat(0.999999979));
  q = madd(q, u, splat(1));
  return f32x4.div(f32x4.mul(x, p), q);
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
