// Options of A3C that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of A3C, by environment. */
export const a3cPresets: Presets = {
  // Two environments a worker halve how stale a gradient is, and 32 steps with λ < 1 its variance.
  "CartPole-v1": {
    totalSteps: 500_000,
    envs: 2,
    rollout: 32,
    lambda: 0.95,
    gamma: 0.98,
    normalizeObservations: false,
    normalizeRewards: false,
  },
};
