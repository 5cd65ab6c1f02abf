// Options of the one-step actor-critic that were measured to work, by environment; docs/learning.md has the measurements.

import type { Presets } from "./algorithm.ts";

/** Presets of the one-step actor-critic, by environment. */
export const actorCriticPresets: Presets = {
  // One environment, as in the textbook, whose rewards fit as they are; a small network is enough.
  "CartPole-v1": {
    totalSteps: 50_000,
    envs: 1,
    learningRate: 0.02,
    criticLearningRate: 0.1,
    gamma: 0.98,
    hidden: [64],
    entropyCoefficient: 0.01,
    normalizeRewards: false,
  },
  // A short horizon, as a pendulum falls within two seconds; 16 environments allow larger steps.
  "Pendulum-v1": { totalSteps: 1_000_000, envs: 16, learningRate: 0.05, criticLearningRate: 0.2, gamma: 0.9 },
};
