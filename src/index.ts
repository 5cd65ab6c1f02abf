/**
 * Policy gradients in Node and in the browser.
 *
 * @module polgrad
 */

export { InputError, RunError } from "./errors.ts";
export {
  createGenerator,
  createStreams,
  Generator,
  SeedSequence,
  type ChoiceOptions,
  type Entropy,
  type GeneratorState,
  type MutableArray,
  type SeedSequenceState,
  type StreamPurpose,
} from "./random/index.ts";
export * as tensor from "./tensor/index.ts";
export { allowWideVectors, vectorSupport, type VectorSupport } from "./tensor/index.ts";
export * as optimizers from "./optimizers/index.ts";
export {
  box,
  contains,
  describeSpace,
  discrete,
  multiBinary,
  multiDiscrete,
  sample,
  type ActionMask,
  type Bound,
  type Box,
  type Discrete,
  type MultiBinary,
  type MultiDiscrete,
  type Space,
} from "./spaces/index.ts";
export {
  checkEnv,
  clipAction,
  createStep,
  createVectorEnv,
  envIds,
  envName,
  envProblems,
  envSpec,
  frameStack,
  makeEnv,
  normalizeObservation,
  normalizeReward,
  recordEpisodeStatistics,
  registerEnv,
  rescaleAction,
  timeLimit,
  type Action,
  type Clipped,
  type Drawing,
  type Env,
  type EnvModule,
  type EnvSource,
  type EnvSpec,
  type Episode,
  type Info,
  type Mdp,
  type Observation,
  type Outcome,
  palettes,
  type Paint,
  type Pauses,
  type Point,
  type ShapeRole,
  type Shape,
  type Step,
  type VectorEnv,
} from "./envs/index.ts";
export {
  bernoulli,
  categorical,
  categoricals,
  gaussian,
  type ActionHead,
  type Distribution,
  type GaussianDistribution,
  type GaussianOptions,
} from "./distributions/index.ts";
export {
  dense,
  gru,
  hiddenLayers,
  mlp,
  sequence,
  type Activation,
  type CreateNetworks,
  type Layer,
  type MlpOptions,
  type Networks,
  type NetworkSizes,
  type Parameter,
  type RecurrentLayer,
} from "./nn/index.ts";
export {
  createActorCritic,
  type ActorCritic,
  type ActorCriticOptions,
  type Forward,
  type Policy,
  type PolicyQuery,
} from "./policies/index.ts";
export type { Moments } from "./math/moments.ts";
export { exportOnnx, type ExportOnnxOptions, type OnnxValue } from "./onnx/index.ts";
export * as advantages from "./advantages/index.ts";
export * as exact from "./exact/index.ts";
export {
  agentOf,
  batchOf,
  createRollout,
  evaluateActions,
  playingLearner,
  type Agent,
  type AgentState,
  type AsynchronousSetting,
  type EndedEpisode,
  type EvaluatedActions,
  type FinishedEpisode,
  type Play,
  type Player,
  type PlayerState,
  type PlayingLearner,
  type PlayingOptions,
  type PlayingSetting,
  type RemotePlayers,
  type Rollout,
  type RolloutBatch,
  type RolloutOptions,
  type StepData,
  type WorkerSetting,
} from "./experience/index.ts";
export {
  createMinimizer,
  losses,
  option,
  optimizerOf,
  type Batch,
  type Column,
  type Keepsakes,
  type Learner,
  type Metrics,
  type Minimizer,
  type MinimizerOptions,
  type Objective,
  type Setting,
  type Stateful,
  type StoredArray,
  type Update,
} from "./learning/index.ts";
export {
  algorithms,
  ppoObjective,
  presets,
  type Algorithm,
  type AlgorithmName,
  type AsynchronousAlgorithm,
  type DataAlgorithm,
  type MetricAxis,
  type MetricFigure,
  type PlayingAlgorithm,
  type PpoSteps,
  type Preset,
  type Presets,
  type RunOptions,
} from "./algorithms/index.ts";
export * from "./training/index.ts";
export * from "./language/index.ts";
