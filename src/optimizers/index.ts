// Optimizers as parts of compiled programs, gradient clipping, schedules.

import { adam } from "./adam.ts";
import { rmsProp } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

export type { CreateOptimizer, Optimizer, OptimizerSetup } from "./optimizer.ts";
export { adam, type AdamOptions } from "./adam.ts";
export { rmsProp, type RmsPropOptions } from "./rmsprop.ts";
export { sgd } from "./sgd.ts";
export { clipScale, globalNorm } from "./clipping.ts";
export { scheduled, schedules, tableProblem, type Schedule, type ScheduleTable } from "./schedules.ts";

/** The optimizers by the names that options have for them. */
export const optimizers = {
  /** {@link adam} */
  adam,
  /** {@link rmsProp} */
  rmsprop: rmsProp,
  /** {@link sgd} */
  sgd,
};
