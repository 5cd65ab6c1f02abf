// Training by the name of an algorithm: what uses this has all of them.

import type { Algorithm, AlgorithmName } from "../../algorithms/index.ts";
import type { EnvSource } from "../../envs/index.ts";
import { algorithmOf, findAlgorithm } from "../by-name.ts";
import type { AlgorithmOptions } from "../options.ts";
import { trainBy, type TrainControls, type TrainOptions, type TrainResult } from "../train.ts";
import type { Beginning } from "../beginning.ts";
import { beginTraining, type Training, type TrainingInput } from "../training.ts";

/**
 * Trains a policy, or what a custom algorithm trains.
 *
 * @param algorithm "reinforce", "actor-critic", "a2c", "a3c", "ppo" or "trpo", or an algorithm of your own
 * @param options those of the algorithm (see `optionsSchema`), with `env` if it plays, `onUpdate`, `signal`
 * @throws InputError for wrong options; RunError when training fails, as by a NaN, or what `onUpdate` throws: each with
 *   the last good state as `checkpoint`
 */
export function train<Name extends AlgorithmName, const Source extends EnvSource>(
  algorithm: Name,
  options: TrainOptions<Name, Source>,
): Promise<TrainResult<Source>>;
export function train<const Source extends EnvSource = EnvSource>(
  algorithm: Algorithm,
  options: TrainingInput<Source> & TrainControls<Source>,
): Promise<TrainResult<Source>>;
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
export function createTraining<Name extends AlgorithmName, const Source extends EnvSource>(
  algorithm: Name,
  input: AlgorithmOptions<Name, Source> & Pick<TrainingInput, "networks">,
  beginning?: Beginning,
): Promise<Training<Source>>;
export function createTraining<const Source extends EnvSource = EnvSource>(
  algorithm: string | Algorithm,
  input: TrainingInput<Source>,
  beginning?: Beginning,
): Promise<Training<Source>>;
export async function createTraining(
  algorithm: string | Algorithm,
  input: TrainingInput,
  beginning?: Beginning,
): Promise<Training> {
  const chosen = algorithmOf(algorithm);
  return beginTraining(chosen, isBuiltIn(chosen), input, beginning);
}

const isBuiltIn = (algorithm: Algorithm): boolean => findAlgorithm(algorithm.name) === algorithm;
