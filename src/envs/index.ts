// Environments: the contract, the ones that come along, and how to make, wrap, check and step several of them.
export { drawTo, type Canvas2d, type DrawOptions, type DrawTarget } from "./draw-to.ts";
export { createCheckedEnv, type CheckedEnv } from "./checked-env.ts";
export { checkEnv, envProblems } from "./check-env.ts";
export { clippedWarning, type Clipped } from "./clipped.ts";
export {
  palettes,
  placed,
  placeView,
  rectangle,
  type Drawing,
  type Paint,
  type Placement,
  type Point,
  type ShapeRole,
  type Shape,
} from "./drawing.ts";
export {
  createStep,
  type Action,
  type AsyncEnv,
  type Env,
  type EnvParts,
  type EnvSpec,
  type Info,
  type Observation,
  type Step,
} from "./env.ts";
export type {
  ActionOf,
  BuiltinEnvs,
  EnvFactory,
  EnvId,
  EnvModule,
  EnvOf,
  EnvSource,
  ObservationOf,
} from "./env-source.ts";
export { assertEnv } from "./env-shape.ts";
export { envName, isEnvSource, makeEnv, notASource } from "./make-env.ts";
export type { Mdp, Outcome } from "./mdp.ts";
export { moduleAddress } from "./module-address.ts";
export { meansOfOwnValues, ownValues, type OwnValues } from "./own-values.ts";
export { readOptions } from "./options.ts";
export { closeEnvs } from "./close-envs.ts";
export { envSpec } from "./env-spec.ts";
export { envIds, findSpec, isBuiltIn, registerEnv } from "./registry.ts";
export { seededGenerator } from "./seeding.ts";
export type { Episode } from "./vector/episode.ts";
export type { Pauses } from "./vector/pauses.ts";
export { createVectorEnv, type VectorEnv } from "./vector/vector.ts";
export { joinVectorStates, resizedVectorState, splitVectorState } from "./vector/state.ts";
export { clipAction } from "./wrappers/clip-action.ts";
export { frameStack } from "./wrappers/frame-stack.ts";
export { normalizeObservation } from "./wrappers/normalize-observation.ts";
export { normalizeReward } from "./wrappers/normalize-reward.ts";
export { recordEpisodeStatistics } from "./wrappers/record-episode-statistics.ts";
export { rescaleAction } from "./wrappers/rescale-action.ts";
export { timeLimit } from "./wrappers/time-limit.ts";
