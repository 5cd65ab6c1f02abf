// Reading checkpoints, those of earlier versions as well, and going on from them: see checkpoint.ts.

import { InputError } from "../errors.ts";
import { isNewerFormat, newerFormat } from "../file-format.ts";
import type { Learner } from "../learning/learner.ts";
import { unpack, type PackedArray } from "../packing.ts";
import { decodeSafetensors } from "../read-safetensors.ts";
import type { StoredTensor } from "../safetensors.ts";
import type { Engine } from "../tensor/index.ts";
import { inOneLine } from "../text/printable.ts";
import { checksum, format, stateRoot, tensorsOf, type CheckpointState, type Subject } from "./checkpoint.ts";
import { assertSameInputs, assertSameOptions } from "./same-options.ts";
import type { Score } from "./score.ts";

/** A checkpoint's contents, checked to be whole. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly state: CheckpointState;
}

/** @throws InputError if the bytes are damaged, or no checkpoint */
export function readCheckpoint(bytes: Uint8Array, name = "the checkpoint"): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  let state: (CheckpointState & OldState) | undefined;
  try {
    state = metadata.polgrad === undefined ? undefined : (JSON.parse(metadata.polgrad) as CheckpointState & OldState);
  } catch (error) {
    throw new InputError(`${name} is damaged: its state is not JSON`, { cause: error });
  }
  if (state?.format === formats[0]) return { tensors, state: upgraded(state) };
  if (state?.format === formats[1]) return { tensors, state: { ...state, options: {} } };
  if (isNewerFormat(state?.format, format)) throw new InputError(newerFormat(name, state.format, format));
  if (state?.format !== format)
    throw new InputError(`${name} is not a checkpoint that polgrad wrote (format "${format}")`);
  if (metadata.checksum !== checksum(metadata.polgrad, tensors))
    throw new InputError(`${name} is damaged: its contents do not fit its checksum`);
  return { tensors, state };
}

/**
 * Gives a learner and a score the state of a checkpoint; returns what else had been counted.
 *
 * @param change names of options that may differ from the checkpoint's, though they matter
 * @throws InputError if the bytes are damaged, or are another training's
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  engine: Engine,
  learner: Learner,
  subject: Subject,
  score: Score,
  change: readonly string[],
): { updates: number } {
  const { tensors, state } = readCheckpoint(bytes);
  assertSubject(state, subject);
  assertSameInputs(state.inputs ?? {}, subject.inputs ?? {});
  assertSameOptions(state.options, subject.options, change);
  const arrays = Object.entries(learner.arrays ?? {});
  const ofStates = [...tensors].filter(([name]) => name.startsWith(`${stateRoot}/`));
  const known = new Set([
    ...tensorsOf(learner).map((v) => v.name),
    ...arrays.map(([name]) => name),
    ...ofStates.map(([name]) => name),
  ]);
  const foreign = [...tensors.keys()].find((tensor) => !known.has(tensor));
  if (foreign !== undefined)
    throw new InputError(
      `the checkpoint has a tensor "${inOneLine(foreign)}", which these networks and options do not use`,
    );
  const stored = (name: string, shape: readonly number[]): StoredTensor => {
    const found = tensors.get(name);
    if (!found || found.shape.join() !== shape.join())
      throw new InputError(`the checkpoint has no tensor "${name}" of shape [${shape.join(", ")}]`);
    return found;
  };
  for (const v of tensorsOf(learner)) engine.write(v, stored(v.name, v.shape as number[]).data as Float32Array);
  for (const [name, array] of arrays) array.set(stored(name, [array.length]).data as typeof array);
  const packed = new Map(ofStates.map(([name, { data }]) => [name, data.slice() as PackedArray]));
  const states = unpack(state.learner, packed) as Record<string, unknown>;
  for (const [name, s] of Object.entries(learner.states)) s.setState(states[name]);
  const { updates, episodes, lastReturns, solvedAtStep } = state;
  score.setState({ episodes, lastReturns, solvedAtStep });
  return { updates };
}

function assertSubject(state: CheckpointState, { algorithm, env, spaces }: Subject): void {
  const on = (name: string | null): string => (name === null ? "" : ` on ${name}`);
  if (state.algorithm !== algorithm || state.env !== env)
    throw new InputError(
      `the checkpoint is of ${inOneLine(`${state.algorithm}${on(state.env)}`)}, and cannot be resumed as ${algorithm}${on(env)}`,
    );
  if (state.spaces !== null && state.spaces !== spaces)
    throw new InputError(
      `the checkpoint is of ${env} with ${inOneLine(String(state.spaces))}, and cannot be resumed with ${spaces}`,
    );
}

// What earlier versions wrote: 0.1.0 kept the agent and the optimizers apart from the learner's other states. Neither knew
// its options, nor a checksum.

const formats = ["polgrad-checkpoint-2", "polgrad-checkpoint-3"] as const;

interface OldState {
  readonly agent: unknown;
  readonly optimizerSteps: readonly number[];
}

const upgraded = ({ agent, optimizerSteps, ...state }: CheckpointState & OldState): CheckpointState => ({
  ...state,
  spaces: state.spaces ?? null,
  options: {},
  learner: { ...(state.learner as object), optimizer: optimizerSteps, agent },
});
