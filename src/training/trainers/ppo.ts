// Training with one algorithm, in a file of its own, so that a page loads no other.

import { ppo } from "../../algorithms/ppo.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with proximal policy optimization: `train("ppo", options)`. */
export const trainPpo = (options: TrainOptions<"ppo">): Promise<TrainResult> => trainBy(ppo, true, options);
