// What the scene of PPO can be told.

import * as z from "zod/mini";
import { seed, within, type Settings } from "../../page/address.ts";

export type PpoConfiguration = {
  /** PPO's min; clipped on both sides; or not clipped at all. */
  readonly loss: "min" | "symmetric" | "unclipped";
  /** ε */
  readonly clip: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** The parts of the joint loss besides the policy's, on or off. */
  readonly critic: boolean;
  readonly bonus: boolean;
  readonly normalizes: boolean;
  readonly seed: number;
};

export const settings: Settings<PpoConfiguration> = {
  schema: z.object({
    loss: z.enum(["min", "symmetric", "unclipped"]),
    clip: within(0.05, 0.5),
    epochs: z.int().check(z.gte(1), z.lte(20)),
    learningRate: within(0.0001, 0.02),
    critic: z.boolean(),
    bonus: z.boolean(),
    normalizes: z.boolean(),
    seed,
  }),
  defaults: {
    loss: "min",
    clip: 0.2,
    epochs: 10,
    learningRate: 0.003,
    critic: true,
    bonus: false,
    normalizes: true,
    seed: 1,
  },
};

/** The options of PPO that it stands for. */
export const optionsOf = ({ clip, epochs, learningRate, critic, bonus, normalizes, seed }: PpoConfiguration) => ({
  seed,
  clip,
  epochs,
  learningRate,
  valueCoefficient: critic ? 0.5 : 0,
  entropyCoefficient: bonus ? 0.01 : 0,
  normalizeAdvantages: normalizes,
});
