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
