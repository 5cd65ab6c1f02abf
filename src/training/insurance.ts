// The last good checkpoint, kept in memory: an update that fails leaves environments in the middle of a rollout, weights
// that may be infinite, and workers that take their environments with them.

import type { Pool } from "../threads/index.ts";

/** Milliseconds between checkpoints that are kept. */
const keepEvery = 5000;

/** Checkpoints that outlive failures. */
export interface Insurance {
  /** Before an update: makes and keeps a checkpoint if the last one is some seconds old. */
  renew(): void;
  /** After an update: until then there is nothing to go on from but what was kept. */
  settle(): void;
  /**
   * A checkpoint of now or, where an update or workers have failed, the last that was good.
   *
   * @throws RunError if none can be made now; the next call returns the last that was good
   */
  checkpoint(): Uint8Array;
  /** Keeps a checkpoint for later calls; for when the workers are about to end. */
  beforeEnd(): void;
}

/**
 * @param pool the workers, where there are any
 * @param updates that have been made so far
 */
export function createInsurance(pool: Pool | undefined, make: () => Uint8Array, updates: () => number): Insurance {
  let kept: { bytes: Uint8Array; at: number; updates: number } | undefined;
  let isTorn = false; // in the middle of an update, or where it failed
  const insurance: Insurance = {
    renew() {
      if (!kept || performance.now() - kept.at > keepEvery) insurance.checkpoint();
      isTorn = true;
    },
    settle() {
      isTorn = false;
    },
    checkpoint() {
      if (kept && (isTorn || (pool && !pool.running))) return kept.bytes;
      isTorn = true;
      const bytes = make();
      isTorn = false;
      kept = { bytes, at: performance.now(), updates: updates() };
      return bytes;
    },
    beforeEnd() {
      if (pool?.running && pool.idle && kept && kept.updates !== updates()) insurance.checkpoint();
    },
  };
  return insurance;
}
