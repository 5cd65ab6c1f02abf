// Whole PPO training on CartPole-v1 in polgrad, with the PyTorch program's hyperparameters:
//     taskset -c 0 node bench/polgrad/training.mjs --steps 100000 --seed 1 [--strict]
//
// Prints one JSON line with the peer's keys: { peer, steps, wall_s, steps_per_s, mean_last_100, setup_s }.
// wall_s runs from the first step to the last update, as the peer's does; setup_s is creating the training (compiling the
// graph), which the peer does before its clock starts.

import { loadPolgrad } from "./load.mjs";

const { createTraining } = await loadPolgrad();
const argument = (name, fallback) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const begin = performance.now();
const steps = argument("--steps", 100_000);
const training = await createTraining("ppo", {
  env: "CartPole-v1",
  seed: argument("--seed", 1),
  totalSteps: Math.floor(steps / 512) * 512,
  strict: process.argv.includes("--strict"),
  envs: 4,
  rollout: 128,
  epochs: 4,
  minibatches: 4,
  hidden: [64, 64],
  activation: "tanh",
  sharedTrunk: false,
  learningRate: 2.5e-4,
  learningRateSchedule: "linear",
  adamEpsilon: 1e-5,
  gamma: 0.99,
  lambda: 0.95,
  clip: 0.2,
  clipSchedule: "constant",
  valueCoefficient: 0.5, // of ½ mean max(…), as in the peer
  valueClip: 0.2,
  entropyCoefficient: 0.01,
  maxGradientNorm: 0.5,
  normalizeAdvantages: true,
  normalizeObservations: false,
  normalizeRewards: false,
  targetKl: 0,
});
const start = performance.now();
while (!training.done) training.update();
const wall = (performance.now() - start) / 1000;
console.log(
  JSON.stringify({
    peer: "polgrad",
    steps: training.step,
    wall_s: Number(wall.toFixed(3)),
    steps_per_s: Math.round(training.step / wall),
    mean_last_100: training.meanReturn100,
    setup_s: Number(((start - begin) / 1000).toFixed(3)),
  }),
);
