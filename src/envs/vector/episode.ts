// What a vector of environments reports of each episode that ends.

import type { OwnValues } from "../own-values.ts";

/** An episode that has ended. */
export interface Episode {
  /** Index of the environment in its vector. */
  environment: number;
  /** Sum of the rewards, not discounted. */
  return: number;
  /** Number of steps. */
  length: number;
  /** Numbers, true and false of its last `info`: undefined if that has none. */
  values?: OwnValues;
}
