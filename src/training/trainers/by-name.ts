// Training by the name of an algorithm: what uses this has all of them.

import type { Algorithm, AlgorithmName } from "../../algorithms/index.ts";
import { algorithmOf, findAlgorithm } from "../by-name.ts";
import { trainBy, type TrainControls, type TrainOptions, type TrainResult } from "../train.ts";
import { beginTraining, type Beginning, type Training, type TrainingInput } from "../training.ts";

/**
 * Trains a policy, or what a custom algorithm trains.
 *
 * @param algorithm "reinforce", "actor-critic", "a2c", "a3c", "ppo" or "trpo", or an algorithm of your own
 * @param options those of the algorithm (see `optionsSchema`), with `env` if it plays, `onUpdate`, `signal`
 * @throws InputError for wrong options; RunError when training fails, as by a NaN, or what `onUpdate` throws: each with
 *   the last good state as `checkpoint`
 */
export function train<Name extends AlgorithmName>(algorithm: Name, options: TrainOptions<Name>): Promise<TrainResult>;
export function train(algorithm: Algorithm, options: TrainingInput & TrainControls): Promise<TrainResult>;
export async function train(
  algorithm: string | Algorithm,
  options: TrainingInput & TrainControls,
): Promise<TrainResult> {
  const chosen = algorithmOf(algorithm);
  return trainBy(chosen, isBuiltIn(chosen), options);
}

/**
 * Sets up a training. Nothing is trained yet: call `update` until `done`, or use `train`.
 *
 * @param algorithm "reinforce", "actor-critic", "a2c", "a3c", "ppo" or "trpo", or one of your own
 * @param input its options; what is left out comes from the environment's preset or the defaults
 * @param beginning a checkpoint to go on from, of the same algorithm, environment and options; or a policy to begin with,
 *   whose options about networks then hold
 * @throws InputError when an option, the environment, the checkpoint or the policy is wrong
 */
export async function createTraining(
  algorithm: string | Algorithm,
  input: TrainingInput,
  beginning?: Beginning,
): Promise<Training> {
  const chosen = algorithmOf(algorithm);
  return beginTraining(chosen, isBuiltIn(chosen), input, beginning);
}

const isBuiltIn = (algorithm: Algorithm): boolean => findAlgorithm(algorithm.name) === algorithm;
