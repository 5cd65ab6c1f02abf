// 16-bit floats, which JavaScript has no arrays for on every engine: IEEE 754 binary16 (F16), and bfloat16, which is the
// upper half of a float32. All on bits, so that every NaN comes back with the payload it had.

/** The largest finite half; from 65,520 on, numbers round to infinity. */
export const largestHalf = 65504;

/** The floats that halves stand for, exactly; as many as there are. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = floatBits(halves[i]);
  return new Float32Array(bits.buffer);
}

/** The floats that bfloat16 numbers stand for, exactly; as many as there are. */
export function fromBfloat16(numbers: Uint16Array): Float32Array {
  const bits = new Uint32Array(numbers.length);
  for (let i = 0; i < bits.length; i++) bits[i] = numbers[i] << 16;
  return new Float32Array(bits.buffer);
}

/** The halves next to floats, of two equally near ones the even; beyond {@link largestHalf} infinities, NaN as NaN. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = halfBits(bits[i]);
  return halves;
}

/** Exponents are biased by 127 in a float and by 15 in a half; fractions have 23 and 10 bits. */
function floatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // fraction · 2⁻²⁴, whose first 1 becomes the one that a float does not store.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | ((fraction << (shift + 13)) & 0x7fffff);
}

function halfBits(float: number): number {
  const sign = (float >>> 16) & 0x8000;
  const size = float & 0x7fffffff;
  // A NaN whose payload lies in the bits that are dropped must not become an infinity.
  if (size > 0x7f800000) return sign | 0x7c00 | ((size >>> 13) & 0x3ff || 0x200);
  if (size >= 0x47800000) return sign | 0x7c00; // 65,536
  if (size >= 0x38800000) return sign | rounded(size - 0x38000000, 13); // 2⁻¹⁴; what overflows carries to infinity
  if (size < 0x33000000) return sign; // 2⁻²⁵
  return sign | rounded((size & 0x7fffff) | 0x800000, 126 - (size >>> 23)); // in units of 2⁻²⁴
}

/** n / 2^shift, to the nearest integer, of two equally near ones the even. */
const rounded = (n: number, shift: number): number => (n + ((1 << (shift - 1)) - 1) + ((n >>> shift) & 1)) >>> shift;
