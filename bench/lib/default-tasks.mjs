// What defaults are tried on: environments without presets, and the same on other scales. `random` and `good` are the
// returns of a random policy and of a policy that solves the task, in its own units, between which results are ranked.

import { box, makeEnv, rescaleAction } from "../../dist/index.js";
import { testEnvironments } from "./test-environments.mjs";

const cartPole = { id: "CartPole-v1", random: 22, good: 500 };
const acrobot = { id: "Acrobot-v1", random: -499, good: -80 };
const pendulum = { id: "Pendulum-v1", random: -1230, good: -160 };
const car = { id: "MountainCar-v0", random: -200, good: -110 };
const engine = { id: "MountainCarContinuous-v0", random: -40, good: 92 };
const lake = { id: "FrozenLake-v1", random: 0.015, good: 0.72 };
const lander = { id: "LunarLander-v3", python: "lunar_lander:LunarLander-v3", random: -180, good: 230 };
const throttles = { id: "LunarLanderContinuous-v3", random: -180, good: 230 };

/** An environment with other parts. */
const changed = (env, parts) => ({
  observationSpace: env.observationSpace,
  actionSpace: env.actionSpace,
  reset: (seed) => env.reset(seed),
  step: (action, out) => env.step(action, out),
  ...parts,
});

/** Rewards times `factor`. */
const rewards = (factor) => (env) =>
  changed(env, {
    step(action, out) {
      const result = env.step(action, out);
      return { ...result, reward: result.reward * factor };
    },
  });

/** Observations of `size` components, each through a function of the observation and the step within the episode. */
const observations = (size, change) => (env) => {
  let t = 0;
  return changed(env, {
    observationSpace: box(-Infinity, Infinity, [size]),
    reset(seed) {
      t = 0;
      return { observation: change(env.reset(seed).observation, t) };
    },
    step(action, out) {
      const result = env.step(action, out);
      return { ...result, observation: change(result.observation, ++t) };
    },
  });
};
const shifted = (size) => observations(size, (x) => Float32Array.from(x, (value, i) => 100 * value + 50 * (i + 1)));
/** The environment's own components, and others that say nothing of use: constants, waves, a clock. */
const padded = (own, size) =>
  observations(size, (x, t) =>
    Float32Array.from({ length: size }, (_, i) =>
      i < own ? x[i] : i % 3 === 0 ? 7 : i % 3 === 1 ? Math.sin(t * i) : t,
    ),
  );
const bounds = (low, high) => (env) => rescaleAction(env, low, high);

/** [name, base, steps, change, what else differs from the base] */
const trainSet = [
  ["CartPole", cartPole, 100_000],
  ["CartPole, 20,000 steps", cartPole, 20_000],
  ["CartPole, rewards × 0.01", cartPole, 100_000, rewards(0.01), { factor: 0.01 }],
  ["CartPole, rewards × 1000", cartPole, 100_000, rewards(1000), { factor: 1000 }],
  ["CartPole, observations × 100, shifted", cartPole, 100_000, shifted(4)],
  ["CartPole, 40 observations", cartPole, 100_000, padded(4, 40)],
  ["CartPole, episodes of 20", cartPole, 50_000, undefined, { limit: 20, random: 17.5, good: 20 }],
  ["CartPole, episodes of 5,000", cartPole, 300_000, undefined, { limit: 5000, good: 3000, last: 20 }],
  ["Acrobot", acrobot, 200_000],
  ["Acrobot, rewards × 1000", acrobot, 200_000, rewards(1000), { factor: 1000 }],
  ["Pendulum", pendulum, 200_000],
  ["Pendulum, 50,000 steps", pendulum, 50_000],
  ["Pendulum, rewards × 0.01", pendulum, 200_000, rewards(0.01), { factor: 0.01 }],
  ["Pendulum, rewards × 1000", pendulum, 200_000, rewards(1000), { factor: 1000 }],
  ["Pendulum, observations × 100, shifted", pendulum, 200_000, shifted(3)],
  ["Pendulum, actions −1…1", pendulum, 200_000, bounds(-1, 1)],
  ["Pendulum, actions 5…35", pendulum, 200_000, bounds(5, 35)],
  [
    "Pendulum, episodes of 5,000",
    pendulum,
    200_000,
    undefined,
    { limit: 5000, random: -30_000, good: -1000, last: 10 },
  ],
  ["MountainCarContinuous", engine, 100_000],
  ["MountainCar, 2 observations", car, 200_000],
  ["FrozenLake", lake, 200_000],
  ["LunarLander", lander, 300_000],
  ["LunarLanderContinuous", throttles, 300_000],
];

/** What is compared with other libraries. */
const tableSet = [
  ["CartPole-v1", cartPole, 100_000],
  ["Pendulum-v1", pendulum, 200_000],
  ["Acrobot-v1", acrobot, 200_000],
  ["MountainCarContinuous-v0", engine, 100_000],
  ["FrozenLake-v1", lake, 200_000],
  ["LunarLander-v3", lander, 500_000],
];

/** The same returns, if the unit of rewards is as good as any. */
const scaleSet = tableSet
  .slice(0, 3)
  .flatMap(([name, base, steps]) => [
    [name, base, steps],
    ...[0.01, 1000].map((factor) => [`${name}, rewards × ${factor}`, base, steps, rewards(factor), { factor }]),
  ]);

const asTasks = (rows) =>
  rows.map(([name, base, steps, change = (env) => env, more = {}]) => ({ ...base, name, steps, change, factor: 1, last: 100, ...more })); // prettier-ignore

/** Sets of tasks, by name: what the defaults were found on, what is compared with other libraries, and what is new to all. */
export const sets = {
  train: asTasks(trainSet),
  table: asTasks(tableSet),
  scales: asTasks(scaleSet),
  test: Object.entries(testEnvironments).map(([name, task]) => ({ name, factor: 1, last: 100, ...task })),
};

/**
 * Makes the environment of a task.
 *
 * @param watch is told of each reward, where there are no episodes
 */
export const makeTask = async ({ id, make, change, limit: maxEpisodeSteps }, watch) =>
  make ? make(watch) : change(await makeEnv(id, maxEpisodeSteps === undefined ? {} : { maxEpisodeSteps }));

/** 0 for a random policy, 1 for one that solves the task; a mean of returns in the task's own units. */
export const rank = ({ random, good }, mean) => Math.max(-0.5, Math.min(1.1, (mean - random) / (good - random)));
