// Optimizers as parts of compiled programs, gradient clipping, schedules.

export type { CreateOptimizer, Optimizer, OptimizerSetup } from "./optimizer.ts";
import { adam } from "./adam.ts";
import { rmsProp } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

export { adam, type AdamOptions } from "./adam.ts";
export { rmsProp, type RmsPropOptions } from "./rmsprop.ts";
export { sgd } from "./sgd.ts";
export { clipScale, globalNorm } from "./clipping.ts";
export { scheduled, schedules, type Schedule } from "./schedules.ts";

/** By the names that options give them. */
export const optimizers = { adam, rmsprop: rmsProp, sgd };
