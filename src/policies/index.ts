// A policy and its value function: what algorithms train, and what a user acts with.

export {
  assembleActorCritic,
  createActorCritic,
  designPolicy,
  type ActorCriticOptions,
  type PolicyDesign,
} from "./actor-critic.ts";
export { createPolicy, designOptions, normalizes, type PolicyOptions, type Spaces } from "./create-policy.ts";
export { createInference, type Inference } from "./inference.ts";
export {
  maskInput,
  stateInput,
  type ActorCritic,
  type ActorCriticOf,
  type Forward,
  type Policy,
  type PolicyOf,
  type PolicyQuery,
} from "./policy.ts";
export { loadPolicy } from "./load-policy.ts";
export { readPolicy, type LoadPolicyOptions, type SavedPolicy } from "./policy-file.ts";
export { policyKey, savePolicy, type PolicyDescription } from "./save-policy.ts";
