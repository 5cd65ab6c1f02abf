// Options of the one-step actor-critic that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of the one-step actor-critic, by environment. */
export const actorCriticPresets: Presets = {
  "CartPole-v1": { totalSteps: 50_000, gamma: 0.98, hidden: [64], entropyCoefficient: 0.01, normalizeRewards: false },
};
