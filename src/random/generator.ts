// NumPy's Generator over PCG64: the same numbers, to the last bit, from the same seed and the same calls.
// A draw of 64 bits uses one step of PCG64; two draws of 32 bits (bounded integers, float32) share one.
import { InputError } from "../errors.ts";
import { exp, log1p } from "../math/index.ts";
import { halfWord, hasHalfWord, highWord, lowWord, wordCount, next32, next64, seedPcg64 } from "./pcg64.ts";
import type { PcgWords } from "./pcg64.ts";
import { SeedSequence } from "./seed-sequence.ts";
import type { Entropy } from "./seed-sequence.ts";
import { exponentialR, normalTables, normalTablesFloat32, normalR, exponentialTables } from "./ziggurat.ts";

/** A generator's state as JSON, with NumPy's names. */
export interface GeneratorState {
  /** The algorithm. */
  bitGenerator: "PCG64";
  /** 128 bits as a decimal string. */
  state: string;
  /** The increment, 128 bits as a decimal string. */
  inc: string;
  /** Whether half of a 64-bit draw is left for the next 32-bit draw. */
  hasUint32: 0 | 1;
  /** That half. */
  uinteger: number;
}

/** Options of {@link Generator.choice}. */
export interface ChoiceOptions {
  /** How many to draw. Without it, a single draw is returned instead of an array. */
  size?: number;
  /** Whether an element may be drawn again. Default true. */
  replace?: boolean;
  /** Probability of each element; they sum to 1. Default: all equal. */
  p?: ArrayLike<number>;
  /** Without replacement: whether the order is random, not only the set. Default true. */
  shuffle?: boolean;
}

/** An array that {@link Generator.shuffle} can permute in place. */
export type MutableArray<T> = {
  /** Number of elements. */
  readonly length: number;
  [index: number]: T;
};

const twoTo32 = 4294967296;
const twoToMinus32 = 1 / twoTo32;
const twoToMinus53 = 1 / 9007199254740992;
const twoToMinus24 = 1 / 16777216;
const roundingShift = 6755399441055744; // 1.5·2^52
const normalInverseR = 0.2736612373297583;
const normalRFloat32 = Math.fround(normalR);
const normalInverseRFloat32 = Math.fround(normalInverseR);

function nextDouble(s: PcgWords): number {
  next64(s);
  return (s[highWord] * 2097152 + (s[lowWord] >>> 11)) * twoToMinus53; // the upper 53 bits
}

function nextFloat(s: PcgWords): number {
  return (next32(s) >>> 8) * twoToMinus24;
}

/** Uniform in 0 … range (inclusive), 0 < range < 2^32 − 1, by Lemire's multiplication with rejection. */
function bounded32(s: PcgWords, range: number): number {
  const count = range + 1;
  let bits = next32(s);
  let low = Math.imul(bits, count) >>> 0;
  if (low < count) {
    const threshold = (4294967295 - range) % count;
    while (low < threshold) {
      bits = next32(s);
      low = Math.imul(bits, count) >>> 0;
    }
  }
  // the upper word of bits·count: what is left over the exact lower word is a multiple of 2^32
  return (bits * count - low) * twoToMinus32 + roundingShift - roundingShift;
}

/** The same for a range up to 2^64 − 2, with draws of 64 bits. */
function bounded64(s: PcgWords, range: bigint): bigint {
  const count = range + 1n;
  const threshold = (0xffffffffffffffffn - range) % count;
  for (;;) {
    const product = nextBig(s) * count;
    if (BigInt.asUintN(64, product) >= threshold) return product >> 64n;
  }
}

function nextBig(s: PcgWords): bigint {
  next64(s);
  return (BigInt(s[highWord]) << 32n) | BigInt(s[lowWord]);
}

/** Uniform in 0 … range (inclusive), for a safe integer range. */
function bounded(s: PcgWords, range: number): number {
  if (range < 4294967295) return range === 0 ? 0 : bounded32(s, range);
  if (range === 4294967295) return next32(s);
  return Number(bounded64(s, BigInt(range)));
}

