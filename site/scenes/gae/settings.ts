// What the scene of generalized advantage estimation can be told.

import * as z from "zod/mini";
import { seed, within, type Settings } from "../../page/address.ts";

export type GaeConfiguration = {
  /** λ of the bars; the race has its own. */
  readonly lambda: number;
  readonly gamma: number;
  readonly seed: number;
};

export const settings: Settings<GaeConfiguration> = {
  schema: z.object({ lambda: within(0, 1), gamma: within(0.5, 1), seed }),
  defaults: { lambda: 0.9, gamma: 0.99, seed: 1 },
};
