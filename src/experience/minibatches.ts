// Minibatches: every entry of a rollout once an epoch, in random order, the remainder included.

import type { Generator } from "../random/index.ts";

/** Where each of `count` minibatches of `size` entries begins, and the end: sizes differ by at most one. */
export const minibatchBounds = (size: number, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, i) => Math.floor((i * size) / count));

/** 0 … size − 1 in random order, shuffled in place anew. */
export function shuffleIndices(indices: Int32Array, generator: Generator): void {
  for (let i = 0; i < indices.length; i++) indices[i] = i; // the order must not depend on earlier epochs: resuming
  generator.shuffle(indices);
}
