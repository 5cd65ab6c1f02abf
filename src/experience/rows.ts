// A rollout as the rows of minibatches: its entries as they are or, for a policy with memory, whole sequences.

import type { ActorCritic } from "../policies/index.ts";
import type { Rollout } from "./index.ts";
import type { StepData } from "./steps.ts";

/**
 * What an update learns from, by row: the entries of a rollout as they are, or, for a policy with memory, each
 * environment's sequence as one row.
 */
export interface Rows extends StepData {
  readonly count: number;
  readonly logProbs: Float32Array;
  readonly values: Float64Array;
  readonly parameters: Float32Array | undefined;
  /** Of `refresh`, laid out like the rest. */
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
  /** After a rollout has been collected, with the advantage and the return of each of its entries. */
  refresh(advantage: Float64Array, target: Float64Array): void;
}

export function rowsOf(rollout: Rollout, policy: ActorCritic): Rows {
  const { steps, environments: n } = rollout;
  const advantages = new Float64Array(steps * n);
  const returns = new Float64Array(steps * n);
  if (policy.stateSize === 0)
    return {
      ...rollout,
      count: steps * n,
      advantages,
      returns,
      refresh(advantage, target) {
        advantages.set(advantage);
        returns.set(target);
      },
    };
  const laid = new Map<object, Float32Array | Float64Array | Uint8Array>();
  /** [steps, n, width] → [n, steps, width]. */
  const transpose = <T extends Float32Array | Float64Array | Uint8Array>(from: T): T => {
    let to = laid.get(from) as T | undefined;
    if (!to) laid.set(from, (to = from.slice() as T));
    const width = from.length / (steps * n);
    for (let t = 0; t < steps; t++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j < width; j++) to[(i * steps + t) * width + j] = from[(t * n + i) * width + j];
    return to;
  };
  const remembers = new Float32Array(steps * n);
  const { observations, actions, masks, logProbs, values, parameters, terminated, truncated } = rollout;
  return {
    count: n,
    observations: transpose(observations),
    actions: transpose(actions),
    masks: masks && transpose(masks),
    states: rollout.firstStates!,
    remembers,
    logProbs: transpose(logProbs),
    values: transpose(values),
    parameters: parameters && transpose(parameters),
    advantages,
    returns,
    refresh(advantage, target) {
      advantages.set(transpose(advantage));
      returns.set(transpose(target));
      for (const array of [observations, actions, masks, logProbs, values, parameters]) if (array) transpose(array);
      for (let i = 0; i < n; i++) {
        remembers[i * steps] = 1; // the first state is that of the step, whatever came before
        for (let t = 1; t < steps; t++) {
          const before = (t - 1) * n + i;
          remembers[i * steps + t] = terminated[before] || truncated[before] ? 0 : 1;
        }
      }
    },
  };
}
