// A policy and its value function: what algorithms train, and what a user acts with.

export {
  createActorCritic,
  maskInput,
  stateInput,
  type ActorCritic,
  type ActorCriticOptions,
  type Forward,
  type Policy,
  type PolicyQuery,
} from "./actor-critic.ts";
export { createActor, type Actor } from "./actor.ts";
