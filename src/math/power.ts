// pow in float64: x^y = e^(y·log x), with log x and the product carried as sums of two numbers (about 68 bits).
// The argument of the logarithm is multiplied by a tabled float32 near its inverse, which leaves |r| < 2^-6.
import { highWordOf, powerOfTwo, scale } from "./bits.ts";
import { fixedBits, fixedLogarithm, fixedToDouble } from "./fixed-point.ts";
import { ln2High, ln2Low, expKernel, expParts } from "./exponential.ts";

const highWordOfRootHalf = 0x3fe6a09e;
const first = 45; // 64·√½, rounded
const count = 47; // … to 64·√2, rounded

/** Rows of three: float32 inverse of j/64, −log(inverse) rounded, and what is missing to the exact value. */
let table: Float64Array | undefined;

/** The table, computed in integers on first use. */
function logarithmTable(): Float64Array {
  const rows = new Float64Array(3 * count);
  for (let row = 0; row < count; row++) {
    const inverse = Math.fround(64 / (first + row));
    const logarithm = -fixedLogarithm(BigInt(inverse * powerOfTwo(fixedBits)));
    const high = fixedToDouble(logarithm);
    rows[3 * row] = inverse;
    rows[3 * row + 1] = high;
    rows[3 * row + 2] = fixedToDouble(logarithm - BigInt(high * powerOfTwo(fixedBits)));
  }
  return rows;
}

/** Whether y is an odd integer. */
function isOdd(y: number): boolean {
  const a = Math.abs(y);
  return a < 9007199254740992 && Math.floor(a) === a && a % 2 === 1;
}

/**
 * x to the power y. Error below 0.7 ulp, for subnormal results below 0.9.
 * Special cases as ECMAScript has them: pow(x, ±0) = 1 for every x,
 * pow(±1, ±Infinity) = NaN, pow(x, NaN) = NaN, and a negative x with a non-integer exponent gives NaN.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (y === 1) return x;
  if (y === 2) return x * x;
  if (y === -1) return 1 / x;
  const a = Math.abs(x);
  // NaN, ±0, ±Infinity
  if (!(a > 0 && a < Infinity && y > -Infinity && y < Infinity)) return special(x, y);
  if (x < 0) {
    if (Math.floor(y) !== y) return NaN;
    return isOdd(y) ? -powerOfPositive(a, y) : powerOfPositive(a, y);
  }
  return powerOfPositive(a, y);
}

function special(x: number, y: number): number {
  if (x !== x || y !== y) return NaN;
  const a = Math.abs(x);
  if (y === Infinity || y === -Infinity) {
    if (a === 1) return NaN;
    return a > 1 === y > 0 ? Infinity : 0;
  }
  // x is ±0 or ±Infinity
  const magnitude = (a === 0) === y > 0 ? 0 : Infinity;
  return isOdd(y) && (x < 0 || 1 / x < 0) ? -magnitude : magnitude;
}

/** x^y for finite x > 0 and finite y ≠ 0. */
function powerOfPositive(x: number, y: number): number {
  if (x === 1) return 1;
  if (y > 1e19 || y < -1e19) return x > 1 === y > 0 ? Infinity : 0;
  if (y < 1e-20 && y > -1e-20) return 1;
  table ??= logarithmTable();

  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54
    k = -54;
  }
  const e = (highWordOf(x) - highWordOfRootHalf) >> 20;
  const m = x * powerOfTwo(-e);
  k += e;
  const row = 3 * (Math.floor(m * 64 + 0.5) - first);
  const inverse = table[row];

  // r + rLow = m·inverse − 1, exactly
  const mHead = Math.fround(m);
  const r1 = mHead * inverse - 1;
  const r2 = (m - mHead) * inverse;
  const r = r1 + r2;
  const part = r - r1;
  const rLow = r1 - (r - part) + (r2 - part);
  // square + squareLow = (r + rLow)²
  const rHead = Math.fround(r);
  const rRest = r - rHead;
  const square = r * r;
  const squareLow = rHead * rHead - square + 2 * rHead * rRest + rRest * rRest + 2 * r * rLow;
  // log(1 + r) = r − r²/2 + r³·(1/3 − r/4 + …)
  const series =
    1 / 3 -
    r * 0.25 +
    square * (0.2 - r * (1 / 6)) +
    square * square * (1 / 7 - r * 0.125 + square * (1 / 9 - r * 0.1 + square * (1 / 11)));
  // the parts from large to small, with what each addition loses
  const kLn2 = k * ln2High;
  const s1 = kLn2 + table[row + 1];
  const lost1 = kLn2 === 0 ? 0 : kLn2 - s1 + table[row + 1];
  const s2 = s1 + r;
  const lost2 = s1 === 0 ? 0 : s1 - s2 + r;
  const s3 = s2 - 0.5 * square;
  const lost3 = s2 - s3 - 0.5 * square;
  const low = lost1 + lost2 + lost3 + (k * ln2Low + table[row + 2] + rLow - 0.5 * squareLow + r * square * series);
  const log = s3 + low;
  const logLow = s3 - log + low;

  // product + productLow = y·(log + logLow)
  const yHead = Math.fround(y);
  const yRest = y - yHead;
  const logHead = Math.fround(log);
  const logRest = log - logHead;
  const product = y * log;
  if (product > 709.79) return Infinity;
  if (product < -745.2) return 0;
  const productLow = yHead * logHead - product + yHead * logRest + yRest * logHead + yRest * logRest + y * logLow;
  const power = expKernel(product, productLow);
  return scale(power, expParts[1]);
}
