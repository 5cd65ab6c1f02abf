// The contract of distributions over actions, in tensors and in numbers. Each kind of action space has one file.

import type { Action } from "../envs/index.ts";
import type { Generator } from "../random/index.ts";
import type { Tensor } from "../tensor/index.ts";
import type { Parameter } from "../nn/layers.ts";

/** π(·|s) in each row, written with tensors. */
export interface Distribution {
  /**
   * The parameters of the distribution, [rows, distributionSize]: the log-probabilities of categorical ones, mean and
   * log σ of a Gaussian, the logits of Bernoulli ones.
   */
  readonly parameters: Tensor;
  /** The probabilities of discrete actions in the same order; undefined for densities. */
  readonly probabilities: Tensor | undefined;
  /** log π(a|s) of actions [rows, actionSize] → [rows]; discrete ones as indices. */
  logProb(actions: Tensor): Tensor;
  /** Ĥ(π(·|s)) → [rows], in nats; of a density, the differential entropy. */
  entropy(): Tensor;
  /** KL(old ‖ this) → [rows], for old parameters [rows, distributionSize], through which no gradient flows. */
  klFrom(oldParameters: Tensor): Tensor;
}

/**
 * How the outputs of a network become actions of one space: how many outputs it takes, and how actions are drawn, stored
 * and scored.
 */
export interface ActionHead {
  /** Number of outputs of the network. */
  readonly outputs: number;
  /** Numbers per stored action: indices of discrete choices, or components as they were drawn. */
  readonly actionSize: number;
  /** Numbers per distribution. */
  readonly distributionSize: number;
  /** Choices that a mask can forbid; 0 for spaces without masks. */
  readonly maskSize: number;
  /** Parameters in addition to the network's: a log σ that does not depend on the state. */
  readonly trained: readonly Parameter[];
  /** Outputs [rows, outputs] → π; masks [rows, maskSize] hold 0 if an action is forbidden. */
  distribution(outputs: Tensor, masks?: Tensor): Distribution;
  /** π from `parameters` alone. */
  fromParameters(parameters: Tensor): Distribution;
  /**
   * Draws an action into `actions[to …]`, from a row of probabilities (for densities, of parameters) that begins at
   * `numbers[at]`.
   */
  sample(numbers: Float32Array, at: number, generator: Generator, actions: Float32Array, to: number): void;
  /** The most probable action, likewise. */
  mode(numbers: Float32Array, at: number, actions: Float32Array, to: number): void;
  /**
   * Stored actions [rows, actionSize] in the units of the environment, into `out`; they may still lie beyond bounds.
   * Undefined where they are stored so.
   */
  readonly transform?: (actions: Float32Array, rows: number, out: Float32Array) => void;
  /** A stored action as the environment takes it: within its space. */
  toAction(actions: Float32Array, at: number): Action;
}
