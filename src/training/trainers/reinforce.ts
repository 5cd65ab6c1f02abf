// Training with one algorithm, in a file of its own, so that a page loads no other.

import { reinforce } from "../../algorithms/reinforce.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with REINFORCE: `train("reinforce", options)`. */
export const trainReinforce = (options: TrainOptions<"reinforce">): Promise<TrainResult> =>
  trainBy(reinforce, true, options);
