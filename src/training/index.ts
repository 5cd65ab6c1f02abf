// Training, evaluating, saving: what a user of the library calls.

export type { CheckpointState } from "./checkpoint.ts";
export { readCheckpoint, type Checkpoint } from "./read-checkpoint.ts";
export { evaluate, evaluateSync, type EvaluateOptions, type Evaluation } from "./evaluate.ts";
export {
  algorithmNamed,
  algorithmOf,
  findAlgorithm,
  optionsSchema,
  presetFor,
  formerOptions,
  resolveOptions,
} from "./by-name.ts";
export type { AlgorithmOptions, EnvOption, OptionOrigin, ResolvedOptions, ResolveOptions } from "./options.ts";
export type * from "./given-options.generated.ts";
export type { Bytes } from "../bytes.ts";
export {
  loadPolicy,
  readPolicy,
  savePolicy,
  type LoadPolicyOptions,
  type PolicyDescription,
  type SavedPolicy,
} from "../policies/index.ts";
export { policyOptions } from "./begin-with.ts";
export { canChange } from "./same-options.ts";
export { decodeSafetensors } from "../read-safetensors.ts";
export {
  encodeSafetensors,
  storedTensor,
  type SafetensorsFile,
  type StoredTensor,
  type TensorArray,
  type TensorDtype,
} from "../safetensors.ts";
export type { TrainControls, TrainOptions, TrainResult, TrainSummary } from "./train.ts";
export { createTraining, train } from "./trainers/by-name.ts";
export { trainPpo } from "./trainers/ppo.ts";
export { trainTrpo } from "./trainers/trpo.ts";
export { trainA2c } from "./trainers/a2c.ts";
export { trainA3c } from "./trainers/a3c.ts";
export { trainReinforce } from "./trainers/reinforce.ts";
export { trainActorCritic } from "./trainers/actor-critic.ts";
export type { Beginning, Resumption } from "./beginning.ts";
export { type Training, type TrainingInput, type UpdateReport } from "./training.ts";
export { runAtOnce } from "../awaitable.ts";
export { createTurns, runInTurns, type TakeTurns } from "./turns.ts";
