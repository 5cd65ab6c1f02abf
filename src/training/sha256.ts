// One number for all weights, to compare runs by.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { ActorCritic } from "../policies/index.ts";

/** SHA-256 over the parameters as little-endian float32, in the order of their names. */
export function weightsSha256({ engine, parameters }: Pick<ActorCritic, "engine" | "parameters">): string {
  const hash = sha256.create();
  const byName = [...parameters].sort((a, b) => (a.variable.name < b.variable.name ? -1 : 1));
  for (const { variable } of byName) {
    const values = engine.read(variable);
    const bytes = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((x, i) => bytes.setFloat32(i * 4, x, true));
    hash.update(new Uint8Array(bytes.buffer));
  }
  return bytesToHex(hash.digest());
}
