// What the scene of baselines can be told.

import * as z from "zod/mini";
import { seed, within, type Settings } from "../../page/address.ts";

export type BaselinesConfiguration = {
  /** What is taken off: a constant, or V(s). */
  readonly kind: "constant" | "value";
  /** The constant. */
  readonly b: number;
  /** Noise of the rewards, ±. */
  readonly noise: number;
  /** Added to every reward. */
  readonly level: number;
  readonly seed: number;
};

export const settings: Settings<BaselinesConfiguration> = {
  schema: z.object({
    kind: z.enum(["constant", "value"]),
    b: within(0, 12),
    noise: within(0, 2),
    level: within(0, 3),
    seed,
  }),
  defaults: { kind: "constant", b: 3, noise: 1, level: 2, seed: 1 },
};
