// Optimizers as parts of compiled programs, gradient clipping, schedules.

export type { Optimizer, OptimizerSetup } from "./optimizer.ts";
export { adam, type AdamOptions } from "./adam.ts";
export { rmsProp, type RmsPropOptions } from "./rmsprop.ts";
export { sgd } from "./sgd.ts";
export { clipScale, globalNorm } from "./clipping.ts";
export { scheduled, schedules, type Schedule } from "./schedules.ts";
