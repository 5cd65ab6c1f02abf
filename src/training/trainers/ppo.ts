// Training with one algorithm, in a file of its own, so that a page loads no other.

import { ppo } from "../../algorithms/ppo.ts";
import type { EnvSource } from "../../envs/index.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with proximal policy optimization: `train("ppo", options)`. */
export const trainPpo = <const Source extends EnvSource>(
  options: TrainOptions<"ppo", Source>,
): Promise<TrainResult<Source>> => trainBy<Source>(ppo, true, options);
