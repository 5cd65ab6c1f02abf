// Options of TRPO that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of TRPO, by environment. */
export const trpoPresets: Presets = {
  // Observations and rewards that fit as they are, with the bits of the time before they were normalized by default.
  "CartPole-v1": { totalSteps: 100_000, normalizeObservations: false, normalizeRewards: false },
  // A short horizon, as a pendulum falls within two seconds; more passes for V, whose targets are large as they are.
  "Pendulum-v1": {
    totalSteps: 200_000,
    gamma: 0.9,
    criticEpochs: 20,
    gaussian: "clipped",
    normalizeObservations: false,
    normalizeRewards: false,
  },
};
