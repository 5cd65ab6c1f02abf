// Options of A2C that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of A2C, by environment. */
export const a2cPresets: Presets = {
  // 475 of 500 leaves little room for the randomness that an entropy bonus keeps up.
  "CartPole-v1": { totalSteps: 500_000, gamma: 0.98, normalizeObservations: false, normalizeRewards: false },
};
