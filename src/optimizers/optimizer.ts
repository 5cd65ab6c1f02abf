// The contract of optimizers: updates that a program contains, and inputs to write before each run.

import type { Program, Tensor, Update, Variable } from "../tensor/index.ts";

/** An optimizer of some variables, as part of a compiled program. */
export interface Optimizer {
  /** Updates to compile into the program. */
  readonly updates: readonly Update[];
  /** The optimizer's variables, such as moments: part of a checkpoint. */
  readonly state: readonly Variable[];
  /** Steps taken: part of a checkpoint. */
  steps: number;
  /** Counts a step and writes its inputs into the program; call it right before `program.run`. */
  prepare(program: Program, learningRate: number): void;
}

/** What an optimizer is made for. */
export interface OptimizerSetup {
  /** The variables that it updates. */
  readonly variables: readonly Variable[];
  /** One for each variable, of its shape. */
  readonly gradients: readonly Tensor[];
  /**
   * A scalar that multiplies every gradient, as from `clipScale`. If it is not finite, the step is skipped. Default 1,
   * which skips none.
   */
  readonly gradientScale?: Tensor;
  /** Distinguishes the inputs of several optimizers in one program. Default "optimizer". */
  readonly name?: string;
}

/** Makes an optimizer's part of a program, as `adam` does. */
export type CreateOptimizer = (setup: OptimizerSetup) => Optimizer;
