// polgrad: policy gradients in Node and in the browser.

export { InputError, RunError } from "./errors.ts";
export { createGenerator, createStreams, Generator, SeedSequence } from "./random/index.ts";
export * as tensor from "./tensor/index.ts";
export * as optimizers from "./optimizers/index.ts";
export { box, contains, describeSpace, discrete, sample, type Box, type Discrete, type Space } from "./spaces/index.ts";
export * from "./envs/index.ts";
export {
  categorical,
  createActorCritic,
  dense,
  hiddenLayers,
  mlp,
  sequence,
  type ActorCritic,
  type CreateNetworks,
  type Networks,
  type NetworkSizes,
  type Policy,
} from "./policies/index.ts";
export * as advantages from "./advantages/index.ts";
export { algorithms, losses, presets, type Algorithm, type AlgorithmName } from "./algorithms/index.ts";
export * from "./training/index.ts";
