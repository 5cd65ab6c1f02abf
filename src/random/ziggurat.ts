// Tables of the Ziggurat method (Marsaglia and Tsang, 2000) with 256 layers for the normal and the exponential density.
// All layers have the area A: with f the density (f(0) = 1) and r = x[255] the start of the tail, x[i] follows from
// f(x[i]) = f(x[i+1]) + A / x[i+1]. Values in an inner part of layer i, where rabs < k[i], are accepted at once.
import { exp, log } from "../math/index.ts";
import { fixedBits, fixedExponential, fixedLogarithm, fixedToDouble } from "../math/fixed-point.ts";

/** Layer i: a value is rabs·w[i] with rabs a random integer; accept if rabs < k[i]; f[i] is the density at x[i]. */
export interface Ziggurat {
  k: Float64Array;
  w: Float64Array;
  f: Float64Array;
}

const layers = 256;
const twoTo52 = 4503599627370496;

/** Where the tail of the normal density begins. */
export const normalR = 3.6541528853610088;
const normalArea = 0.00492867323397465;

/** The nearest integer, halves to even. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/**
 * Normal density e^(−x²/2), rabs of 52 bits. NumPy's tables come from this recursion in doubles, so it is followed in
 * doubles. Its logarithm or exponential rounded to the farther neighbour in four places, and ours does in one (layer
 * 119); these are put right, because every bit goes into the numbers drawn. Layer 0 (the base strip) is NumPy's figure.
 */
function computeNormalTables(): Ziggurat {
  const k = new Float64Array(layers);
  const w = new Float64Array(layers);
  const f = new Float64Array(layers);
  const justBelow1 = 0.9999999999999999; // times this: the next lower double; divided: the next higher
  w[0] = 3.910757959524912 / twoTo52;
  k[0] = 4208095142473578;
  f[0] = 1;
  let outer = normalR;
  w[255] = outer / twoTo52;
  f[255] = exp(-0.5 * outer * outer);
  for (let i = 254; i > 0; i--) {
    let x = Math.sqrt(-2 * log(normalArea / outer + f[i + 1]));
    if (i === 252 || i === 129 || i === 84) x *= justBelow1;
    k[i + 1] = roundHalfEven((x / outer) * twoTo52);
    w[i] = x / twoTo52;
    f[i] = exp(-0.5 * x * x);
    if (i === 38) f[i] /= justBelow1;
    if (i === 119) f[i] *= justBelow1;
    outer = x;
  }
  return { k, w, f };
}

export const normalTables: Ziggurat = computeNormalTables();

/** The normal tables for float32: rabs of 23 bits, all figures rounded to float32. */
export const normalTablesFloat32: Ziggurat = {
  k: normalTables.k.map((k) => Math.floor(k / 536870912 + 0.5)), // 2^29
  w: normalTables.w.map((w) => Math.fround(w * 536870912)),
  f: normalTables.f.map((f) => Math.fround(f)),
};

/** Where the tail of the exponential density begins. */
export const exponentialR = 7.69711747013105;
const exponentialRDigits = 76971174701310497140446280481n; // / 10^28

let exponential: Ziggurat | undefined;

/** Exponential density e^−x, rabs of 53 bits: NumPy's tables are the exact ones, rounded, with an even k. */
export function exponentialTables(): Ziggurat {
  if (exponential !== undefined) return exponential;
  const k = new Float64Array(layers);
  const w = new Float64Array(layers);
  const f = new Float64Array(layers);
  const bits = BigInt(fixedBits);
  const one = 1n << bits;
  const r = (exponentialRDigits * one) / 10000000000000000000000000000n;
  const tail = fixedExponential(-r);
  const area = ((r + one) * tail) >> bits;
  const evenK = (inner: bigint, outer: bigint): number => 2 * Number((inner << 52n) / outer);
  w[0] = fixedToDouble((area << bits) / tail) / twoTo52 / 2;
  k[0] = evenK((r * tail) >> bits, area);
  f[0] = 1;
  w[255] = fixedToDouble(r) / twoTo52 / 2;
  f[255] = fixedToDouble(tail);
  let outer = r;
  let density = tail;
  for (let i = 254; i > 0; i--) {
    density += (area << bits) / outer;
    const x = -fixedLogarithm(density);
    k[i + 1] = evenK(x, outer);
    w[i] = fixedToDouble(x) / twoTo52 / 2;
    f[i] = fixedToDouble(density);
    outer = x;
  }
  return (exponential = { k, w, f });
}
