// A state as it comes back from a checkpoint.

import { pack, unpack, type PackedArray } from "../src/packing.ts";

/** Packs a value, sends its two parts the way that files do, and unpacks it. */
export function packedCopy<T>(value: T): T {
  const { tree, arrays } = pack(value, "state");
  const copies = [...arrays].map(([name, array]): [string, PackedArray] => [name, array.slice()]);
  return unpack(JSON.parse(JSON.stringify(tree)), new Map(copies)) as T;
}
