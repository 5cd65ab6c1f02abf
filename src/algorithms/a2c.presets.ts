// Options of A2C that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of A2C, by environment. */
export const a2cPresets: Presets = {
  // Observations and rewards that fit as they are, with the bits of the time before they were normalized by default.
  "CartPole-v1": {
    totalSteps: 500_000,
    envs: 8,
    rollout: 5,
    lambda: 1,
    learningRate: 7e-4,
    optimizer: "rmsprop",
    gamma: 0.98,
    normalizeObservations: false,
    normalizeRewards: false,
  },
  // A short horizon, as a pendulum falls within two seconds; and many small updates, without which it learns too late.
  "Pendulum-v1": {
    totalSteps: 1_000_000,
    envs: 4,
    rollout: 5,
    gamma: 0.9,
    lambda: 0.9,
    learningRate: 7e-4,
    optimizer: "rmsprop",
  },
};
