// Training, evaluating, saving: what a user of the library calls.

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
  type OptionOrigin,
  type ResolvedOptions,
  type ResolveOptions,
} from "./options.ts";
export { loadPolicy, savePolicy, type LoadPolicyOptions } from "./policy-file.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  storedTensor,
  type SafetensorsFile,
  type StoredTensor,
  type TensorArray,
  type TensorDtype,
} from "./safetensors.ts";
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
export { createTraining, type Training, type TrainingInput, type UpdateReport } from "./training.ts";
export { createTurns, runAtOnce, runInTurns, type TakeTurns } from "./turns.ts";
