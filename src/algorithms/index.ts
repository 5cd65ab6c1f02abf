// The algorithms, by name.

import { a2c } from "./a2c.ts";
import { a3c } from "./a3c.ts";
import { actorCritic } from "./actor-critic.ts";
import { ppo } from "./ppo.ts";
import { reinforce } from "./reinforce.ts";
import { trpo } from "./trpo.ts";

export const algorithms = {
  reinforce,
  "actor-critic": actorCritic,
  a2c,
  a3c,
  ppo,
  trpo,
} as const;

export type AlgorithmName = keyof typeof algorithms;

export type {
  Acting,
  ActingState,
  Algorithm,
  Learner,
  Metrics,
  Setting,
  SharedOptions,
  Stateful,
} from "./algorithm.ts";
export { sharedOptions } from "../learning/options.ts";
export { presets, type Preset } from "./presets.ts";
export * as losses from "../learning/losses.ts";
