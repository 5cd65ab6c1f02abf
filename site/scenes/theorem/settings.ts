// What the scene of the policy gradient theorem can be told.

import * as z from "zod/mini";
import { seed, within, type Settings } from "../../page/address.ts";

export type TheoremConfiguration = {
  /** P(s₁ = upper | a₀), by the first action. */
  readonly up0: number;
  readonly up1: number;
  /** π(0|s) in s₀ and in the two middle states. */
  readonly first: number;
  readonly upper: number;
  readonly lower: number;
  /** Which of the eight trajectories is looked at, from 1. */
  readonly trajectory: number;
  readonly seed: number;
};

const chance = within(0.05, 0.95);

export const settings: Settings<TheoremConfiguration> = {
  schema: z.object({
    up0: chance,
    up1: chance,
    first: chance,
    upper: chance,
    lower: chance,
    trajectory: z.int().check(z.gte(1), z.lte(8)),
    seed,
  }),
  defaults: { up0: 0.8, up1: 0.3, first: 0.5, upper: 0.5, lower: 0.5, trajectory: 1, seed: 1 },
};
