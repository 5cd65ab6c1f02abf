// Training with one algorithm, in a file of its own, so that a page loads no other.

import { actorCritic } from "../../algorithms/actor-critic.ts";
import type { EnvSource } from "../../envs/index.ts";
import { trainBy, type TrainOptions, type TrainResult } from "../train.ts";

/** Trains with the one-step actor-critic: `train("actor-critic", options)`. */
export const trainActorCritic = <const Source extends EnvSource>(
  options: TrainOptions<"actor-critic", Source>,
): Promise<TrainResult<Source>> => trainBy<Source>(actorCritic, true, options);
