// log and log1p in float64: x = 2^k·(1 + f) with √½ ≤ 1 + f < √2, and log(1 + f) = 2·artanh(s), s = f / (2 + f).
// The quotient s is kept as a float32 head and a float64 rest, so that little but the last addition rounds.
import { highWordOf, powerOfTwo } from "./bits.ts";
import { ln2High, ln2Low } from "./exponential.ts";

const highWordOfRootHalf = 0x3fe6a09e;
const tiny = 2.2250738585072014e-308; // the smallest normal number

/** k·ln 2 + log(1 + f) + low, for 1 + f in [√½, √2]. */
function logKernel(k: number, f: number, low: number): number {
  const inverse = 1 / (2 + f);
  const s = f * inverse;
  const head = Math.fround(s);
  const fHead = Math.fround(f);
  // f − head·(2 + f): each product of parts is exact
  const residual = f - 2 * head - head * fHead - head * (f - fHead);
  const z = s * s;
  const w = z * z;
  // (2·artanh(s) − 2s) / s³: minimax in s² (Remez exchange at 80 digits), to 2^-59 of 2s
  const series =
    0.6666666666666735 +
    z * 0.3999999999940745 +
    w * (0.2857142874415539 + z * 0.22222198376830699) +
    w * w * (0.18183575256197385 + z * 0.1531375336578753 + w * 0.1479909052182047);
  const a = k * ln2High; // exact
  const b = 2 * head;
  const sum = a + b;
  return sum + (b - (sum - a) + (2 * (residual * inverse) + s * z * series + (low + k * ln2Low)));
}

/** Natural logarithm. Error below 0.6 ulp. log(±0) = −Infinity, log of a negative number is NaN. */
export function log(x: number): number {
  if (!(x >= tiny && x < Infinity)) {
    if (x === 0) return -Infinity;
    if (!(x > 0)) return NaN;
    if (x === Infinity) return Infinity;
    const scaled = x * 18014398509481984; // 2^54: subnormal to normal
    const k = (highWordOf(scaled) - highWordOfRootHalf) >> 20;
    return logKernel(k - 54, scaled * powerOfTwo(-k) - 1, 0);
  }
  const k = (highWordOf(x) - highWordOfRootHalf) >> 20;
  return logKernel(k, x * powerOfTwo(-k) - 1, 0);
}

/** log(1 + x), accurate near 0. Error below 0.6 ulp. log1p(−1) = −Infinity, below −1 it is NaN. */
export function log1p(x: number): number {
  if (x > -0.29 && x < 0.41) return x > -5.5e-17 && x < 5.5e-17 ? x : logKernel(0, x, 0);
  if (!(x > -1 && x < Infinity)) return x === -1 ? -Infinity : x === Infinity ? Infinity : NaN;
  const u = 1 + x;
  const lost = x > 1 ? 1 - (u - x) : x - (u - 1);
  const k = (highWordOf(u) - highWordOfRootHalf) >> 20;
  return logKernel(k, u * powerOfTwo(-k) - 1, lost / u);
}
