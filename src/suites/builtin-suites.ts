// The suites that come with polgrad. Published numbers are results of others, each with its source; jobs
// for which nothing was published have none.

import { algorithms } from "../algorithms/index.ts";
import { InputError } from "../errors.ts";
import { unknownName } from "../text/nearest.ts";
import { parseSuite } from "./suite.ts";
import type { Suite, SuiteInput } from "./suite.ts";

type JobInput = SuiteInput["jobs"][number];

const zooTable =
  "https://github.com/DLR-RM/rl-baselines3-zoo/blob/0088472b8cb622732bdbc4aa3d0d0abde86c67ed/benchmark.md";

/**
 * A row of Stable-Baselines3's zoo: one trained agent, deterministic actions, mean and deviation over the episodes of
 * 150,000 steps of evaluation.
 */
const zoo = (value: number, std: number, steps: number, on = "") => ({
  value,
  std,
  steps,
  by: `Stable-Baselines3 zoo${on && ` on ${on}`}, one agent`,
  source: zooTable,
});

const cartPole = "CartPole-v1";
const lander = { env: "LunarLander-v3", target: 230 };
const landerContinuous = { env: "LunarLanderContinuous-v3", target: 240 };
const millionSteps = { totalSteps: 1_000_000 };

const ppoLander: JobInput = {
  ...lander,
  algorithm: "ppo",
  options: millionSteps,
  published: [zoo(242.119, 31.823, 1_000_000, "LunarLander-v2")],
};
const ppoLanderContinuous: JobInput = {
  ...landerContinuous,
  algorithm: "ppo",
  options: millionSteps,
  published: [zoo(270.863, 32.072, 1_000_000, "LunarLanderContinuous-v2")],
};
const ppoPendulum: JobInput = {
  algorithm: "ppo",
  env: "Pendulum-v1",
  options: { totalSteps: 100_000 },
  target: -200,
  published: [zoo(-172.225, 104.159, 100_000)],
};
const trpoPendulum: JobInput = {
  algorithm: "trpo",
  env: "Pendulum-v1",
  options: { totalSteps: 200_000 },
  target: -200,
  published: [zoo(-174.631, 127.577, 100_000)],
};
/** Without a published number: the zoo's A2C explores there by noise that depends on the state. */
const actorCriticsOnPendulum: JobInput[] = ["a2c", "actor-critic"].map((algorithm) => ({
  algorithm,
  env: "Pendulum-v1",
  options: millionSteps,
  target: -200,
}));
const ppoAcrobot: JobInput = {
  algorithm: "ppo",
  env: "Acrobot-v1",
  options: millionSteps,
  target: -90,
  published: [zoo(-73.506, 18.201, 1_000_000)],
};
const ppoMountainCarContinuous: JobInput = {
  algorithm: "ppo",
  env: "MountainCarContinuous-v0",
  options: { totalSteps: 50_000 },
  target: 90,
  published: [zoo(88.343, 2.572, 20_000)],
};
const ppoCartPole: JobInput = {
  algorithm: "ppo",
  env: cartPole,
  options: { totalSteps: 100_000 },
  target: 475,
  published: [zoo(500, 0, 100_000)],
};
const trpoCartPole: JobInput = { ...ppoCartPole, algorithm: "trpo" };
const a2cCartPole: JobInput = {
  algorithm: "a2c",
  env: cartPole,
  options: { totalSteps: 500_000 },
  target: 475,
  published: [zoo(500, 0, 500_000)],
};
const a3cCartPole: JobInput = { algorithm: "a3c", env: cartPole, options: { totalSteps: 500_000 }, target: 475 };
const ppoFrozenLake: JobInput = {
  algorithm: "ppo",
  env: "FrozenLake-v1",
  options: { totalSteps: 500_000 },
  episodes: 1000,
  target: 0.7,
};

const builtins: readonly SuiteInput[] = [
  {
    name: "quick",
    summary: "every algorithm on CartPole-v1, briefly: a minute",
    episodes: 20,
    seeds: [1, 2],
    jobs: Object.keys(algorithms).map((algorithm) => ({ algorithm, env: cartPole, options: { totalSteps: 30_000 } })),
  },
  {
    name: "cartpole",
    summary: "every algorithm on CartPole-v1 with its preset, and REINFORCE with each baseline",
    seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    jobs: [
      ppoCartPole,
      trpoCartPole,
      a2cCartPole,
      a3cCartPole,
      { algorithm: "actor-critic", env: cartPole, options: { totalSteps: 50_000 }, target: 195 },
      ...["learned", "constant", "none"].map((baseline) => ({
        algorithm: "reinforce",
        name: `reinforce, baseline ${baseline}`,
        env: cartPole,
        options: { totalEpisodes: 2000, baseline },
        target: 195,
      })),
    ],
  },
  {
    name: "classic",
    summary: "the classic control problems",
    jobs: [
      ppoCartPole,
      ppoAcrobot,
      {
        algorithm: "ppo",
        env: "MountainCar-v0",
        options: millionSteps,
        published: [zoo(-110.423, 19.473, 1_000_000)],
      },
      ppoMountainCarContinuous,
      ppoPendulum,
      trpoCartPole,
      {
        algorithm: "trpo",
        env: "Acrobot-v1",
        options: { totalSteps: 100_000 },
        published: [zoo(-83.114, 18.648, 100_000)],
      },
      {
        algorithm: "trpo",
        env: "MountainCarContinuous-v0",
        options: { totalSteps: 50_000 },
        target: 90,
        published: [zoo(92.489, 0.355, 50_000)],
      },
      trpoPendulum,
    ],
  },
  {
    name: "toy",
    summary: "worlds of a few states, on which the optimum is known",
    episodes: 1000,
    jobs: [
      ...["ppo", "a2c"].map((algorithm) => ({ ...ppoFrozenLake, algorithm })),
      ...["ppo", "a2c"].map((algorithm) => ({
        algorithm,
        env: "CliffWalking-v1",
        options: { totalSteps: 200_000 },
      })),
    ],
  },
  {
    name: "box2d",
    summary: "LunarLander-v3, discrete and continuous",
    jobs: [ppoLander, ppoLanderContinuous],
  },
  {
    name: "continuous-control",
    summary: "what each part has to reach: continuous control, trust regions, parallel actors",
    jobs: [
      ppoPendulum,
      trpoPendulum,
      ...actorCriticsOnPendulum,
      ppoLanderContinuous,
      ppoLander,
      ppoAcrobot,
      ppoMountainCarContinuous,
      trpoCartPole,
      a3cCartPole,
      ppoFrozenLake,
    ],
  },
];

/** The names of the suites that come with polgrad. */
export function builtinSuiteNames(): string[] {
  return builtins.map(({ name }) => name);
}

/** The error about a name of no suite that comes with polgrad. */
export const unknownSuite = (name: string): InputError =>
  new InputError(`${unknownName("suite", name, builtinSuiteNames())}, or name a JSON file`);

/** A suite that comes with polgrad. @throws InputError for a name that none has */
export function builtinSuite(name: string): Suite {
  const found = builtins.find((suite) => suite.name === name);
  if (found) return parseSuite(found, name);
  throw unknownSuite(name);
}
