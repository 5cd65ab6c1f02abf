// Exact references for the elementary functions: Taylor series in 320-bit integers, independent of src/math.

const bits = 320n;
const one = 1n << bits;
const words = new DataView(new ArrayBuffer(8));

/** A finite double as a fixed-point number of 320 fractional bits (exact for |x| ≥ 2^-260 or so). */
export function toFixed(x: number): bigint {
  words.setFloat64(0, x);
  const high = words.getUint32(0);
  const exponent = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(words.getUint32(4));
  const mantissa = exponent === 0 ? fraction : fraction | (1n << 52n);
  const shift = bits + BigInt(Math.max(exponent, 1) - 1075);
  const magnitude = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return x < 0 ? -magnitude : magnitude;
}

const mul = (a: bigint, b: bigint): bigint => (a * b) >> bits;
const div = (a: bigint, b: bigint): bigint => (a << bits) / b;

function arctanOfInverse(n: bigint): bigint {
  let term = one / n;
  let sum = 0n;
  for (let i = 1n; term !== 0n; i += 2n) {
    sum += i % 4n === 1n ? term / i : -(term / i);
    term /= n * n;
  }
  return sum;
}
/** π by Machin's formula. */
export const pi = 4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n));

function taylor(first: bigint, next: (term: bigint, n: bigint) => bigint): bigint {
  let sum = 0n;
  let term = first;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = next(term, n);
  }
  return sum;
}

export function exp(x: bigint): bigint {
  const small = x >> 16n;
  let y = taylor(one, (term, n) => mul(term, small) / n);
  for (let i = 0; i < 16; i++) y = mul(y, y);
  return y;
}
export function sin(x: bigint): bigint {
  const r = x % (2n * pi);
  return taylor(r, (term, n) => -mul(mul(term, r), r) / (2n * n * (2n * n + 1n)));
}
export const cos = (x: bigint): bigint => sin(x + pi / 2n);
export const tan = (x: bigint): bigint => div(sin(x), cos(x));
/** ln x by Newton's method on e^y = x, from a starting value good to about 50 bits. */
export function log(x: bigint, start: number): bigint {
  let y = toFixed(start);
  for (let i = 0; i < 4; i++) {
    const e = exp(y);
    y += 2n * div(x - e, x + e); // Halley's step
  }
  return y;
}
export function tanh(x: bigint): bigint {
  const e = exp(2n * x);
  return div(e - one, e + one);
}
export const expm1 = (x: bigint): bigint => exp(x) - one;
/** The angle of (x, y) from a starting value: Newton on the cross product of (x, y) with (cos, sin). */
export function atan2(y: bigint, x: bigint, start: number): bigint {
  let a = toFixed(start);
  for (let i = 0; i < 4; i++) {
    const s = sin(a);
    const c = cos(a);
    a += div(mul(y, c) - mul(x, s), mul(x, c) + mul(y, s));
  }
  return a;
}
export { bits as BITS, one as ONE, div, mul };

/** Distance of a double from the exact value, in units of the last place of the exact value. */
export function ulpError(actual: number, exact: bigint): number {
  const magnitude = exact < 0n ? -exact : exact;
  const ulpBits = BigInt(magnitude.toString(2).length) - 53n; // log2 of one ulp, in fixed point
  const difference = toFixed(actual) - exact;
  return Number((difference * 65536n) >> (ulpBits > 0n ? ulpBits : 0n)) / 65536;
}
