// Training with one algorithm, in a file of its own, so that a page loads no other.

import { a3c } from "../../algorithms/a3c.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with asynchronous advantage actor-critic: `train("a3c", options)`. */
export const trainA3c = (options: TrainOptions<"a3c">): Promise<TrainResult> => trainBy(a3c, true, options);
