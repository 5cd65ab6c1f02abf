// How losses are minimized, and what a learner is.

export { feed, gather, type Batch, type Column } from "./columns.ts";
export type { Keepsakes, Learner, Metrics, Setting, Stateful, StoredArray, Update } from "./learner.ts";
export * as losses from "./losses.ts";
export { createMinimizer, optimizerOf, type Minimizer, type MinimizerOptions, type Objective } from "./minimizer.ts";
export * as option from "./options.ts";
export { defaultsOf, type Option, type OptionsOf, type OptionsSchema, type ValueSchema } from "./option-schema.ts";
