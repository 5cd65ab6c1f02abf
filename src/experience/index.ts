// Playing with a policy, and what is learned from it.

export {
  assertSameNormalization,
  createAgent,
  warmUpSteps,
  type Agent,
  type AgentOptions,
  type AgentState,
  type FinishedEpisode,
} from "./agent.ts";
export { batchOf, type RolloutBatch } from "./batch.ts";
export { evaluateActions, type EvaluatedActions, type StepData } from "./evaluate-actions.ts";
export { createPlayer, settle, type Player, type PlayerState } from "./player.ts";
export {
  actionStreams,
  agentOf,
  playingLearner,
  playOnWorker,
  policyOf,
  type AsynchronousSetting,
  type Play,
  type PlayingLearner,
  type PlayingOptions,
  type PlayingSetting,
  type WorkerSetting,
} from "./playing.ts";
export { createRecorder, type EndedEpisode, type Recorder } from "./record.ts";
export { shares } from "./player-calls.ts";
export { createRemotePlayers, type RemotePlayers } from "./remote-players.ts";
export { createRewardScaler, type RewardScaler, type RewardScalerState } from "./reward-scaler.ts";
export { createRollout, type Rollout, type RolloutOptions } from "./rollout.ts";
