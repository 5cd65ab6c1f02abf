// atan2 in float64: the ratio is brought within 1/32 of a sixteenth c by atan(q) = atan(c) + atan((q − c)/(1 + q·c));
// the quotient and the final sum carry two numbers each.
import { exponentOf, powerOfTwo } from "./bits.ts";

const pi = 3.141592653589793;
const piLow = 1.2246467991473532e-16;
const halfPi = 1.5707963267948966;
const halfPiLow = 6.123233995736766e-17;

/** atan(i/16) for i = 0 … 16, and what is missing to the exact values (tests recompute them in integers). */
const atan = Float64Array.of(
  ...[0, 0.06241880999595735, 0.12435499454676144, 0.18534794999569476, 0.24497866312686414, 0.3028848683749714],
  ...[0.35877067027057225, 0.4124104415973873, 0.4636476090008061, 0.5123894603107377, 0.5585993153435624],
  ...[0.6022873461349642, 0.6435011087932844, 0.6823165548747481, 0.7188299996216245, 0.7531512809621944],
  0.7853981633974483,
);
const atanLow = Float64Array.of(
  ...[0, -1.5490756308295046e-18, -3.1253241424539383e-18, 4.180692268843079e-18, 1.0698755618734451e-17],
  ...[-1.1010827903001369e-17, -2.4623815582638635e-17, -1.587652227770689e-17, 2.2698777452961687e-17],
  ...[-2.5462781472855804e-17, -5.4556305485916264e-18, 2.950430737228402e-17, 1.5834785051444286e-17],
  ...[6.943223671560008e-18, -2.1478388444456983e-17, -2.4256934659182068e-17, 3.061616997868383e-17],
);

/**
 * Angle of the point (x, y) in (−π, π], with the sign of y (±0 included). Error below 0.6 ulp.
 * Special cases as IEEE 754 and ECMAScript have them: atan2(±0, −0) = ±π, atan2(±Infinity, ±Infinity) = ±π/4 or ±3π/4.
 */
export function atan2(y: number, x: number): number {
  if (x !== x || y !== y) return NaN;
  const ay = Math.abs(y);
  const ax = Math.abs(x);
  const negative = y < 0 || (y === 0 && 1 / y < 0);
  const left = x < 0 || (x === 0 && 1 / x < 0);
  const angle = upperAngle(ay, ax, left);
  return negative ? -angle : angle;
}

/** The angle of (±x, y) for x, y ≥ 0: base ± atan(smaller/larger). */
function upperAngle(y: number, x: number, left: boolean): number {
  const steep = y > x;
  let small = steep ? x : y;
  let large = steep ? y : x;
  let base = left ? pi : 0;
  let baseLow = left ? piLow : 0;
  if (steep) {
    base = halfPi;
    baseLow = halfPiLow;
  }
  const sign = steep === left ? 1 : -1;
  if (small === 0) return base;
  if (large === Infinity) {
    if (small !== Infinity) return base;
    small = large = 1;
  }
  let q = small / large;
  if (q < 3e-9) return base === 0 ? q : base + (baseLow + sign * q);
  if (large > 1e30 || large < 1e-30) {
    const factor = large < 1e-300 ? powerOfTwo(1000) : powerOfTwo(-exponentOf(large));
    small *= factor;
    large *= factor;
    q = small / large;
  }
  // t = (small − c·large) / (large + c·small)
  const i = Math.floor(q * 16 + 0.5);
  const c = i * 0.0625;
  const largeHead = Math.fround(large);
  const largeRest = large - largeHead;
  const smallHead = Math.fround(small);
  const n1 = small - c * largeHead;
  const back = small - n1;
  const n1Error = small - (n1 + back) + (back - c * largeHead); // two-sum
  const n = n1 - c * largeRest;
  const nLow = n1 - n - c * largeRest + n1Error;
  const d1 = large + c * smallHead;
  const d1Error = large - d1 + c * smallHead;
  const d = d1 + c * (small - smallHead);
  const dLow = d1 - d + c * (small - smallHead) + d1Error;
  const inverse = 1 / d;
  const t = n * inverse;
  const head = Math.fround(t);
  const dHead = Math.fround(d);
  const rest = (n - head * dHead - head * (d - dHead) - head * dLow + nLow) * inverse;
  // (atan(t)/t − 1) / t²: minimax in t² (Remez exchange at 80 digits), to 2^-70 of atan
  const z = t * t;
  const series =
    -0.3333333333333333 +
    z * 0.19999999999982107 +
    z * z * (-0.14285714230393035 + z * 0.1111103866323646 - z * z * 0.09050114219467117);
  const tail = rest + t * z * series + atanLow[i];
  // base ± (atan + head + tail): the head is at most 1/32, and no smaller sum is left of it than what it is added to
  const a = sign * atan[i];
  const h = sign * head;
  const first = base + a;
  const firstError = base === 0 ? 0 : base - first + a;
  const second = first + h;
  const secondError = first === 0 ? 0 : first - second + h;
  return second + (firstError + secondError + baseLow + sign * tail);
}
