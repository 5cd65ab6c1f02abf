// Training with one algorithm, in a file of its own, so that a page loads no other.

import { a3c } from "../../algorithms/a3c.ts";
import type { EnvSource } from "../../envs/index.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with asynchronous advantage actor-critic: `train("a3c", options)`. */
export const trainA3c = <const Source extends EnvSource>(
  options: TrainOptions<"a3c", Source>,
): Promise<TrainResult<Source>> => trainBy<Source>(a3c, true, options);
