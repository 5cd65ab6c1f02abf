// Training with one algorithm, in a file of its own, so that a page loads no other.

import { reinforce } from "../../algorithms/reinforce.ts";
import type { EnvSource } from "../../envs/index.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with REINFORCE: `train("reinforce", options)`. */
export const trainReinforce = <const Source extends EnvSource>(
  options: TrainOptions<"reinforce", Source>,
): Promise<TrainResult<Source>> => trainBy<Source>(reinforce, true, options);
