// Options of REINFORCE that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of REINFORCE, by environment. */
export const reinforcePresets: Presets = {
  // The decay is for runs without a baseline, which at a constant rate now and then throw a good policy away.
  "CartPole-v1": {
    totalEpisodes: 2000,
    learningRateSchedule: "linear",
    entropyCoefficient: 0.01,
    normalizeObservations: false,
    normalizeRewards: false,
  },
};
