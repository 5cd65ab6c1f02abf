// Powers of two and the bits of a double: what argument reduction and scaling need.

const view = new DataView(new ArrayBuffer(8));
view.setUint32(0, 1, true);
const littleEndian = new Uint32Array(view.buffer)[0] === 1;

const doubles = new Float64Array(1);
const words = new Int32Array(doubles.buffer);
const highIndex = littleEndian ? 1 : 0;

/** The upper 32 bits of a double (sign, exponent, 20 bits of fraction) as a signed integer. */
export function highWordOf(x: number): number {
  doubles[0] = x;
  return words[highIndex];
}

/** The exponent e of a positive normal number: 2^e ≤ x < 2^(e+1). */
export function exponentOf(x: number): number {
  return (highWordOf(x) >> 20) - 1023;
}

const powers = new Float64Array(2098); // 2^-1074 … 2^1023, each exact
powers[1074] = 1;
for (let i = 1; i <= 1023; i++) powers[1074 + i] = powers[1073 + i] * 2;
for (let i = 1; i <= 1074; i++) powers[1074 - i] = powers[1075 - i] / 2;

/** 2^k for an integer k in [-1074, 1023], exactly. */
export function powerOfTwo(k: number): number {
  return powers[k + 1074];
}

/** x·2^k, rounded once, for 2^-2 < |x| < 2^2 and any integer k in [-1100, 1025]. */
export function scale(x: number, k: number): number {
  if (k >= -1021 && k <= 1023) return x * powers[k + 1074];
  if (k > 1023) return x * 4 * powers[k + 1072];
  return x * powers[k + 1274] * powers[874]; // the first product is exact, so a subnormal result is rounded once
}
