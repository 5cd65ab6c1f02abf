// Training with one algorithm, in a file of its own, so that a page loads no other.

import { actorCritic } from "../../algorithms/actor-critic.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with the one-step actor-critic: `train("actor-critic", options)`. */
export const trainActorCritic = (options: TrainOptions<"actor-critic">): Promise<TrainResult> =>
  trainBy(actorCritic, true, options);
