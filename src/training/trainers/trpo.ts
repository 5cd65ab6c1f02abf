// Training with one algorithm, in a file of its own, so that a page loads no other.

import { trpo } from "../../algorithms/trpo.ts";
import type { EnvSource } from "../../envs/index.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with trust region policy optimization: `train("trpo", options)`. */
export const trainTrpo = <const Source extends EnvSource>(
  options: TrainOptions<"trpo", Source>,
): Promise<TrainResult<Source>> => trainBy<Source>(trpo, true, options);
