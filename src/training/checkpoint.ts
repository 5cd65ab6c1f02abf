// A checkpoint: everything that a training needs to go on elsewhere with the same bits, as one safetensors file. The
// learner's variables and arrays are its tensors; all other state is JSON in its metadata.

import { InputError } from "../errors.ts";
import type { Learner } from "../learning/learner.ts";
import type { Engine, Variable } from "../tensor/index.ts";
import { decodeSafetensors, encodeSafetensors, storedTensor, type StoredTensor } from "./safetensors.ts";
import type { Score, ScoreState } from "./score.ts";

const format = "polgrad-checkpoint-3";

/** What a checkpoint belongs to: nothing else can resume from it. */
export interface Subject {
  readonly algorithm: string;
  /** The environment's name and, in words, its spaces; null for learners that play in none. */
  readonly env: string | null;
  readonly spaces: string | null;
}

/** What a training has counted. */
export interface Counts extends ScoreState {
  readonly updates: number;
}

interface State extends Subject, Counts {
  readonly format: string;
  /** Of the learner's `states`, by name. */
  readonly learner: Readonly<Record<string, unknown>>;
}

const tensorsOf = ({ weights, variables }: Learner): Variable[] => [...weights, ...variables];

/** The bytes of a checkpoint: a safetensors file. */
export function encodeCheckpoint(engine: Engine, learner: Learner, subject: Subject, counts: Counts): Uint8Array {
  const state: State = {
    format,
    ...subject,
    ...counts,
    learner: Object.fromEntries(Object.entries(learner.states).map(([name, s]) => [name, s.getState()])),
  };
  const tensors: [string, StoredTensor][] = tensorsOf(learner).map((v) => [
    v.name,
    storedTensor(engine.read(v), v.shape as number[]),
  ]);
  const arrays: [string, StoredTensor][] = Object.entries(learner.arrays ?? {}).map(([name, array]) => [
    name,
    storedTensor(array, [array.length]),
  ]);
  return encodeSafetensors([...tensors, ...arrays], { polgrad: JSON.stringify(state) });
}

/** What is trained alone. */
export const encodeWeights = (engine: Engine, { weights }: Learner, { algorithm, env }: Subject): Uint8Array =>
  encodeSafetensors(
    weights.map((v) => [v.name, storedTensor(engine.read(v), v.shape as number[])]),
    { polgrad: JSON.stringify({ format: "polgrad-weights-1", algorithm, env }) },
  );

/**
 * Gives a learner and a score the state of a checkpoint; returns what else had been counted.
 *
 * @throws InputError if the bytes are damaged, or are another training's
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  engine: Engine,
  learner: Learner,
  subject: Subject,
  score: Score,
): { updates: number } {
  const { tensors, metadata } = decodeSafetensors(bytes, "the checkpoint");
  const state = readState(metadata.polgrad);
  assertSubject(state, subject);
  const arrays = Object.entries(learner.arrays ?? {});
  const known = new Set([...tensorsOf(learner).map((v) => v.name), ...arrays.map(([name]) => name)]);
  const foreign = [...tensors.keys()].find((tensor) => !known.has(tensor));
  if (foreign !== undefined)
    throw new InputError(`the checkpoint has a tensor "${foreign}", which these networks and options do not use`);
  const stored = (name: string, shape: readonly number[]): StoredTensor => {
    const found = tensors.get(name);
    if (!found || found.shape.join() !== shape.join())
      throw new InputError(`the checkpoint has no tensor "${name}" of shape [${shape.join(", ")}]`);
    return found;
  };
  for (const v of tensorsOf(learner)) engine.write(v, stored(v.name, v.shape as number[]).data as Float32Array);
  for (const [name, array] of arrays) array.set(stored(name, [array.length]).data as typeof array);
  for (const [name, s] of Object.entries(learner.states)) s.setState(state.learner[name]);
  const { updates, episodes, lastReturns, solvedAtStep } = state;
  score.setState({ episodes, lastReturns, solvedAtStep });
  return { updates };
}

function readState(json: string | undefined): State {
  let state: (State & OldState) | undefined;
  try {
    state = json === undefined ? undefined : (JSON.parse(json) as State & OldState);
  } catch (error) {
    throw new InputError("the checkpoint's state is not JSON: the file is damaged", { cause: error });
  }
  if (state?.format === oldFormat) return upgraded(state);
  if (state?.format !== format)
    throw new InputError(`this is not a checkpoint that polgrad wrote (format "${format}")`);
  return state;
}

function assertSubject(state: State, { algorithm, env, spaces }: Subject): void {
  const on = (name: string | null): string => (name === null ? "" : ` on ${name}`);
  if (state.algorithm !== algorithm || state.env !== env)
    throw new InputError(
      `the checkpoint is of ${state.algorithm}${on(state.env)}, and cannot be resumed as ${algorithm}${on(env)}`,
    );
  if (state.spaces !== null && state.spaces !== spaces)
    throw new InputError(`the checkpoint is of ${env} with ${state.spaces}, and cannot be resumed with ${spaces}`);
}

// What 0.1.0 wrote: the agent and the optimizers stood apart from the learner's other states.

const oldFormat = "polgrad-checkpoint-2";

interface OldState {
  readonly agent: unknown;
  readonly optimizerSteps: readonly number[];
}

const upgraded = ({ agent, optimizerSteps, ...state }: State & OldState): State => ({
  ...state,
  spaces: state.spaces ?? null,
  learner: { ...state.learner, optimizer: optimizerSteps, agent },
});
