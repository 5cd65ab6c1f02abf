// Inference: a policy's π and V for a batch of observations, and actions drawn from it.

import type { Generator } from "../random/index.ts";
import { input, type Program, type Tensor } from "../tensor/index.ts";
import { maskInput, stateInput, type ActorCritic } from "./actor-critic.ts";

/** π and V for up to `rows` observations at a time, read into arrays that are overwritten by each run. */
export interface Actor {
  /** [rows, parameterSize]: what gives π(·|s). */
  readonly parameters: Float32Array;
  /**
   * What actions are drawn from: the probabilities [rows, parameterSize], or the parameters where there are densities.
   */
  readonly numbers: Float32Array;
  /** [rows] */
  readonly values: Float32Array;
  /** [rows, actionSize]: the actions last drawn, as they are stored, and log π of them [rows]. */
  readonly actions: Float32Array;
  readonly logProbs: Float32Array;
  /** [rows, stateSize]: what a policy with memory remembers after the last run. */
  readonly nextStates: Float32Array;
  /** Evaluates `rows` observations [rows, observationSize], as the network sees them. */
  run(observations: Float32Array, rows: number, context?: RowContext): void;
  /** V alone of `rows` observations, into `out`. */
  runValues(observations: Float32Array, rows: number, out: Float64Array, states?: Float32Array): void;
  /** Draws an action for each of the rows of the last run, row i with generators[i]. */
  sample(rows: number, generators: readonly Generator[]): void;
}

/** What goes with observations, where the policy knows of it. */
export interface RowContext {
  /** [rows, maskSize]: which choices are allowed. */
  readonly masks?: ArrayLike<number>;
  /** [rows, stateSize]: what is remembered. */
  readonly states?: Float32Array;
}

export function createActor(policy: ActorCritic, rows: number): Actor {
  const { engine, head, observationSize, parameterSize, actionSize, maskSize, stateSize } = policy;
  const observations = input("observations", ["rows", observationSize]);
  const [maskTensor, stateTensor] = [maskInput(policy), stateInput(policy)];
  const { distribution, value, state } = policy.forward(observations, maskTensor, stateTensor);
  const { parameters, probabilities } = distribution;
  const outputs: Record<string, Tensor> = { parameters, value };
  if (probabilities) outputs.probabilities = probabilities;
  if (state) outputs.state = state;
  const program = engine.compile({ outputs }, { capacity: rows });
  let valueProgram: Program | undefined;
  const values = new Float32Array(rows);
  const readParameters = new Float32Array(rows * parameterSize);
  const numbers = probabilities ? new Float32Array(rows * parameterSize) : readParameters;
  const actions = new Float32Array(rows * actionSize);
  const logProbs = new Float32Array(rows);
  const nextStates = new Float32Array(rows * stateSize);
  const score = scorer(policy, rows);

  return {
    parameters: readParameters,
    numbers,
    values,
    actions,
    logProbs,
    nextStates,
    run(batch, count, { masks, states } = {}) {
      program.write(observations, batch, count * observationSize);
      if (masks) program.write(maskTensor!, masks, count * maskSize);
      if (stateTensor) program.write(stateTensor, states!, count * stateSize);
      program.run(count);
      program.read("parameters", readParameters);
      if (probabilities) program.read("probabilities", numbers);
      program.read("value", values);
      if (state) program.read("state", nextStates);
    },
    runValues(batch, count, out, states) {
      valueProgram ??= engine.compile({ outputs: { value } }, { capacity: rows });
      valueProgram.write(observations, batch, count * observationSize);
      if (stateTensor) valueProgram.write(stateTensor, states!, count * stateSize);
      valueProgram.run(count);
      valueProgram.read("value", values);
      for (let i = 0; i < count; i++) out[i] = values[i];
    },
    sample(count, generators) {
      for (let i = 0; i < count; i++) head.sample(numbers, i * parameterSize, generators[i], actions, i * actionSize);
      score(readParameters, actions, count, logProbs);
    },
  };
}

type Score = (parameters: Float32Array, actions: Float32Array, rows: number, logProbs: Float32Array) => void;

/**
 * log π of actions, with the bits that the graph of an update gives, so that the first ratio of an update is exactly 1.
 */
function scorer(policy: ActorCritic, capacity: number): Score {
  const { engine, head, actionSpace, parameterSize, actionSize } = policy;
  if (actionSpace.kind === "discrete")
    return (parameters, actions, rows, logProbs) => {
      for (let i = 0; i < rows; i++) logProbs[i] = parameters[i * parameterSize + actions[i]];
    };
  const parameters = input("parameters", ["rows", parameterSize]);
  const actionTensor = input("actions", ["rows", actionSize]);
  const logProb = head.fromParameters(parameters).logProb(actionTensor);
  const program = engine.compile({ outputs: { logProb } }, { capacity });
  return (values, actions, rows, logProbs) => {
    program.write(parameters, values, rows * parameterSize);
    program.write(actionTensor, actions, rows * actionSize);
    program.run(rows);
    program.read("logProb", logProbs);
  };
}
