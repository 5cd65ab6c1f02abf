// Networks: layers, a recurrent unit, multilayer perceptrons.

export { gru, type RecurrentLayer } from "./gru.ts";
export { activations, dense, hiddenLayers, sequence, type Activation, type Layer, type Parameter } from "./layers.ts";
export { mlp, type CreateNetworks, type MlpOptions, type Networks, type NetworkSizes } from "./networks.ts";
export { orthogonal } from "./orthogonal.ts";
