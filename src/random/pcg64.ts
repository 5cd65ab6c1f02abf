// PCG64 (XSL-RR 128/64), the bit generator behind numpy.random.default_rng, on 32-bit words without BigInt.
// Algorithm: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms" (2014).

/**
 * The words of a generator: 0–3 the 128-bit state, 4–7 the increment, least significant first; 8 and 9 the last output
 * (low, high); 10 and 11 whether half an output waits for the next 32-bit draw, and that half.
 */
export type PcgWords = Uint32Array;
export const wordCount = 12;
export const lowWord = 8;
export const highWord = 9;
export const hasHalfWord = 10;
export const halfWord = 11;

// The multiplier 0x2360ed051fc65da44385df649fccf645
const m0 = 0x9fccf645;
const m1 = 0x4385df64;
const m2 = 0x1fc65da4;
const m3 = 0x2360ed05;
const twoToMinus32 = 1 / 4294967296;
const roundingShift = 6755399441055744; // 1.5·2^52: adding and subtracting it rounds to the nearest integer

/**
 * state = state·multiplier + increment modulo 2^128.
 * A column of products has an exact lower word by imul. The rest of the column is a multiple of 2^32, so the rounded
 * double of the column less the exact lower words, over 2^32, is off by far less than ½ and rounds to the exact carry.
 */
function advance(s: PcgWords): void {
  const s0 = s[0];
  const s1 = s[1];
  const s2 = s[2];
  const low0 = Math.imul(s0, m0) >>> 0;
  const low1 = (Math.imul(s0, m1) >>> 0) + (Math.imul(s1, m0) >>> 0);
  const low2 = (Math.imul(s0, m2) >>> 0) + (Math.imul(s1, m1) >>> 0) + (Math.imul(s2, m0) >>> 0);
  const high0 = (s0 * m0 - low0) * twoToMinus32 + roundingShift - roundingShift;
  const high1 = (s0 * m1 + s1 * m0 - low1) * twoToMinus32 + roundingShift - roundingShift;
  const high2 = (s0 * m2 + s1 * m1 + s2 * m0 - low2) * twoToMinus32 + roundingShift - roundingShift;
  const low3 = Math.imul(s0, m3) + Math.imul(s1, m2) + Math.imul(s2, m1) + Math.imul(s[3], m0);
  const x0 = low0 + s[4];
  const x1 = low1 + high0 + s[5] + Math.floor(x0 * twoToMinus32);
  const x2 = low2 + high1 + s[6] + Math.floor(x1 * twoToMinus32);
  s[0] = x0; // a Uint32Array keeps the value modulo 2^32
  s[1] = x1;
  s[2] = x2;
  s[3] = low3 + high2 + s[7] + Math.floor(x2 * twoToMinus32);
}

/** Draws 64 bits into words `lowWord` and `highWord`. */
export function next64(s: PcgWords): void {
  advance(s);
  const top = s[3];
  const a = top ^ s[1];
  const b = s[2] ^ s[0];
  // rotate a:b right by the top six bits: swap the halves for 32, then shift by the rest
  const swap = (a ^ b) & -(top >>> 31);
  const high = a ^ swap;
  const low = b ^ swap;
  const shift = (top >>> 26) & 31;
  const up = 31 - shift;
  s[lowWord] = (low >>> shift) | ((high << 1) << up);
  s[highWord] = (high >>> shift) | ((low << 1) << up);
}

/** A draw of 32 bits: half of a 64-bit draw, the other half is kept for the next call. */
export function next32(s: PcgWords): number {
  if (s[hasHalfWord] !== 0) {
    s[hasHalfWord] = 0;
    return s[halfWord];
  }
  next64(s);
  s[hasHalfWord] = 1;
  s[halfWord] = s[highWord];
  return s[lowWord];
}

const seedWords = new Uint32Array(8);

/** Starts the generator from 8 words that `fillState` writes: initial state and stream, as NumPy seeds PCG64. */
export function seedPcg64(s: PcgWords, sequence: { fillState(out: Uint32Array): void }): void {
  const w = seedWords;
  sequence.fillState(w);
  // four 64-bit words: state high, state low, stream high, stream low
  s[4] = (w[6] << 1) | 1;
  s[5] = (w[7] << 1) | (w[6] >>> 31);
  s[6] = (w[4] << 1) | (w[7] >>> 31);
  s[7] = (w[5] << 1) | (w[4] >>> 31);
  // a step from state 0 gives the increment; the initial state is added, and another step taken
  const x0 = s[4] + w[2];
  const x1 = s[5] + w[3] + Math.floor(x0 * twoToMinus32);
  const x2 = s[6] + w[0] + Math.floor(x1 * twoToMinus32);
  s[3] = s[7] + w[1] + Math.floor(x2 * twoToMinus32);
  s[2] = x2;
  s[1] = x1;
  s[0] = x0;
  advance(s);
  s[hasHalfWord] = 0;
  s[halfWord] = 0;
}
