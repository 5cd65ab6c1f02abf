// Options of PPO that were measured to work, by environment; docs/learning.md has the measurements.

import type { Preset, Presets } from "./algorithm.ts";

/** Shared by both kinds of LunarLander. */
const lander: Preset = {
  totalSteps: 1_000_000,
  envs: 16,
  rollout: 512,
  epochs: 10,
  minibatches: 128,
  learningRate: 6e-4,
  gamma: 0.995,
  lambda: 0.98,
  valueCoefficient: 1,
  valueClip: 0,
};

/** Presets of PPO, by environment. */
export const ppoPresets: Presets = {
  "CartPole-v1": {
    totalSteps: 100_000,
    envs: 8,
    epochs: 10,
    minibatches: 8,
    learningRate: 1e-3,
    gamma: 0.98,
    valueCoefficient: 1,
    valueClip: 0,
  },
  // Rewards of -16 to 0 at once, and a pendulum that falls within two seconds: a short horizon.
  "Pendulum-v1": {
    totalSteps: 100_000,
    rollout: 1024,
    epochs: 10,
    minibatches: 64,
    learningRate: 1e-3,
    gamma: 0.9,
    valueCoefficient: 1,
    valueClip: 0,
    entropyCoefficient: 0,
  },
  "Acrobot-v1": {
    totalSteps: 1_000_000,
    envs: 16,
    rollout: 256,
    minibatches: 64,
    learningRate: 3e-4,
    lambda: 0.94,
    valueCoefficient: 1,
    valueClip: 0,
    entropyCoefficient: 0,
    normalizeObservations: true,
  },
  // The goal is found by wide swings: log σ begins at 1, so that most actions push with full force.
  "MountainCarContinuous-v0": {
    totalSteps: 50_000,
    rollout: 256,
    epochs: 10,
    minibatches: 8,
    learningRate: 1e-3,
    gamma: 0.9999,
    valueCoefficient: 1,
    valueClip: 0,
    normalizeObservations: true,
    normalizeRewards: true,
    initialLogStd: 1,
  },
  // The only reward is at the end of up to 100 steps: gamma near 1.
  "FrozenLake-v1": {
    totalSteps: 500_000,
    envs: 32,
    minibatches: 8,
    learningRate: 1e-3,
    gamma: 0.999,
    lambda: 0.9,
    valueCoefficient: 1,
    valueClip: 0,
    entropyCoefficient: 0.001,
  },
  // A shorter horizon than 0.999 keeps the lander from hovering; many epochs over small minibatches teach it to land.
  "LunarLander-v3": { ...lander, entropyCoefficient: 0.01 },
  "LunarLanderContinuous-v3": { ...lander, entropyCoefficient: 0 },
};
