// What a training can be told, on the home page and in the lab.

import * as z from "zod/mini";
import { seed, within, type Settings } from "./address.ts";
import type { TrainingConfiguration } from "../worker/training.ts";

export const homeSettings: Settings<TrainingConfiguration> = {
  schema: z.object({
    algorithm: z.literal("ppo"),
    env: z.literal("CartPole-v1"),
    seed,
    totalSteps: z.literal(100_000),
    pace: within(1, 20),
  }),
  defaults: { algorithm: "ppo", env: "CartPole-v1", seed: 1, totalSteps: 100_000, pace: 5 },
};

/** Environments of which there is a picture. */
const envs = [
  "CartPole-v1",
  "Acrobot-v1",
  "MountainCar-v0",
  "Pendulum-v1",
  "MountainCarContinuous-v0",
  "LunarLander-v3",
  "LunarLanderContinuous-v3",
  "BipedalWalker-v3",
  "FrozenLake-v1",
  "CliffWalking-v1",
  "TwoStep-v0",
  "Terraces-v0",
] as const;

/** A number, or the preset's where there is none. */
const orPreset = (number: z.ZodMiniType<number>) => z.union([z.literal(""), number]);
const preset = "" as const;

/** What the lab can be told besides: options of the library, by their names. */
export type LabConfiguration = TrainingConfiguration & {
  totalSteps: number | "";
  learningRate: number | "";
  gamma: number | "";
  lambda: number | "";
  entropyCoefficient: number | "";
};

export const labSettings: Settings<LabConfiguration> = {
  schema: z.object({
    algorithm: z.enum(["reinforce", "actor-critic", "a2c", "a3c", "ppo", "trpo"]),
    env: z.enum(envs),
    seed,
    totalSteps: orPreset(z.int().check(z.gte(1), z.lte(100_000_000))),
    learningRate: orPreset(within(1e-9, 10)),
    gamma: orPreset(within(0, 1)),
    lambda: orPreset(within(0, 1)),
    entropyCoefficient: orPreset(within(0, 10)),
    pace: within(1, 60),
  }),
  defaults: {
    algorithm: "ppo",
    env: "Acrobot-v1",
    seed: 1,
    totalSteps: preset,
    learningRate: preset,
    gamma: preset,
    lambda: preset,
    entropyCoefficient: preset,
    pace: 20,
  },
};
