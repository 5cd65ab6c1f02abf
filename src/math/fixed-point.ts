// Logarithm and exponential of fixed-point integers with 128 fractional bits: slow, for building tables and for tests.
import { powerOfTwo } from "./bits.ts";

/** A bigint n stands for n / 2^fixedBits. */
export const fixedBits = 128;
const fractionBits = BigInt(fixedBits);
const one = 1n << fractionBits;

/** ln(a/b) for a, b > 0 near each other, by 2·artanh((a − b)/(a + b)). */
function logarithmOfRatio(a: bigint, b: bigint): bigint {
  const s = ((a - b) << fractionBits) / (a + b);
  const square = (s * s) >> fractionBits;
  let sum = 0n;
  let term = s;
  for (let n = 1n; term / n !== 0n; n += 2n) {
    sum += term / n;
    term = (term * square) / one;
  }
  return 2n * sum;
}

const ln2 = logarithmOfRatio(2n, 1n);

/** ln x of a positive fixed-point number, to a few units of the last place. */
export function fixedLogarithm(x: bigint): bigint {
  if (x <= 0n) throw new RangeError("fixedLogarithm: the argument must be positive");
  // x = 2^k·m with 3/4 < m ≤ 3/2
  let k = BigInt(x.toString(2).length) - 1n - fractionBits;
  let scale = k >= 0n ? one << k : one >> -k;
  if (3n * scale < 2n * x) {
    k += 1n;
    scale *= 2n;
  }
  return logarithmOfRatio(x, scale) + k * ln2;
}

/** e^x of a fixed-point number, by Taylor's series of x/256. */
export function fixedExponential(x: bigint): bigint {
  const r = x / 256n;
  let sum = one;
  let term = one;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * r) / (n * one);
    sum += term;
  }
  for (let i = 0; i < 8; i++) sum = (sum * sum) >> fractionBits;
  return sum;
}

/** The nearest double (of a number that is not subnormal). */
export function fixedToDouble(x: bigint): number {
  return Number(x) * powerOfTwo(-fixedBits);
}
