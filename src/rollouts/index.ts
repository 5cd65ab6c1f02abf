// Collecting experience with a policy.

export { createAgent, type Agent, type AgentState, type FinishedEpisode } from "./agent.ts";
export { collect } from "./collect.ts";
export { minibatchBounds, shuffleIndices } from "./minibatches.ts";
export { createRollout, type Rollout } from "./rollout.ts";
