// Passes over a set of data in batches, each pass in an order of its own.

import { shuffleIndices } from "../learning/columns.ts";
import type { Stateful } from "../learning/learner.ts";
import type { Generator } from "../random/index.ts";

/** Where a training is in its data; `batch` gives the items of the next step. */
export interface Passes<Item> extends Stateful {
  /** Steps of the whole training. */
  readonly updates: number;
  /** Steps that are done. */
  readonly update: number;
  /** The share of the training that is done in the middle of the next step. */
  done(): number;
  /** The items of the next step; it stays the next until `advance`. */
  batch(): Item[];
  advance(): void;
}

/** Passes over items. @param shuffler draws the order of each pass, when that begins */
export function createPasses<Item>(
  items: readonly Item[],
  { batch, epochs }: { readonly batch: number; readonly epochs: number },
  shuffler: Generator,
): Passes<Item> {
  const order = new Int32Array(items.length);
  const perEpoch = Math.ceil(items.length / batch);
  const updates = perEpoch * epochs;
  let update = 0;
  return {
    updates,
    get update() {
      return update;
    },
    done: () => (update + 0.5) / updates,
    batch() {
      const within = update % perEpoch;
      if (within === 0) shuffleIndices(order, shuffler);
      return Array.from(order.subarray(within * batch, (within + 1) * batch), (i) => items[i]);
    },
    advance: () => void update++,
    getState: () => ({ update, order: Array.from(order) }),
    setState(saved) {
      const state = saved as { update: number; order: number[] };
      update = state.update;
      order.set(state.order);
    },
  };
}
