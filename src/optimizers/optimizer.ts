// The contract of optimizers: updates for a program, and numbers to feed it before each run.

import type { Program, Tensor, Update, Variable } from "../tensor/index.ts";

/** An optimizer of some variables, as part of a compiled program. */
export interface Optimizer {
  /** What to compile into the program. */
  readonly updates: readonly Update[];
  /** Variables of its own (moments): part of a checkpoint. */
  readonly state: readonly Variable[];
  /** Steps taken: part of a checkpoint. */
  steps: number;
  /** Counts a step and feeds the program what this step needs; call it right before `program.run`. */
  prepare(program: Program, learningRate: number): void;
}

export interface OptimizerSetup {
  readonly variables: readonly Variable[];
  /** One for each variable, of its shape. */
  readonly gradients: readonly Tensor[];
  /** A scalar that multiplies every gradient, as from `clipScale`. One that is not finite skips the step. */
  readonly gradientScale: Tensor;
  /** Distinguishes the inputs of several optimizers in one program. Default "optimizer". */
  readonly name?: string;
}

/** Makes an optimizer's part of a program, as `adam` does. */
export type CreateOptimizer = (setup: OptimizerSetup) => Optimizer;
