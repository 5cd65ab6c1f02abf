// Training with one algorithm, in a file of its own, so that a page loads no other.

import { trpo } from "../../algorithms/trpo.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with trust region policy optimization: `train("trpo", options)`. */
export const trainTrpo = (options: TrainOptions<"trpo">): Promise<TrainResult> => trainBy(trpo, true, options);
