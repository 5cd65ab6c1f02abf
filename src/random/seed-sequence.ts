// NumPy's SeedSequence: any seed is mixed into a pool of 128 bits, from which generators and child sequences grow.
// Algorithm: M. E. O'Neill, "Developing a seed_seq Alternative" (2015), with the constants and the spawn keys of NumPy.
import { InputError } from "../errors.ts";

const initA = 0x43b0d7e5;
const multA = 0x931e8875;
const initB = 0x8b51f9dd;
const multB = 0x58f38ded;
const mixLeft = 0xca01f9dd;
const mixRight = 0x4973f715;
const poolSize = 4;

/** A seed: a non-negative integer of any size, or several. */
export type Entropy = number | bigint | readonly (number | bigint)[];

/** A SeedSequence as JSON: integers as decimal strings. */
export interface SeedSequenceState {
  /** The seed. */
  entropy: string | string[];
  /** Distinguishes the sequences of one seed; [] is that of the seed itself. */
  spawnKey: number[];
  /** How many children spawn() has made. */
  childrenSpawned: number;
}

/** The 32-bit words of a non-negative integer, least significant first; 0 is one word. */
function pushWords(words: number[], value: number | bigint): void {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new InputError(`a seed must be a non-negative integer (a bigint above 2^53), not ${value}`);
    words.push(value >>> 0);
    if (value >= 4294967296) words.push(Math.floor(value / 4294967296));
    return;
  }
  if (typeof value !== "bigint" || value < 0n)
    throw new InputError(`a seed must be a non-negative integer, not ${String(value)}`);
  do {
    words.push(Number(value & 0xffffffffn));
    value >>= 32n;
  } while (value > 0n);
}

/** x·left − y·right with its upper half folded in. */
function mix(x: number, y: number): number {
  const z = (Math.imul(x, mixLeft) - Math.imul(y, mixRight)) | 0;
  return z ^ (z >>> 16);
}

function mixIntoPool(pool: Uint32Array, words: readonly number[]): void {
  let hash = initA;
  const hashmix = (value: number): number => {
    value ^= hash;
    hash = Math.imul(hash, multA);
    value = Math.imul(value, hash);
    return value ^ (value >>> 16);
  };
  for (let i = 0; i < poolSize; i++) pool[i] = hashmix(i < words.length ? words[i] : 0);
  for (let from = 0; from < poolSize; from++)
    for (let to = 0; to < poolSize; to++) if (from !== to) pool[to] = mix(pool[to], hashmix(pool[from]));
  for (let from = poolSize; from < words.length; from++)
    for (let to = 0; to < poolSize; to++) pool[to] = mix(pool[to], hashmix(words[from]));
}

/**
 * Turns a seed into any number of independent, well mixed streams of bits, like numpy.random.SeedSequence.
 * @param entropy the seed: a non-negative integer of any size, or an array of them
 * @param spawnKey distinguishes the sequences of one seed: the key of a child is that of its parent and one more number
 * @throws InputError for a seed that is negative, fractional or (as a number) above 2^53 − 1
 */
export class SeedSequence {
  /** The seed. */
  readonly entropy: Entropy;
  /** Distinguishes the sequences of one seed. */
  readonly spawnKey: readonly number[];
  /** The 128 mixed bits, four words. */
  readonly pool: Uint32Array = new Uint32Array(poolSize);
  #childrenSpawned = 0;

  constructor(entropy: Entropy, spawnKey: readonly number[] = []) {
    this.entropy = entropy;
    this.spawnKey = spawnKey;
    const words: number[] = [];
    if (Array.isArray(entropy)) for (const part of entropy as readonly (number | bigint)[]) pushWords(words, part);
    else pushWords(words, entropy as number | bigint);
    if (spawnKey.length > 0) {
      // Padded, so that no seed with a key equals a longer seed without one.
      while (words.length < poolSize) words.push(0);
      for (const part of spawnKey) pushWords(words, part);
    }
    mixIntoPool(this.pool, words);
  }

  /** How many children spawn() has made. */
  get childrenSpawned(): number {
    return this.#childrenSpawned;
  }

  /** Fills `out` with mixed 32-bit words, the same in each call. */
  fillState(out: Uint32Array): void {
    let hash = initB;
    for (let i = 0; i < out.length; i++) {
      let value = this.pool[i % poolSize] ^ hash;
      hash = Math.imul(hash, multB);
      value = Math.imul(value, hash);
      out[i] = value ^ (value >>> 16);
    }
  }

  /** n mixed words of 32 or 64 bits, the same in each call. */
  generateState(n: number, type?: "uint32"): Uint32Array;
  generateState(n: number, type: "uint64"): BigUint64Array;
  generateState(n: number, type: "uint32" | "uint64" = "uint32"): Uint32Array | BigUint64Array {
    const words = new Uint32Array(type === "uint64" ? 2 * n : n);
    this.fillState(words);
    if (type === "uint32") return words;
    return BigUint64Array.from({ length: n }, (_, i) => BigInt(words[2 * i]) | (BigInt(words[2 * i + 1]) << 32n));
  }

  /** The next n child sequences, independent of this one, of each other and of those spawned before. */
  spawn(n: number): SeedSequence[] {
    const first = this.#childrenSpawned;
    this.#childrenSpawned += n;
    return Array.from({ length: n }, (_, i) => new SeedSequence(this.entropy, [...this.spawnKey, first + i]));
  }

  /** The complete state, as an object that survives JSON. */
  getState(): SeedSequenceState {
    const { entropy } = this;
    return {
      entropy: typeof entropy === "object" ? entropy.map(String) : String(entropy),
      spawnKey: [...this.spawnKey],
      childrenSpawned: this.#childrenSpawned,
    };
  }

  /** The sequence that getState() described. */
  static fromState(state: SeedSequenceState): SeedSequence {
    const { entropy } = state;
    const sequence = new SeedSequence(
      typeof entropy === "string" ? BigInt(entropy) : entropy.map((part) => BigInt(part)),
      state.spawnKey,
    );
    sequence.#childrenSpawned = state.childrenSpawned;
    return sequence;
  }
}
