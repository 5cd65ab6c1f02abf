// Typed arrays as JSON without loss: JSON knows neither −0 nor infinities, so their bits are kept as 32-bit integers.

type Numbers = Float32Array | Float64Array | Int32Array;

const wordsOf = ({ buffer, byteOffset, byteLength }: Numbers): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength / 4);

/** The bits of `numbers`, a word or two for each. */
export function toBits(numbers: Numbers): number[] {
  return Array.from(wordsOf(numbers));
}

/** Writes what {@link toBits} returned into `numbers`. */
export function fromBits(bits: readonly number[], numbers: Numbers): void {
  wordsOf(numbers).set(bits);
}