function nextNormal(s: PcgWords): number {
  const { k, w, f } = normalTables;
  for (;;) {
    next64(s);
    const low = s[lowWord];
    const layer = low & 0xff;
    const rabs = (s[highWord] & 0x1fffffff) * 8388608 + (low >>> 9);
    const x = rabs * w[layer];
    if (rabs < k[layer]) return x * (1 - ((low >>> 7) & 2)); // bit 8 is the sign; a branch on it would be a coin flip
    if (layer === 0) {
      for (;;) {
        const tail = -normalInverseR * log1p(-nextDouble(s));
        const y = -log1p(-nextDouble(s));
        // NumPy takes the sign of a tail value from another bit: bit 8 of rabs
        if (y + y > tail * tail) return low & 0x20000 ? -(normalR + tail) : normalR + tail;
      }
    }
    if ((f[layer - 1] - f[layer]) * nextDouble(s) + f[layer] < exp(-0.5 * x * x)) return low & 0x100 ? -x : x;
  }
}

function nextNormalFloat32(s: PcgWords): number {
  const { k, w, f } = normalTablesFloat32;
  const round = Math.fround;
  for (;;) {
    const bits = next32(s);
    const layer = bits & 0xff;
    const rabs = bits >>> 9;
    const x = round(rabs * w[layer]);
    if (rabs < k[layer]) return x * (1 - ((bits >>> 7) & 2));
    if (layer === 0) {
      for (;;) {
        const tail = round(-normalInverseRFloat32 * round(log1p(-nextFloat(s))));
        const y = round(-log1p(-nextFloat(s)));
        if (y + y > round(tail * tail)) {
          const value = round(normalRFloat32 + tail);
          return bits & 0x20000 ? -value : value;
        }
      }
    }
    const height = round(round(round(f[layer - 1] - f[layer]) * nextFloat(s)) + f[layer]);
    if (height < exp(-0.5 * x * x)) return bits & 0x100 ? -x : x;
  }
}

function nextExponential(s: PcgWords): number {
  const { k, w, f } = exponentialTables();
  for (;;) {
    next64(s);
    // bits 3–10 are the layer, bits 11–63 the position
    const low = s[lowWord];
    const layer = (low >>> 3) & 0xff;
    const position = s[highWord] * 2097152 + (low >>> 11);
    const x = position * w[layer];
    if (position < k[layer]) return x;
    if (layer === 0) return exponentialR - log1p(-nextDouble(s));
    if ((f[layer - 1] - f[layer]) * nextDouble(s) + f[layer] < exp(-x)) return x;
  }
}

/**
 * Draws random numbers exactly as numpy.random.Generator(PCG64(seed)) does, call by call.
 * Make one with `createGenerator(seed)`.
 */
export class Generator {
  readonly #words: PcgWords = new Uint32Array(wordCount);

  constructor(seed: Entropy | SeedSequence) {
    this.seed(seed);
  }

