// Options that were measured to work, by algorithm and environment; they stand between the defaults and what the user gives.
// Only what differs from the defaults is stated; docs/learning.md has the measurements.

export type Preset = Readonly<Record<string, unknown>>;

export const presets: Readonly<Record<string, Readonly<Record<string, Preset>>>> = {
  reinforce: {
    // The decay is for runs without a baseline, which at a constant rate now and then throw a good policy away.
    "CartPole-v1": { totalEpisodes: 2000, learningRateSchedule: "linear" },
  },
  "actor-critic": {
    // One update from each step: plain SGD learned more reliably than Adam. It needs inputs of like size, a critic faster
    // than the actor, and clipping: a fall's TD error is as large as V.
    "CartPole-v1": {
      totalSteps: 50_000,
      gamma: 0.98,
      optimizer: "sgd",
      learningRate: 0.02,
      criticLearningRate: 0.1,
      maxGradientNorm: 5,
      normalizeObservations: true,
      hidden: [64],
    },
  },
  a2c: {
    // 475 of 500 leaves little room for the randomness that an entropy bonus keeps up.
    "CartPole-v1": { totalSteps: 500_000, gamma: 0.98, entropyCoefficient: 0 },
  },
  ppo: {
    "CartPole-v1": { totalSteps: 100_000, envs: 8, epochs: 10, minibatches: 8, learningRate: 1e-3, gamma: 0.98 },
  },
};
