// Training with one algorithm, in a file of its own, so that a page loads no other.

import { a2c } from "../../algorithms/a2c.ts";
import type { EnvSource } from "../../envs/index.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with advantage actor-critic: `train("a2c", options)`. */
export const trainA2c = <const Source extends EnvSource>(
  options: TrainOptions<"a2c", Source>,
): Promise<TrainResult<Source>> => trainBy<Source>(a2c, true, options);
