// SHA-256 (FIPS 180-4), also in pages: the hash that browsers have gives promises, and only on pages that came by https.

/** The first 32 bits of the fractional part of the k-th root of a prime: the hash's constants (§4.2.2, §5.3.3). */
function rootBits(prime: number, k: 2 | 3): number {
  const bound = BigInt(prime) << BigInt(32 * k);
  let root = 0n;
  for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) {
    const x = root + bit;
    if (x * x * (k === 3 ? x : 1n) <= bound) root = x;
  }
  return Number(root & 0xffffffffn);
}

const primes: number[] = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
const roundConstants = Int32Array.from(primes, (prime) => rootBits(prime, 3));
const initialState = Int32Array.from(primes.slice(0, 8), (prime) => rootBits(prime, 2));

const blockBytes = 64;
const rotate = (x: number, bits: number): number => (x >>> bits) | (x << (32 - bits));

/** A hash in progress. */
export interface Sha256 {
  /** Takes in bytes. */
  update(bytes: Uint8Array): void;
  /** The hash of all bytes that were taken in, in hexadecimal. Once: nothing can be added then. */
  digest(): string;
}

/** A hash of no bytes so far: Node's, which is ten times as fast, or our own. */
export function createSha256(): Sha256 {
  const hash = globalThis.process?.getBuiltinModule?.("node:crypto").createHash("sha256");
  return hash ? { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") } : createOwnSha256();
}

/** Without Node. */
export function createOwnSha256(): Sha256 {
  const state = initialState.slice();
  const words = new Int32Array(64);
  const block = new Uint8Array(blockBytes);
  const view = new DataView(block.buffer);
  let length = 0;

  /** §6.2.2 */
  function compress(): void {
    for (let t = 0; t < 16; t++) words[t] = view.getInt32(4 * t);
    for (let t = 16; t < 64; t++) {
      const x = words[t - 15];
      const y = words[t - 2];
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
      words[t] = words[t - 16] + s0 + words[t - 7] + s1;
    }
    let { 0: a, 1: b, 2: c, 3: d, 4: e, 5: f, 6: g, 7: h } = state;
    for (let t = 0; t < 64; t++) {
      const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + roundConstants[t] + words[t]) | 0;
      const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    const added = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) state[i] += added[i];
  }

  function update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const at = length % blockBytes;
      const taken = Math.min(blockBytes - at, bytes.length - from);
      block.set(bytes.subarray(from, from + taken), at);
      from += taken;
      length += taken;
      if (at + taken === blockBytes) compress();
    }
  }

  return {
    update,
    digest() {
      const bits = 8 * length;
      const padding = new Uint8Array(blockBytes + 8 - ((length + 8) % blockBytes));
      padding[0] = 0x80;
      const end = new DataView(padding.buffer, padding.length - 8);
      end.setUint32(0, Math.floor(bits / 0x100000000));
      end.setUint32(4, bits);
      update(padding);
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
    },
  };
}
