// Sine and cosine of an angle in float32, computed in float64: within 0.56 units in the last place, and with the same
// bits as glibc's sinf and cosf, which Gymnasium's trajectories were made with (but for angles beyond 120 radians).
// Coefficients: the minimax polynomials of Arm's optimized routines on ±π/4, as glibc has them.

import { Vector } from "./layout";

/** Writes sin(angle), then cos(angle). */
export function rotation(angle: f32, out: usize): void {
  let x = <f64>angle;
  let quadrant: i32 = 0;
  if (reinterpret<u32>(angle) << 1 >= reinterpret<u32>(<f32>0.785398163) << 1) {
    const turns = nearest<f64>(x * 0.6366197723675814);
    quadrant = <i32>turns;
    // Far out π/2 is taken off in two parts, of which the first has so few bits that its multiples are exact.
    if (abs<f32>(angle) < 120) x -= turns * 1.5707963267948966;
    else x = x - turns * 1.5707963267341256 - turns * 6.077100506506192e-11;
  }
  const x2 = x * x;
  const x3 = x2 * x;
  const x4 = x2 * x2;
  let sin: f64 = x + x3 * -0.16666654943701084 + x3 * x2 * (0.008332178146138854 + x2 * -0.00019517298981385725);
  let cos: f64 =
    1 +
    x2 * -0.49999999725108224 +
    x4 * 0.041666623324344516 +
    x4 * x2 * (-0.001388676379437604 + x2 * 0.000024390450703564542);
  if (quadrant & 1) {
    const swap = sin;
    sin = cos;
    cos = -swap;
  }
  if (quadrant & 2) {
    sin = -sin;
    cos = -cos;
  }
  const result = changetype<Vector>(out);
  result.x = <f32>sin;
  result.y = <f32>cos;
}
