// sin, cos and tan in float64. |x| < π/4 goes straight to a polynomial; a moderate x is reduced by π/2 in three parts
// (Cody and Waite); a huge one, or one close to a multiple of π/2, with 1280 bits of 2/π in integers (Payne and Hanek).
// The coefficients are minimax fits in x² (Remez exchange at 80 digits).
import { exponentOf, powerOfTwo } from "./bits.ts";

const quarterPi = 0.7853981633974483;
const twoOverPi = 0.6366197723675814;
const roundingShift = 6755399441055744; // 1.5·2^52
// π/2 in parts of 33, 33 and 53 bits: multiples up to 2^20 of the first two are exact
const halfPi1 = 1.5707963267341256;
const halfPi2 = 6.077100506303966e-11;
const halfPi3 = 2.0222662487959506e-21;
const moderate = 1e6;
const close = 1e-6; // nearer than this to a multiple of π/2, three parts are not enough

/** What reduce() leaves: x = quadrant·π/2 + reduced[0] + reduced[1], |reduced[0]| ≤ π/4. */
const reduced = new Float64Array(2);

/** The quadrant of x modulo 4, for |x| ≥ π/4 (Infinity excluded). */
function reduce(x: number): number {
  if (x < moderate && x > -moderate) {
    const k = x * twoOverPi + roundingShift - roundingShift;
    const a = x - k * halfPi1; // exact
    const b = k * halfPi2; // exact
    const c = k * halfPi3;
    const ab = a - b;
    const t = a - ab;
    const low = a - (ab + t) + (t - b) - c; // Knuth's two-sum
    const r = ab + low;
    if (r > close || r < -close) {
      reduced[0] = r;
      reduced[1] = ab - r + low;
      return k & 3;
    }
  }
  return reduceExactly(x);
}

const twoOverPiBits = 1280n;
/** floor(2/π · 2^1280) */
const twoOverPiInteger = BigInt(
  "0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921c" +
    "fe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980f" +
    "ef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d08" +
    "56033046fc7b6babf0cfbc209af4361d",
);
/** floor(π/2 · 2^190) */
const halfPiInteger = 0x6487ed5110b4611a62633145c06e0e68948127044533e63an;
const scale = powerOfTwo(-190);

/** The same for every finite double, in integers: about a microsecond. */
function reduceExactly(x: number): number {
  const exponent = exponentOf(Math.abs(x)) - 52;
  const mantissa = BigInt(x * powerOfTwo(-exponent)); // x = mantissa·2^exponent exactly
  // Bits of 2/π that give multiples of 4 quadrants, or less than 2^-190, have no say.
  const window = BigInt.asUintN(192, twoOverPiInteger >> (twoOverPiBits - 190n - BigInt(exponent)));
  const turns = BigInt.asUintN(192, mantissa * window);
  const quadrant = (turns + (1n << 189n)) >> 190n;
  const r = ((turns - (quadrant << 190n)) * halfPiInteger) >> 190n;
  const high = Number(r);
  reduced[0] = high * scale;
  reduced[1] = Number(r - BigInt(high)) * scale;
  return Number(quadrant) & 3;
}

/** (sin(x)/x − 1) / x² in z = x², to 2^-57 of sin. */
function sineSeries(z: number): number {
  const w = z * z;
  return (
    -0.1666666666666663 +
    z * 0.00833333333332184 +
    w * (-0.00019841269829358476 + z * 2.7557313538467156e-6) +
    w * w * (-2.5050734498695123e-8 + z * 1.5895455184055338e-10)
  );
}

/** (cos(x) − 1 + x²/2) / x⁴ in z = x², to 2^-63 of cos. */
function cosineSeries(z: number): number {
  const w = z * z;
  return (
    0.041666666666666595 +
    z * -0.0013888888888873344 +
    w * (2.4801587289003658e-5 + z * -2.7557314217442043e-7) +
    w * w * (2.087570543751067e-9 + z * -1.1358750584516485e-11)
  );
}

/** sin(r + low) for |r| ≤ π/4. */
function sine(r: number, low: number): number {
  const z = r * r;
  return r + (r * z * sineSeries(z) + low * (1 - 0.5 * z));
}

/** cos(r + low) for |r| ≤ π/4. */
function cosine(r: number, low: number): number {
  const z = r * r;
  const half = 0.5 * z;
  const s = 1 - half;
  return s + (1 - s - half + (z * z * cosineSeries(z) - r * low));
}

/** Sine of x in radians. Error below 0.8 ulp for every finite x; NaN for ±Infinity. */
export function sin(x: number): number {
  if (x < quarterPi && x > -quarterPi) {
    if (x < 1e-8 && x > -1e-8) return x; // keeps −0
    const z = x * x;
    return x + x * z * sineSeries(z);
  }
  if (!(x < Infinity && x > -Infinity)) return NaN;
  const quadrant = reduce(x);
  const y = quadrant & 1 ? cosine(reduced[0], reduced[1]) : sine(reduced[0], reduced[1]);
  return quadrant & 2 ? -y : y;
}

/** Cosine of x in radians. Error below 0.8 ulp for every finite x; NaN for ±Infinity. */
export function cos(x: number): number {
  if (x < quarterPi && x > -quarterPi) {
    const z = x * x;
    const half = 0.5 * z;
    const s = 1 - half;
    return s + (1 - s - half + z * z * cosineSeries(z));
  }
  if (!(x < Infinity && x > -Infinity)) return NaN;
  const quadrant = reduce(x);
  const y = quadrant & 1 ? sine(reduced[0], reduced[1]) : cosine(reduced[0], reduced[1]);
  return (quadrant + 1) & 2 ? -y : y;
}

/** Tangent of x in radians. Error below 0.95 ulp for every finite x; NaN for ±Infinity. */
export function tan(x: number): number {
  if (x < 1e-8 && x > -1e-8) return x;
  let quadrant = 0;
  let r = x;
  let low = 0;
  if (!(x < quarterPi && x > -quarterPi)) {
    if (!(x < Infinity && x > -Infinity)) return NaN;
    quadrant = reduce(x);
    r = reduced[0];
    low = reduced[1];
  }
  // sine and cosine as unrounded sums of two numbers; the rounding of r² is put back
  const z = r * r;
  const rHead = Math.fround(r);
  const rRest = r - rHead;
  const zError = rHead * rHead - z + 2 * rHead * rRest + rRest * rRest;
  const sTail = r * z * sineSeries(z) + low * (1 - 0.5 * z);
  const s = r + sTail;
  const sLow = r - s + sTail;
  const half = 0.5 * z;
  const whole = 1 - half;
  const cTail = 1 - whole - half + (z * z * cosineSeries(z) - r * low - 0.5 * zError);
  const c = whole + cTail;
  const cLow = whole - c + cTail;
  return quadrant & 1 ? quotient(-c, -cLow, s, sLow) : quotient(s, sLow, c, cLow);
}

/** (n + nLow) / (d + dLow), rounded nearly once. */
function quotient(n: number, nLow: number, d: number, dLow: number): number {
  const inverse = 1 / d;
  const head = Math.fround(n * inverse);
  const dHead = Math.fround(d);
  return head + (n - head * dHead - head * (d - dHead) - head * dLow + nLow) * inverse;
}
