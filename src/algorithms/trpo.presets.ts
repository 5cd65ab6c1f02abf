// Options of TRPO that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of TRPO, by environment. */
export const trpoPresets: Presets = {
  "CartPole-v1": { totalSteps: 100_000, normalizeObservations: false, normalizeRewards: false },
  "Pendulum-v1": {
    totalSteps: 200_000,
    gamma: 0.9,
    criticEpochs: 20,
    gaussian: "clipped",
    normalizeObservations: false,
    normalizeRewards: false,
  },
};
