// Inference: a policy's π and V for a batch of observations, and actions drawn from it.

import type { Generator } from "../random/index.ts";
import { input, type Program, type Tensor } from "../tensor/index.ts";
import { maskInput, stateInput, type ActorCritic } from "./policy.ts";

/** π and V for up to `rows` observations at a time, read into arrays that are overwritten by each run. */
export interface Inference {
  /** [rows, distributionSize]: what gives π(·|s). */
  readonly distributions: Float32Array;
  /**
   * What actions are drawn from: the probabilities [rows, distributionSize], or `distributions` where there are densities.
   */
  readonly numbers: Float32Array;
  /** [rows] */
  readonly values: Float32Array;
  /** [rows, actionSize]: the actions last drawn, as they are stored, and log π of them [rows]. */
  readonly actions: Float32Array;
  readonly logProbs: Float32Array;
  /** The same actions in the units of the environment; those of a Box may lie beyond its bounds. */
  readonly environmentActions: Float32Array;
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
  readonly masks?: Uint8Array;
  /** [rows, stateSize]: what is remembered. */
  readonly states?: Float32Array;
}

/** Compiles a policy for acting on up to `rows` observations at a time. */
export function createInference(policy: ActorCritic, rows: number): Inference {
  const { engine, head, observationSize, distributionSize, actionSize, maskSize, stateSize } = policy;
  const observation = input("observation", ["rows", observationSize]);
  const [mask, before] = [maskInput(policy), stateInput(policy)];
  const { distribution, value, state } = policy.forward(observation, mask, before);
  const { parameters, probabilities } = distribution;
  const outputs: Record<string, Tensor> = { parameters, value };
  if (probabilities) outputs.probabilities = probabilities;
  if (state) outputs.state = state;
  const program = engine.compile({ outputs }, { capacity: rows });
  let valueProgram: Program | undefined;
  const values = new Float32Array(rows);
  const distributions = new Float32Array(rows * distributionSize);
  const numbers = probabilities ? new Float32Array(rows * distributionSize) : distributions;
  const actions = new Float32Array(rows * actionSize);
  const environmentActions = head.transform ? new Float32Array(actions.length) : actions;
  const logProbs = new Float32Array(rows);
  const nextStates = new Float32Array(rows * stateSize);
  let score: Score | undefined;
  const [readParameters, readValue] = [program.reader("parameters"), program.reader("value")];
  const readProbabilities = probabilities && program.reader("probabilities");

  return {
    distributions,
    numbers,
    values,
    actions,
    environmentActions,
    logProbs,
    nextStates,
    run(batch, count, { masks, states } = {}) {
      program.write(observation, batch, count * observationSize);
      if (masks) program.write(mask!, masks, count * maskSize);
      if (before) program.write(before, states!, count * stateSize);
      program.run(count);
      readParameters(distributions);
      readProbabilities?.(numbers);
      readValue(values);
      if (state) program.read("state", nextStates);
    },
    runValues(batch, count, out, states) {
      valueProgram ??= engine.compile({ outputs: { value } }, { capacity: rows });
      valueProgram.write(observation, batch, count * observationSize);
      if (before) valueProgram.write(before, states!, count * stateSize);
      valueProgram.run(count);
      valueProgram.read("value", values);
      for (let i = 0; i < count; i++) out[i] = values[i];
    },
    sample(count, generators) {
      for (let i = 0; i < count; i++)
        head.sample(numbers, i * distributionSize, generators[i], actions, i * actionSize);
      head.transform?.(actions, count, environmentActions);
      score ??= scorer(policy, rows); // acting alone needs none
      score(distributions, actions, count, logProbs);
    },
  };
}

type Score = (distributions: Float32Array, actions: Float32Array, rows: number, logProbs: Float32Array) => void;

/**
 * log π of actions, with the bits that the graph of an update gives, so that the first ratio of an update is exactly 1.
 */
function scorer(policy: ActorCritic, capacity: number): Score {
  const { engine, head, actionSpace, distributionSize, actionSize } = policy;
  if (actionSpace.kind === "discrete")
    return (distributions, actions, rows, logProbs) => {
      for (let i = 0; i < rows; i++) logProbs[i] = distributions[i * distributionSize + actions[i]];
    };
  const distribution = input("distribution", ["rows", distributionSize]);
  const action = input("action", ["rows", actionSize]);
  const logProb = head.fromParameters(distribution).logProb(action);
  const program = engine.compile({ outputs: { logProb } }, { capacity });
  const readLogProb = program.reader("logProb");
  return (distributions, actions, rows, logProbs) => {
    program.write(distribution, distributions, rows * distributionSize);
    program.write(action, actions, rows * actionSize);
    program.run(rows);
    readLogProb(logProbs);
  };
}
