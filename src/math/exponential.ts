// exp and expm1 in float64: x = k·ln 2 + r with |r| ≤ ln2/2, a polynomial for e^r, then scaling by 2^k.
// The coefficients are minimax fits (Remez exchange at 80 digits) of the functions named beside them.
import { powerOfTwo, scale } from "./bits.ts";

/** ln 2 = ln2High + ln2Low; the high part has 32 significant bits, so that its product with an exponent is exact. */
export const ln2High = 0.6931471803691238;
export const ln2Low = 1.9082149292705877e-10;
const inverseLn2 = 1.4426950408889634;
const roundingShift = 6755399441055744; // 1.5·2^52: adding and subtracting it rounds to the nearest integer

/** (e^r − 1 − r) / r² on |r| ≤ ln2/2, to 2^-60 of e^r. */
function expTail(r: number): number {
  const z = r * r;
  const w = z * z;
  const a = 0.5 + r * 0.16666666666666685 + z * (0.04166666666666673 + r * 0.008333333333316723);
  const b = 0.001388888888885843 + r * 0.00019841269897114946 + z * (2.4801587373772442e-5 + r * 2.7557234168101074e-6);
  const c = 2.7557233317869305e-7 + r * 2.5112267249629433e-8 + z * 2.092696064478924e-9;
  return a + w * (b + w * c);
}

/** (e^r − 1 − r − r²/2) / r³ on |r| ≤ ln2/2, to 2^-58 of e^r − 1. */
function cubicTail(r: number): number {
  const z = r * r;
  const w = z * z;
  const a = 0.16666666666666682 + r * 0.0416666666666667 + z * (0.008333333333316845 + r * 0.0013888888888864985);
  const b = 0.00019841269896873147 + r * 2.4801587365464086e-5 + z * (2.7557234369653465e-6 + r * 2.755723837767113e-7);
  const c = 2.5112206873662313e-8 + r * 2.0925767393785787e-9;
  return a + w * (b + w * c);
}

/** e^x for finite x of moderate size as two numbers: (result + expParts[0]) · 2^expParts[1]. `low` is added to x. */
export function expKernel(x: number, low: number): number {
  const k = x * inverseLn2 + roundingShift - roundingShift;
  const high = x - k * ln2High; // exact
  const rest = k * ln2Low - low;
  const r = high - rest;
  const half = 0.5 * r * r;
  const s = 1 + r;
  const s2 = s + half;
  const tail = r - (s - 1) + (s - s2 + half) + (high - r - rest + r * r * r * cubicTail(r));
  const y = s2 + tail;
  expParts[0] = s2 - y + tail;
  expParts[1] = k;
  return y;
}
/** What expKernel returns beside its value: the low part and the power of two. */
export const expParts = new Float64Array(2);

/** e^x. Error below 0.7 ulp, for subnormal results below 0.9. */
export function exp(x: number): number {
  if (!(x > -745.2 && x < 709.79)) {
    if (x !== x) return NaN;
    return x > 0 ? Infinity : 0;
  }
  const k = x * inverseLn2 + roundingShift - roundingShift;
  const high = x - k * ln2High;
  const rest = k * ln2Low;
  const r = high - rest;
  const s = 1 + r;
  const y = s + (r - (s - 1) + (high - r - rest + r * r * expTail(r)));
  return scale(y, k);
}

/** e^x − 1, accurate near 0. Error below 0.9 ulp. */
export function expm1(x: number): number {
  if (x > -0.34657359027997264 && x < 0.34657359027997264) {
    if (x > -5.5e-17 && x < 5.5e-17) return x;
    const z = x * x;
    return x + (0.5 * z + x * z * cubicTail(x));
  }
  if (!(x < 45)) return exp(x); // the 1 is below half an ulp; also +Infinity and NaN
  if (x < -38) return -1;
  const s = expKernel(x, 0);
  const factor = powerOfTwo(expParts[1]);
  const high = s * factor;
  const y = high - 1;
  const lost = high > 1 ? high - y - 1 : high - (y + 1);
  return y + (lost + expParts[0] * factor);
}
