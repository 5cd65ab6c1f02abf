// Options of PPO that were measured to work, by environment; docs/learning.md has the measurements.

import type { Preset, Presets } from "./algorithm.ts";

/** As measured before observations and rewards were normalized by default, with the same bits since. */
const plain: Preset = { normalizeObservations: false, normalizeRewards: false };

/** Shared by both kinds of LunarLander: observations and returns whose units fit, and many small minibatches. */
const lander: Preset = {
  ...plain,
  totalSteps: 1_000_000,
  envs: 16,
  rollout: 512,
  minibatches: 128,
  learningRate: 6e-4,
  gamma: 0.995,
  lambda: 0.98,
  valueCoefficient: 1,
};

/** Presets of PPO, by environment. */
export const ppoPresets: Presets = {
  // Few, large minibatches: half the time of the defaults, and solved a little earlier.
  "CartPole-v1": {
    ...plain,
    totalSteps: 100_000,
    rollout: 128,
    minibatches: 8,
    gamma: 0.98,
    valueCoefficient: 1,
    entropyCoefficient: 0.01,
  },
  // Rewards of -16 to 0 at once, and a pendulum that falls within two seconds: a short horizon.
  "Pendulum-v1": {
    ...plain,
    totalSteps: 100_000,
    envs: 4,
    rollout: 1024,
    minibatches: 64,
    gamma: 0.9,
    valueCoefficient: 1,
    gaussian: "clipped",
  },
  // Many environments and fewer, gentler passes: a little higher in the long run than the defaults, which learn sooner.
  "Acrobot-v1": {
    totalSteps: 1_000_000,
    envs: 16,
    rollout: 256,
    epochs: 4,
    minibatches: 64,
    learningRate: 3e-4,
    lambda: 0.94,
    valueCoefficient: 1,
  },
  // The goal is found by wide swings: log σ begins at 1, so that most actions push with full force.
  "MountainCarContinuous-v0": {
    totalSteps: 50_000,
    envs: 4,
    rollout: 256,
    minibatches: 8,
    gamma: 0.9999,
    valueCoefficient: 1,
    initialLogStd: 1,
  },
  // The only reward is at the end of up to 100 steps: gamma near 1. Many environments see it early.
  "FrozenLake-v1": {
    ...plain,
    totalSteps: 500_000,
    envs: 32,
    rollout: 128,
    epochs: 4,
    minibatches: 8,
    gamma: 0.999,
    lambda: 0.9,
    valueCoefficient: 1,
    entropyCoefficient: 0.001,
  },
  // A shorter horizon than 0.999 keeps the lander from hovering; many epochs over small minibatches teach it to land.
  "LunarLander-v3": { ...lander, entropyCoefficient: 0.01 },
  "LunarLanderContinuous-v3": { ...lander, gaussian: "clipped" },
  // A gait that does not fall takes large batches, 16,384 steps an update in minibatches of 512, and wider layers.
  "BipedalWalker-v3": { totalSteps: 5_000_000, envs: 32, rollout: 512, hidden: [128, 128], learningRate: 8e-4 },
};
