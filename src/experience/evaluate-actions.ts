// What a policy says now of actions that were taken: the part of an update's graph that all algorithms share. Rows are
// time steps. Of a policy with memory a row is a sequence: its steps one after another, from the state that the
// sequence began with.

import type { Column } from "../learning/columns.ts";
import { maskInput, type ActorCritic } from "../policies/index.ts";
import { concat, input, mul, reshape, slice, type Shape, type Tensor } from "../tensor/index.ts";

/** What was seen and done, by row. */
export interface StepData {
  /** [rows, observationSize], as the network saw them. */
  readonly observations: Float32Array;
  /** [rows, actionSize] */
  readonly actions: Float32Array;
  /** [rows, maskSize], where the environment has masks. */
  readonly masks: Uint8Array | undefined;
  /** What a policy with memory remembered when the sequence began, [rows, stateSize]. */
  readonly states?: Float32Array | undefined;
  /** 0 if a step is the first of an episode, so that the memory begins anew; else 1. [rows, steps] */
  readonly remembers?: Float32Array | undefined;
}

/** Actions as the policy sees them now. */
export interface EvaluatedActions {
  /** Of quantities that there is one of for each step: ["rows"], or ["rows", steps] for sequences. */
  readonly shape: Shape;
  /** V(s), log π(a|s) and Ĥ(π(·|s)), each of `shape`. */
  readonly value: Tensor;
  readonly logProb: Tensor;
  readonly entropy: Tensor;
  /** What gives π(·|s): [rows, distributionSize] (times steps, for sequences). */
  readonly distribution: Tensor;
  /** KL(old ‖ π) of each step; the old distribution is laid out as `distribution`. */
  klFrom(oldDistribution: Tensor): Tensor;
  /** What feeds observations and actions, and masks and states where the policy takes them. */
  feedFrom(data: StepData): Column[];
}

/**
 * The graph of a policy's values, log-probabilities and entropies for actions that were taken.
 *
 * @param steps the length of the sequences, for a policy with memory
 */
export function evaluateActions(policy: ActorCritic, steps = 1): EvaluatedActions {
  return policy.stateSize > 0 ? evaluateSequences(policy, steps) : evaluateSteps(policy);
}

function evaluateSteps(policy: ActorCritic): EvaluatedActions {
  const observation = input("observation", ["rows", policy.observationSize]);
  const action = input("action", ["rows", policy.actionSize]);
  const mask = maskInput(policy);
  const { distribution, value } = policy.forward(observation, mask);
  return {
    shape: ["rows"],
    value,
    logProb: distribution.logProb(action),
    entropy: distribution.entropy(),
    get distribution() {
      return distribution.parameters;
    },
    klFrom: (old) => distribution.klFrom(old),
    feedFrom: ({ observations, actions, masks }) => [
      { input: observation, values: observations },
      { input: action, values: actions },
      ...(mask ? [{ input: mask, values: masks! }] : []),
    ],
  };
}

/** The steps of each row one after another: the memory goes from one to the next, and gradients go back through it. */
function evaluateSequences(policy: ActorCritic, steps: number): EvaluatedActions {
  const { observationSize, actionSize, distributionSize, maskSize, stateSize } = policy;
  const observation = input("observation", ["rows", steps * observationSize]);
  const action = input("action", ["rows", steps * actionSize]);
  const mask = maskSize > 0 ? input("mask", ["rows", steps * maskSize]) : undefined;
  const state = input("state", ["rows", stateSize]);
  const remembers = input("remembers", ["rows", steps]);

  const step = (x: Tensor, t: number, width: number): Tensor => slice(x, t * width, width);
  let memory = state;
  const outputs = Array.from({ length: steps }, (_, t) => {
    const remembered = mul(memory, step(remembers, t, 1));
    const allowed = mask && step(mask, t, maskSize);
    const { distribution, value, state: next } = policy.forward(step(observation, t, observationSize), allowed, remembered); // prettier-ignore
    memory = next!;
    return { distribution, value, logProb: distribution.logProb(step(action, t, actionSize)) };
  });
  const overTime = (tensors: Tensor[]): Tensor => concat(tensors.map((x) => reshape(x, ["rows", 1])));
  return {
    shape: ["rows", steps],
    value: overTime(outputs.map((o) => o.value)),
    logProb: overTime(outputs.map((o) => o.logProb)),
    entropy: overTime(outputs.map((o) => o.distribution.entropy())),
    get distribution() {
      return concat(outputs.map((o) => o.distribution.parameters));
    },
    klFrom: (old) => overTime(outputs.map((o, t) => o.distribution.klFrom(step(old, t, distributionSize)))),
    feedFrom: (data) => [
      { input: observation, values: data.observations },
      { input: action, values: data.actions },
      ...(mask ? [{ input: mask, values: data.masks! }] : []),
      { input: state, values: data.states! },
      { input: remembers, values: data.remembers! },
    ],
  };
}
