// One number for all weights, or for data, to compare runs by.

import { TextEncoder } from "../globals.ts";
import { createSha256 } from "../math/sha256.ts";
import type { Engine, Variable } from "../tensor/index.ts";

/** SHA-256 over weights as little-endian float32, in the order of their names. */
export const weightsSha256 = (engine: Engine, weights: readonly Variable[]): string =>
  sha256OfArrays(weights.map((v) => [v.name, engine.read(v)]));

/** SHA-256 over arrays as little-endian float32, in the order of their names. */
export function sha256OfArrays(arrays: Iterable<readonly [name: string, values: Float32Array]>): string {
  const hash = createSha256();
  const byName = [...arrays].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, values] of byName) {
    const bytes = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((x, i) => bytes.setFloat32(i * 4, x, true));
    hash.update(new Uint8Array(bytes.buffer));
  }
  return hash.digest();
}

/** SHA-256 over items of plain data, each as JSON writes it. */
export function sha256OfData(items: Iterable<unknown>): string {
  const hash = createSha256();
  for (const item of items) hash.update(new TextEncoder().encode(`${JSON.stringify(item)}\n`));
  return hash.digest();
}
