// Policies: networks, distributions, actor-critic, observation normalization.

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
export {
  actionHead,
  bernoulli,
  categorical,
  categoricals,
  gaussian,
  modeIndex,
  sampleIndex,
  stdOfEntropy,
  type ActionHead,
  type Distribution,
  type GaussianOptions,
} from "./distributions/index.ts";
export { gru, type RecurrentLayer } from "./gru.ts";
export { activations, dense, hiddenLayers, sequence, type Activation, type Layer, type Parameter } from "./layers.ts";
export { mlp, type CreateNetworks, type MlpOptions, type Networks, type NetworkSizes } from "./networks.ts";
export { orthogonal } from "./orthogonal.ts";
