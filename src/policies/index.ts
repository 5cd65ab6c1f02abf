// A policy and its value function: what algorithms train, and what a user acts with.

export { createActorCritic, type ActorCriticOptions } from "./actor-critic.ts";
export { createPolicy, type PolicyOptions, type Spaces } from "./create-policy.ts";
export { createInference, type Inference } from "./inference.ts";
export { maskInput, stateInput, type ActorCritic, type Forward, type Policy, type PolicyQuery } from "./policy.ts";
