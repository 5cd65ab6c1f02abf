// Adam as one pass over memory: weight and both moments are read and written once.

import { madd } from "./vector";

/**
 * m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − stepSize·m/(correction·√v + ε), with g = scale·gradient.
 * A scale that is not finite changes nothing. Moments that become tiny are flushed to 0: subnormals are slow.
 */
export function adam(
  p: usize,
  m: usize,
  v: usize,
  gradient: usize,
  scale: f32,
  stepSize: f32,
  correction: f32,
  beta1: f32,
  beta2: f32,
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
  epsilon: f32,
  count: i32,
): void {
  if (!isFinite(scale)) return;
  const end = p + ((<usize>count) << 2);
  const scales = f32x4.splat(scale);
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const a1 = f32x4.splat(oneMinusBeta1);
  const a2 = f32x4.splat(oneMinusBeta2);
  const steps = f32x4.splat(-stepSize);
  const corrections = f32x4.splat(correction);
  const eps = f32x4.splat(epsilon);
  const tiny = f32x4.splat(1e-37);
  for (; p + 32 <= end; p += 32, m += 32, v += 32, gradient += 32) {
    const g0 = f32x4.mul(v128.load(gradient), scales);
    const g1 = f32x4.mul(v128.load(gradient, 16), scales);
    const m0 = firstMoment(v128.load(m), g0, b1, a1, tiny);
    const m1 = firstMoment(v128.load(m, 16), g1, b1, a1, tiny);
    const v0 = secondMoment(v128.load(v), g0, b2, a2, tiny);
    const v1 = secondMoment(v128.load(v, 16), g1, b2, a2, tiny);
    const p0 = stepped(v128.load(p), m0, v0, steps, corrections, eps);
    const p1 = stepped(v128.load(p, 16), m1, v1, steps, corrections, eps);
    v128.store(m, m0);
    v128.store(m, m1, 16);
    v128.store(v, v0);
    v128.store(v, v1, 16);
    v128.store(p, p0);
    v128.store(p, p1, 16);
  }
  for (; p < end; p += 16, m += 16, v += 16, gradient += 16) {
    const g = f32x4.mul(v128.load(gradient), scales);
    const first = firstMoment(v128.load(m), g, b1, a1, tiny);
    const second = secondMoment(v128.load(v), g, b2, a2, tiny);
    v128.store(m, first);
    v128.store(v, second);
    v128.store(p, stepped(v128.load(p), first, second, steps, corrections, eps));
  }
}

@inline
function firstMoment(m: v128, g: v128, b1: v128, a1: v128, tiny: v128): v128 {
  const first = madd(b1, m, f32x4.mul(a1, g));
  return v128.and(first, f32x4.gt(f32x4.abs(first), tiny));
}

@inline
function secondMoment(v: v128, g: v128, b2: v128, a2: v128, tiny: v128): v128 {
  const second = madd(b2, v, f32x4.mul(a2, f32x4.mul(g, g)));
  return v128.and(second, f32x4.gt(second, tiny));
}

@inline
function stepped(p: v128, first: v128, second: v128, steps: v128, corrections: v128, eps: v128): v128 {
  return f32x4.add(p, f32x4.div(f32x4.mul(steps, first), madd(corrections, f32x4.sqrt(second), eps)));
}
