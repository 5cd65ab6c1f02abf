// Training, evaluating, saving: what a user of the library calls.

export { readCheckpoint, type Checkpoint, type CheckpointState } from "./checkpoint.ts";
export { evaluate, evaluateSync, type EvaluateOptions, type Evaluation } from "./evaluate.ts";
export {
  algorithmNamed,
  algorithmOf,
  findAlgorithm,
  optionsSchema,
  presetFor,
  formerOptions,
  resolveOptions,
  type AlgorithmOptions,
  type EnvOption,
  type OptionOrigin,
  type ResolvedOptions,
  type ResolveOptions,
} from "./options.ts";
export type * from "./given-options.generated.ts";
export type { Bytes } from "../bytes.ts";
export { loadPolicy, readPolicy, savePolicy, type LoadPolicyOptions, type SavedPolicy } from "../policies/index.ts";
export { policyOptions } from "./begin-with.ts";
export { canChange } from "./same-options.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  storedTensor,
  type SafetensorsFile,
  type StoredTensor,
  type TensorArray,
  type TensorDtype,
} from "../safetensors.ts";
export {
  train,
  trainA2c,
  trainA3c,
  trainActorCritic,
  trainPpo,
  trainReinforce,
  trainTrpo,
  type TrainControls,
  type TrainOptions,
  type TrainResult,
  type TrainSummary,
} from "./train.ts";
export {
  createTraining,
  type Beginning,
  type Resumption,
  type Training,
  type TrainingInput,
  type UpdateReport,
} from "./training.ts";
export { runAtOnce } from "../awaitable.ts";
export { createTurns, runInTurns, type TakeTurns } from "./turns.ts";
