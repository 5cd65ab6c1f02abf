// Policies: networks, distributions, actor-critic, observation normalization.

export {
  createActor,
  createActorCritic,
  type Actor,
  type ActorCritic,
  type ActorCriticOptions,
  type Policy,
} from "./actor-critic.ts";
export { categorical, modeIndex, sampleIndex, type Distribution } from "./categorical.ts";
export { activations, dense, hiddenLayers, sequence, type Activation, type Layer, type Parameter } from "./layers.ts";
export { createMoments, rescale, standardize, updateMoments, type Moments } from "./moments.ts";
export { mlp, type CreateNetworks, type MlpOptions, type Networks, type NetworkSizes } from "./networks.ts";
export { orthogonal } from "./orthogonal.ts";
