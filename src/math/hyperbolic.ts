// tanh in float64: an odd polynomial near 0, and 1 − 2/(e^2|x| + 1) elsewhere, its quotient in two parts.
import { powerOfTwo } from "./bits.ts";
import { expKernel, expParts } from "./exponential.ts";

/** Hyperbolic tangent. Error below 0.8 ulp. */
export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.35) {
    if (a < 3e-9) return x;
    const z = x * x;
    const w = z * z;
    // (tanh(x)/x − 1) / x²: minimax in x² (Remez exchange at 80 digits), to 2^-62 of tanh
    const p =
      -0.3333333333333332 +
      z * 0.13333333333329073 +
      w * (-0.05396825396345598 + z * 0.021869488271675962) +
      w *
        w *
        (-0.008863227279974841 + z * 0.0035919723128892043 + w * (-0.0014540158011025997 + z * 0.000577111246091736)) -
      w * w * w * w * 0.0001872241260133586;
    return x + x * z * p;
  }
  if (!(a < 20)) return x !== x ? NaN : x > 0 ? 1 : -1;
  const s = expKernel(2 * a, 0);
  const factor = powerOfTwo(expParts[1]);
  const e = s * factor;
  const high = e + 1;
  const low = e - high + 1 + expParts[0] * factor;
  const inverse = 1 / high;
  const quotient = Math.fround(2 * inverse);
  const highHead = Math.fround(high);
  const residual = 2 - quotient * highHead - quotient * (high - highHead) - quotient * low;
  const y = 1 - quotient - residual * inverse;
  return x < 0 ? -y : y;
}