  /** Restarts from a seed, without a new generator. */
  seed(seed: Entropy | SeedSequence): void {
    seedPcg64(this.#words, seed instanceof SeedSequence ? seed : new SeedSequence(seed));
  }

  /** Uniform in [0, 1), 53 bits. */
  random(): number {
    return nextDouble(this.#words);
  }

  /** Uniform in [0, 1), 24 bits, as NumPy's random(dtype=float32). */
  randomFloat32(): number {
    return nextFloat(this.#words);
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * nextDouble(this.#words);
  }

  /** From the normal distribution with mean 0 and standard deviation 1. */
  standardNormal(): number {
    return nextNormal(this.#words);
  }

  /** The same from 32 bits, as NumPy's standard_normal(dtype=float32). */
  standardNormalFloat32(): number {
    return nextNormalFloat32(this.#words);
  }

  /** From the normal distribution. */
  normal(mean = 0, std = 1): number {
    return mean + std * nextNormal(this.#words);
  }

  /** From the exponential distribution with mean 1. */
  standardExponential(): number {
    return nextExponential(this.#words);
  }

  /**
   * A uniform integer in low … high − 1, or low … high with `endpoint`. Bounds are safe integers.
   * @throws InputError if the range is empty, or a bound is not a safe integer
   */
  integers(low: number, high: number, options?: { endpoint?: boolean }): number {
    return low + bounded(this.#words, integerRange(low, high, options?.endpoint));
  }

  /** The same for 64-bit bounds, signed or unsigned. */
  integers64(low: bigint, high: bigint, options?: { endpoint?: boolean }): bigint {
    const range = high - low - (options?.endpoint ? 0n : 1n);
    if (range < 0n || range > 0xffffffffffffffffn)
      throw new InputError(`integers64: ${low} to ${high} is not a range of at most 2^64 integers`);
    if (range === 0xffffffffffffffffn) return low + nextBig(this.#words);
    if (range < 0x100000000n) return low + BigInt(bounded(this.#words, Number(range)));
    return low + bounded64(this.#words, range);
  }

  /** 0 … n − 1 in random order. */
  permutation(n: number): Int32Array {
    return this.fillPermutation(new Int32Array(n));
  }

  /** Overwrites `out` with 0 … length − 1 in random order: permutation without an allocation. */
  fillPermutation(out: Int32Array): Int32Array {
    for (let i = 0; i < out.length; i++) out[i] = i;
    shuffleInPlace(this.#words, out);
    return out;
  }

  /** Puts the elements of an array (of any kind) in random order, in place. */
  shuffle<T>(array: MutableArray<T>): void {
    shuffleInPlace(this.#words, array);
  }

  /**
   * Draws from 0 … n − 1 (a number n) or from the elements of an array, like numpy's Generator.choice.
   * Without `size` one draw is returned; with it an Int32Array of numbers, or an array of elements.
   * @throws InputError for an empty population, probabilities that do not fit, or too few elements without replacement
   */
  choice(population: number): number;
  choice(population: number, options: ChoiceOptions & { size: number }): Int32Array;
  choice(population: number, options: ChoiceOptions & { size?: undefined }): number;
  choice<T>(population: ArrayLike<T>, options: ChoiceOptions & { size: number }): T[];
  choice<T>(population: ArrayLike<T>, options?: ChoiceOptions & { size?: undefined }): T;
  choice<T>(population: number | ArrayLike<T>, options: ChoiceOptions = {}): number | T | Int32Array | T[] {
    const n = typeof population === "number" ? population : population.length;
    const indices = chooseIndices(this.#words, n, options);
    if (typeof population === "number") return options.size === undefined ? indices[0] : indices;
    return options.size === undefined ? population[indices[0]] : Array.from(indices, (i) => population[i]);
  }

  /** 64 random bits. */
  nextUint64(): bigint {
    return nextBig(this.#words);
  }

  /** 32 random bits: half of a 64-bit draw, whose other half the next 32-bit draw returns. */
  nextUint32(): number {
    return next32(this.#words);
  }

  /** Fills an array with random(). */
  fillRandom<A extends Float64Array | Float32Array>(out: A): A {
    for (let i = 0; i < out.length; i++) out[i] = nextDouble(this.#words);
    return out;
  }

  /** Fills an array with randomFloat32(). */
  fillRandomFloat32<A extends Float64Array | Float32Array>(out: A): A {
    for (let i = 0; i < out.length; i++) out[i] = nextFloat(this.#words);
    return out;
  }

  /** Fills an array with uniform(low, high). */
  fillUniform<A extends Float64Array | Float32Array>(out: A, low: number, high: number): A {
    for (let i = 0; i < out.length; i++) out[i] = low + (high - low) * nextDouble(this.#words);
    return out;
  }

  /** Fills an array with standardNormal(). */
  fillStandardNormal<A extends Float64Array | Float32Array>(out: A): A {
    for (let i = 0; i < out.length; i++) out[i] = nextNormal(this.#words);
    return out;
  }

  /** Fills an array with standardNormalFloat32(). */
  fillStandardNormalFloat32<A extends Float64Array | Float32Array>(out: A): A {
    for (let i = 0; i < out.length; i++) out[i] = nextNormalFloat32(this.#words);
    return out;
  }

  /** Fills an array with normal(mean, std). */
  fillNormal<A extends Float64Array | Float32Array>(out: A, mean: number, std: number): A {
    for (let i = 0; i < out.length; i++) out[i] = mean + std * nextNormal(this.#words);
    return out;
  }

  /** Fills an array with standardExponential(). */
  fillStandardExponential<A extends Float64Array | Float32Array>(out: A): A {
    for (let i = 0; i < out.length; i++) out[i] = nextExponential(this.#words);
    return out;
  }

  /** Fills an array with integers(low, high, options). */
  fillIntegers<A extends Int32Array | Uint32Array | Float64Array>(
    out: A,
    low: number,
    high: number,
    options?: { endpoint?: boolean },
  ): A {
    const range = integerRange(low, high, options?.endpoint);
    for (let i = 0; i < out.length; i++) out[i] = low + bounded(this.#words, range);
    return out;
  }

  /** The complete state, as an object that survives JSON. */
  getState(): GeneratorState {
    const s = this.#words;
    const join = (at: number) => [3, 2, 1, 0].reduce((sum, i) => (sum << 32n) | BigInt(s[at + i]), 0n).toString();
    return {
      bitGenerator: "PCG64",
      state: join(0),
      inc: join(4),
      hasUint32: s[hasHalfWord] === 0 ? 0 : 1,
      uinteger: s[halfWord],
    };
  }

  /**
   * Continues from where getState() was called.
   * @throws InputError if `state` is not a state of a generator
   */
  setState(state: GeneratorState): void {
    const s = this.#words;
    const words = [parseUint128(state.state, "state"), parseUint128(state.inc, "inc")];
    if (state.bitGenerator !== "PCG64") throw new InputError(`generator state: "${state.bitGenerator}" is not PCG64`);
    if ((words[1] & 1n) === 0n) throw new InputError("generator state: inc must be odd");
    if (state.uinteger >>> 0 !== state.uinteger)
      throw new InputError(`generator state: uinteger must be a 32-bit integer, not ${state.uinteger}`);
    if (state.hasUint32 !== 0 && state.hasUint32 !== 1)
      throw new InputError(`generator state: hasUint32 must be 0 or 1, not ${state.hasUint32}`);
    for (let i = 0; i < 8; i++) s[i] = Number((words[i >> 2] >> BigInt(32 * (i & 3))) & 0xffffffffn);
    s[hasHalfWord] = state.hasUint32;
    s[halfWord] = state.uinteger;
  }
}

/**
 * A generator like numpy.random.default_rng(seed), also for seeds beyond 2^32 (a bigint beyond 2^53).
 * @throws InputError for a seed that is negative or not an integer
 */
export function createGenerator(seed: Entropy | SeedSequence): Generator {
  return new Generator(seed);
}

function parseUint128(text: unknown, name: string): bigint {
  if (typeof text !== "string" || !/^[0-9]{1,39}$/.test(text) || BigInt(text) >> 128n !== 0n)
    throw new InputError(`generator state: ${name} must be a 128-bit integer as a decimal string, not ${String(text)}`);
  return BigInt(text);
}

/** high − low, inclusive. */
function integerRange(low: number, high: number, endpoint = false): number {
  const range = endpoint ? high - low : high - low - 1;
  if (!(range >= 0 && range < 9007199254740992 && Number.isSafeInteger(low) && Number.isSafeInteger(high)))
    throw new InputError(
      `integers: no integers from ${low} ${endpoint ? "through" : "to below"} ${high} (bounds must be safe integers)`,
    );
  return range;
}

/** Fisher and Yates, from the end. NumPy draws each place by masking and rejecting here, and by Lemire elsewhere. */
function shuffleInPlace<T>(s: PcgWords, array: MutableArray<T>): void {
  for (let i = array.length - 1; i > 0; i--) {
    const mask = 0xffffffff >>> Math.clz32(i);
    let j = next32(s) & mask;
    while (j > i) j = next32(s) & mask;
    const held = array[i];
    array[i] = array[j];
    array[j] = held;
  }
}

/** The same down to element `first`, with Lemire's draws: how NumPy's choice without replacement shuffles. */
function shuffleTail(s: PcgWords, array: Int32Array, first: number): void {
  for (let i = array.length - 1; i >= first; i--) {
    const j = bounded(s, i);
    const held = array[i];
    array[i] = array[j];
    array[j] = held;
  }
}

function chooseIndices(s: PcgWords, n: number, options: ChoiceOptions): Int32Array {
  const { size = 1, replace = true, p, shuffle = true } = options;
  if (!Number.isSafeInteger(n) || n < 1 || n > 2147483647)
    throw new InputError(`choice: the population must have 1 to 2^31 − 1 elements, not ${n}`);
  if (!Number.isSafeInteger(size) || size < 0) throw new InputError(`choice: size must be an integer ≥ 0, not ${size}`);
  if (!replace && size > n) throw new InputError(`choice: cannot draw ${size} of ${n} elements without replacement`);
  if (p !== undefined) return chooseWeighted(s, n, size, replace, checkProbabilities(p, n, size, replace));
  if (!replace) return chooseDistinct(s, n, size, shuffle);
  const out = new Int32Array(size);
  for (let i = 0; i < size; i++) out[i] = bounded(s, n - 1);
  return out;
}

function checkProbabilities(p: ArrayLike<number>, n: number, size: number, replace: boolean): Float64Array {
  if (p.length !== n) throw new InputError(`choice: ${p.length} probabilities for ${n} elements`);
  let sum = 0;
  let positive = 0;
  for (let i = 0; i < n; i++) {
    if (!(p[i] >= 0)) throw new InputError(`choice: probability ${i} is ${p[i]}`);
    sum += p[i];
    if (p[i] > 0) positive++;
  }
  if (!(Math.abs(sum - 1) < 1.5e-8)) throw new InputError(`choice: the probabilities sum to ${sum}, not 1`);
  if (!replace && positive < size)
    throw new InputError(`choice: cannot draw ${size} different elements where ${positive} have a probability above 0`);
  return Float64Array.from(p);
}

/** By inversion of the cumulative distribution; without replacement in rounds, each leaving out what was found. */
function chooseWeighted(s: PcgWords, n: number, size: number, replace: boolean, p: Float64Array): Int32Array {
  const out = new Int32Array(size);
  const cumulative = new Float64Array(n);
  let found = 0;
  while (found < size) {
    let sum = 0;
    for (let i = 0; i < n; i++) cumulative[i] = sum += p[i];
    for (let i = 0; i < n; i++) cumulative[i] /= sum;
    const draws = size - found;
    for (let d = 0; d < draws; d++) {
      const index = firstAbove(cumulative, nextDouble(s));
      if (!replace) {
        if (p[index] === 0) continue; // already found
        p[index] = 0;
      }
      out[found++] = index;
    }
  }
  return out;
}

/** The first index whose value is greater than u; values ascend. */
function firstAbove(values: Float64Array, u: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * size different numbers of 0 … n − 1: the tail of a partial shuffle, or Floyd's algorithm where few of many are drawn.
 */
function chooseDistinct(s: PcgWords, n: number, size: number, shuffle: boolean): Int32Array {
  if (n > 10000 && size > Math.floor(n / (shuffle ? 50 : 20))) {
    const all = new Int32Array(n);
    for (let i = 0; i < n; i++) all[i] = i;
    shuffleTail(s, all, Math.max(n - size, 1));
    return all.slice(n - size);
  }
  const out = new Int32Array(size);
  const taken = new Set<number>();
  for (let j = n - size; j < n; j++) {
    const draw = bounded(s, j);
    const value = taken.has(draw) ? j : draw;
    taken.add(value);
    out[j - n + size] = value;
  }
  if (shuffle) shuffleTail(s, out, 1);
  return out;
}
