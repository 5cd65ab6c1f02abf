// The part of an update's graph that all algorithms share: rows are time steps, with what the policy says of them now.

import { maskInput, type ActorCritic, type Distribution } from "../policies/index.ts";
import { input, type Program, type Tensor } from "../tensor/index.ts";

/** What was done, row by row: a rollout, or an episode. */
export interface StepData {
  /** [entries, observationSize], as the network saw them. */
  readonly observations: Float32Array;
  /** [entries, actionSize] */
  readonly actions: Float32Array;
  /** [entries, maskSize], where the environment has masks. */
  readonly masks: Uint8Array | undefined;
}

/** Rows of steps as the policy sees them now. */
export interface Steps {
  /** π(·|s) [rows], V(s) [rows] and log π(a|s) [rows] of the steps fed. */
  readonly distribution: Distribution;
  readonly value: Tensor;
  readonly logProb: Tensor;
  /** Feeds the first `rows` steps. */
  write(program: Program, data: StepData, rows: number): void;
  /** Feeds steps order[from … from + rows − 1]. */
  gather(program: Program, data: StepData, order: Int32Array, from: number, rows: number): void;
}

export function policySteps(policy: ActorCritic): Steps {
  const { observationSize, actionSize, maskSize } = policy;
  const observations = input("observations", ["rows", observationSize]);
  const actions = input("actions", ["rows", actionSize]);
  const { distribution, value } = policy.forward(observations, maskInput(policy));
  return {
    distribution,
    value,
    logProb: distribution.logProb(actions),
    write(program, data, rows) {
      program.write("observations", data.observations, rows * observationSize);
      program.write("actions", data.actions, rows * actionSize);
      if (data.masks) program.write("masks", data.masks, rows * maskSize);
    },
    gather(program, data, order, from, rows) {
      program.gather("observations", data.observations, order, from, rows);
      program.gather("actions", data.actions, order, from, rows);
      if (data.masks) program.gather("masks", data.masks, order, from, rows);
    },
  };
}
