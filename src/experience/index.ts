// Collecting experience with a policy.

export { createAgent, type Agent, type AgentState, type FinishedEpisode } from "./agent.ts";
export { collect, createRecorder, type EndedEpisode, type Recorder } from "./collect.ts";
export { createCrew, followOrders, shares, type Crew } from "./crew.ts";
export { minibatchBounds, shuffleIndices } from "./minibatches.ts";
export { createPlayer, type Player, type PlayerState } from "./player.ts";
export { createRewardScaler, type RewardScaler, type RewardScalerState } from "./reward-scaler.ts";
export { createRollout, type Rollout, type RolloutOptions } from "./rollout.ts";
