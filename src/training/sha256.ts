// One number for all weights, to compare runs by.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Engine, Variable } from "../tensor/index.ts";

/** SHA-256 over weights as little-endian float32, in the order of their names. */
export function weightsSha256(engine: Engine, weights: readonly Variable[]): string {
  const hash = sha256.create();
  const byName = [...weights].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const variable of byName) {
    const values = engine.read(variable);
    const bytes = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((x, i) => bytes.setFloat32(i * 4, x, true));
    hash.update(new Uint8Array(bytes.buffer));
  }
  return bytesToHex(hash.digest());
}
