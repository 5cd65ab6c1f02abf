// A checkpoint: everything that a training needs to go on elsewhere with the same bits, as one safetensors file. The
// learner's variables and arrays are its tensors, and so are the typed arrays in its states; the rest of those is JSON in
// the file's metadata, with the options that the training had and a checksum of it all.

import { InputError, RunError } from "../errors.ts";
import { isNewerFormat, newerFormat } from "../file-format.ts";
import { TextEncoder } from "../globals.ts";
import type { Learner } from "../learning/learner.ts";
import { crc32c } from "../math/crc32c.ts";
import { pack, unpack, type PackedArray } from "../packing.ts";
import type { Engine, Variable } from "../tensor/index.ts";
import { assertSameInputs, assertSameOptions } from "./same-options.ts";
import { decodeSafetensors, encodeSafetensors, storedTensor, type StoredTensor } from "../safetensors.ts";
import { inOneLine } from "../text/printable.ts";
import type { Score, ScoreState } from "./score.ts";

const format = "polgrad-checkpoint-4";

/** What a checkpoint belongs to: nothing else can resume from it. */
export interface Subject {
  readonly algorithm: string;
  /** The environment's name and, in words, its spaces; null for learners that play in none. */
  readonly env: string | null;
  readonly spaces: string | null;
  /** Those that matter to what is learned, see `keptOptions`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** SHA-256 of what is learned from, by name, where there is such. */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** What a training has counted. */
export interface Counts extends ScoreState {
  readonly updates: number;
}

/** What a checkpoint says of itself. */
export interface CheckpointState extends Subject, Counts {
  readonly format: string;
  /** Of the learner's `states`, by name, packed. */
  readonly learner: unknown;
}

/** What the names of the states' arrays begin with. */
const stateRoot = "state";

const tensorsOf = ({ weights, variables }: Learner): Variable[] => [...weights, ...variables];

/**
 * The bytes of a checkpoint: a safetensors file.
 *
 * @throws RunError if a weight is not finite, or a state cannot be kept: nothing could go on from it
 */
export function encodeCheckpoint(engine: Engine, learner: Learner, subject: Subject, counts: Counts): Uint8Array {
  const tensors = tensorsOf(learner).map((v): [string, StoredTensor] => [
    v.name,
    storedTensor(engine.read(v), v.shape as number[]),
  ]);
  assertFinite(subject.algorithm, tensors.slice(0, learner.weights.length));
  const states = Object.entries(learner.states).map(([name, s]) => [name, s.getState()]);
  try {
    const { tree, arrays } = pack(Object.fromEntries(states), stateRoot);
    const state: CheckpointState = { format, ...subject, ...counts, learner: tree };
    const stored = [...Object.entries(learner.arrays ?? {}), ...arrays].map(([name, array]): [string, StoredTensor] => [
      name,
      storedTensor(array),
    ]);
    const all = [...tensors, ...stored];
    const polgrad = JSON.stringify(state);
    return encodeSafetensors(all, { polgrad, checksum: checksum(polgrad, new Map(all)) });
  } catch (error) {
    throw new RunError(`${subject.algorithm}: no checkpoint can be made: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** @throws RunError if a number is not finite */
function assertFinite(algorithm: string, tensors: readonly (readonly [string, StoredTensor])[]): void {
  for (const [name, { data }] of tensors) {
    const at = (data as Float32Array).findIndex((x) => !Number.isFinite(x));
    if (at >= 0)
      throw new RunError(
        `${algorithm}: tensor "${name}" has grown beyond all bounds: its element ${at} is ${data[at]}`,
      );
  }
}

/** CRC-32C of all that a checkpoint says, in hexadecimal. */
function checksum(state: string, tensors: ReadonlyMap<string, StoredTensor>): string {
  let crc = crc32c(new TextEncoder().encode(state));
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, data } = tensors.get(name)!;
    crc = crc32c(new TextEncoder().encode(`${name} ${dtype} ${shape.join()}`), crc);
    crc = crc32c(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc);
  }
  return crc.toString(16).padStart(8, "0");
}

/** What is trained alone. */
export const encodeWeights = (engine: Engine, { weights }: Learner, { algorithm, env }: Subject): Uint8Array =>
  encodeSafetensors(
    weights.map((v) => [v.name, storedTensor(engine.read(v), v.shape as number[])]),
    { polgrad: JSON.stringify({ format: "polgrad-weights-1", algorithm, env }) },
  );

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
