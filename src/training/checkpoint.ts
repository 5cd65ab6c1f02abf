// A checkpoint: everything that a training needs to go on elsewhere with the same bits, as one safetensors file. The
// learner's variables and arrays are its tensors, and so are the typed arrays in its states; the rest of those is JSON in
// the file's metadata, with the options that the training had and a checksum of it all. read-checkpoint.ts reads it.

import { RunError } from "../errors.ts";
import { TextEncoder } from "../globals.ts";
import type { Learner } from "../learning/learner.ts";
import { crc32c } from "../math/crc32c.ts";
import { pack } from "../packing.ts";
import type { Engine, Variable } from "../tensor/index.ts";
import { encodeSafetensors, storedTensor, type StoredTensor } from "../safetensors.ts";
import type { ScoreState } from "./score.ts";

export const format = "polgrad-checkpoint-4";

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

/** How long a run is, on how many threads, and how often it is looked at: these change no number before their time. */
const free = ["totalSteps", "totalEpisodes", "iterations", "workers", "evaluateEvery", "evaluateEpisodes"];

/** Of the options of a training, those that a checkpoint keeps: all that matter, but for `env`, which it names. */
export const keptOptions = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name !== "env" && !free.includes(name)));

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
export const stateRoot = "state";

export const tensorsOf = ({ weights, variables }: Learner): Variable[] => [...weights, ...variables];

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
export function checksum(state: string, tensors: ReadonlyMap<string, StoredTensor>): string {
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
