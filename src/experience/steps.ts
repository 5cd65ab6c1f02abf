// The part of an update's graph that all algorithms share: rows are time steps, with what the policy says of them now.
// Of a policy with memory a row is a sequence: its steps one after another, from the state that the sequence began
// with.

import { maskInput, type ActorCritic } from "../policies/index.ts";
import { concat, input, mul, reshape, slice, type Program, type Shape, type Tensor } from "../tensor/index.ts";

/** What was done: rows of a rollout, or of an episode. */
export interface StepData {
  /** [rows, observationSize], as the network saw them. */
  readonly observations: Float32Array;
  /** [rows, actionSize] */
  readonly actions: Float32Array;
  /** [rows, maskSize], where the environment has masks. */
  readonly masks: Uint8Array | undefined;
  /** [rows, stateSize]: what a policy with memory remembered when the sequence began. */
  readonly states?: Float32Array | undefined;
  /** [rows, steps]: 0 where a step is the first of an episode, so that the memory begins anew; else 1. */
  readonly remembers?: Float32Array | undefined;
}

export interface StepInputs {
  readonly observations: Tensor;
  readonly actions: Tensor;
  readonly masks: Tensor | undefined;
  readonly states: Tensor | undefined;
  readonly remembers: Tensor | undefined;
}

/** Rows of steps as the policy sees them now. */
export interface Steps {
  /** Of what there is one number a step: ["rows"], or ["rows", steps] of sequences. */
  readonly shape: Shape;
  /** V(s), log π(a|s) and Ĥ(π(·|s)) of the steps fed, each of `shape`. */
  readonly value: Tensor;
  readonly logProb: Tensor;
  readonly entropy: Tensor;
  /** What gives π of each step, [rows, parameterSize] (times steps, of sequences). */
  readonly parameters: Tensor;
  /** KL(old ‖ π) of each step, for the parameters of the old policy, laid out as `parameters`. */
  klFrom(oldParameters: Tensor): Tensor;
  /** What they are fed through. */
  readonly inputs: StepInputs;
  /** Feeds the first `rows` rows. */
  write(program: Program, data: StepData, rows: number): void;
  /** The same without the actions, for a program that has none: what the policy sees. */
  writeStates(program: Program, data: StepData, rows: number): void;
  /** Feeds rows order[from … from + rows − 1]. */
  gather(program: Program, data: StepData, order: Int32Array, from: number, rows: number): void;
  /** The same without the actions. */
  gatherStates(program: Program, data: StepData, order: Int32Array, from: number, rows: number): void;
}

/** @param steps the length of the sequences, for a policy with memory */
export function policySteps(policy: ActorCritic, steps = 1): Steps {
  return policy.stateSize > 0 ? sequences(policy, steps) : singleSteps(policy);
}

function singleSteps(policy: ActorCritic): Steps {
  const { observationSize, actionSize } = policy;
  const observations = input("observations", ["rows", observationSize]);
  const actions = input("actions", ["rows", actionSize]);
  const masks = maskInput(policy);
  const { distribution, value } = policy.forward(observations, masks);
  return {
    shape: ["rows"],
    value,
    logProb: distribution.logProb(actions),
    entropy: distribution.entropy(),
    get parameters() {
      return distribution.parameters;
    },
    klFrom: (oldParameters) => distribution.klFrom(oldParameters),
    ...feeding({ observations, actions, masks, states: undefined, remembers: undefined }, policy, 1),
  };
}

/** The steps of each row one after another: the memory goes from one to the next, and gradients go back through it. */
function sequences(policy: ActorCritic, steps: number): Steps {
  const { observationSize, actionSize, parameterSize, maskSize, stateSize } = policy;
  const observations = input("observations", ["rows", steps * observationSize]);
  const actions = input("actions", ["rows", steps * actionSize]);
  const masks = maskSize > 0 ? input("masks", ["rows", steps * maskSize]) : undefined;
  const remembers = input("remembers", ["rows", steps]);
  const step = (x: Tensor, t: number, width: number): Tensor => slice(x, t * width, width);
  const states = input("states", ["rows", stateSize]);
  let state = states;
  const outputs = Array.from({ length: steps }, (_, t) => {
    const remembered = mul(state, step(remembers, t, 1));
    const mask = masks && step(masks, t, maskSize);
    const {
      distribution,
      value,
      state: next,
    } = policy.forward(step(observations, t, observationSize), mask, remembered);
    state = next!;
    return { distribution, value, logProb: distribution.logProb(step(actions, t, actionSize)) };
  });
  const overTime = (tensors: Tensor[]): Tensor => concat(tensors.map((x) => reshape(x, ["rows", 1])));
  return {
    shape: ["rows", steps],
    value: overTime(outputs.map((o) => o.value)),
    logProb: overTime(outputs.map((o) => o.logProb)),
    entropy: overTime(outputs.map((o) => o.distribution.entropy())),
    get parameters() {
      return concat(outputs.map((o) => o.distribution.parameters));
    },
    klFrom: (old) => overTime(outputs.map((o, t) => o.distribution.klFrom(step(old, t, parameterSize)))),
    ...feeding({ observations, actions, masks, states, remembers }, policy, steps),
  };
}

function feeding(
  inputs: StepInputs,
  policy: ActorCritic,
  steps: number,
): Pick<Steps, "inputs" | "write" | "writeStates" | "gather" | "gatherStates"> {
  const names = ["observations", "actions", "masks", "states", "remembers"] as const;
  const states = names.filter((name) => name !== "actions");
  const widths = {
    observations: steps * policy.observationSize,
    actions: steps * policy.actionSize,
    masks: steps * policy.maskSize,
    states: policy.stateSize,
    remembers: steps,
  };
  const writing =
    (chosen: readonly (typeof names)[number][]): Steps["write"] =>
    (program, data, rows) => {
      for (const name of chosen) if (data[name]) program.write(inputs[name]!, data[name], rows * widths[name]);
    };
  const gathering =
    (chosen: readonly (typeof names)[number][]): Steps["gather"] =>
    (program, data, order, from, rows) => {
      for (const name of chosen) if (data[name]) program.gather(inputs[name]!, data[name], order, from, rows);
    };
  return {
    inputs,
    write: writing(names),
    writeStates: writing(states),
    gather: gathering(names),
    gatherStates: gathering(states),
  };
}
