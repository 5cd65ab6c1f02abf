// The last good checkpoint, kept in memory: workers that fail take their environments with them.

import type { Pool } from "../threads/index.ts";

/** Milliseconds between checkpoints that are kept while there are workers. */
const keepEvery = 5000;

/** Checkpoints that outlive the workers. */
export interface Insurance {
  /** Makes and keeps a checkpoint if the last one is some seconds old. */
  renew(): void;
  /** A checkpoint of now or, once workers have failed, the last that was made with them. */
  checkpoint(): Uint8Array;
  /** Keeps a checkpoint for later calls; for when the workers are about to end. */
  beforeEnd(): void;
}

/**
 * @param pool the workers; without any, checkpoints can be made at any time
 * @param updates that have been made so far
 */
export function createInsurance(pool: Pool | undefined, make: () => Uint8Array, updates: () => number): Insurance {
  let kept: { bytes: Uint8Array; at: number; updates: number } | undefined;
  const insurance: Insurance = {
    renew() {
      if (pool && (!kept || performance.now() - kept.at > keepEvery)) insurance.checkpoint();
    },
    checkpoint() {
      if (pool && !pool.running && kept) return kept.bytes;
      const bytes = make();
      if (pool) kept = { bytes, at: performance.now(), updates: updates() };
      return bytes;
    },
    beforeEnd() {
      if (pool?.running && pool.idle && kept && kept.updates !== updates()) insurance.checkpoint();
    },
  };
  return insurance;
}
