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
  for (; p < end; p += 16, m += 16, v += 16, gradient += 16) {
    const g = f32x4.mul(v128.load(gradient), scales);
    let first = madd(b1, v128.load(m), f32x4.mul(a1, g));
    let second = madd(b2, v128.load(v), f32x4.mul(a2, f32x4.mul(g, g)));
    first = v128.and(first, f32x4.gt(f32x4.abs(first), tiny));
    second = v128.and(second, f32x4.gt(second, tiny));
    v128.store(m, first);
    v128.store(v, second);
    const step = f32x4.div(f32x4.mul(steps, first), madd(corrections, f32x4.sqrt(second), eps));
    v128.store(p, f32x4.add(v128.load(p), step));
  }
}
