// What a training may begin with.

import type { Bytes } from "../bytes.ts";

/** A checkpoint to go on from, with options that differ on purpose. */
export interface Resumption {
  readonly checkpoint: Bytes;
  /**
   * Names of options that may differ from those of the checkpoint, such as "learningRate", "entropyCoefficient" or
   * "envs". Those that the weights and states depend on, as "hidden" and "seed", cannot. The run's length, "workers" and
   * evaluations may differ anyway.
   */
  readonly change?: readonly string[];
}

/** What a training begins with. */
export type Beginning =
  | Bytes
  | Resumption
  | {
      /** A policy, as `savePolicy` gives it: a new training begins with its weights, and with its normalizer. */
      readonly from: Bytes;
    };
