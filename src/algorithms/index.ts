// The algorithms, by name.

import { a2c } from "./a2c.ts";
import { a3c } from "./a3c.ts";
import { actorCritic } from "./actor-critic.ts";
import type { Presets } from "./algorithm.ts";
import { ppo } from "./ppo.ts";
import { reinforce } from "./reinforce.ts";
import { trpo } from "./trpo.ts";

/** The built-in algorithms, by name. */
export const algorithms = {
  reinforce,
  "actor-critic": actorCritic,
  a2c,
  a3c,
  ppo,
  trpo,
} as const;

/** The name of a built-in algorithm. */
export type AlgorithmName = keyof typeof algorithms;

/** The presets of each algorithm, by environment. */
export const presets = Object.fromEntries(
  Object.values(algorithms).map(({ name, presets }) => [name, presets]),
) as Readonly<Record<AlgorithmName, Presets>>;

export type {
  Algorithm,
  AsynchronousAlgorithm,
  DataAlgorithm,
  PlayingAlgorithm,
  Preset,
  Presets,
  RunOptions,
} from "./algorithm.ts";
export type { MetricAxis, MetricFigure } from "./metric-figures.ts";
export { ppoObjective, type PpoSteps } from "./ppo.ts";
