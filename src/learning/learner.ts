// What learns: something that is updated until it is done, and whose whole state fits into a checkpoint. It need not
// play in an environment.

import type { SeedSequence, StreamPurpose } from "../random/index.ts";
import type { Engine, Variable } from "../tensor/index.ts";

/** Numbers about one update, by name. */
export type Metrics = Record<string, number>;

/** Something whose state belongs in a checkpoint, as an object that survives JSON. */
export interface Stateful<State = unknown> {
  /** The state as data that survives JSON. */
  getState(): State;
  /** Goes on from a state that `getState` gave. */
  setState(state: State): void;
}

/** Numbers that belong in a checkpoint as they lie in memory, such as a replay buffer. */
export type StoredArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** An update in progress: see {@link Learner}. */
export type Update = Generator<unknown, Metrics>;

/** What a learner learns with. */
export interface Setting<Options> {
  readonly options: Options;
  readonly engine: Engine;
  /** The run's streams of random numbers, by what they are for. */
  readonly streams: (purpose: StreamPurpose) => SeedSequence;
}

/** What a run's folder keeps of a learner besides logs and checkpoints. Its parts yield as updates do. */
export interface Keepsakes {
  /**
   * A line of texts.jsonl about the learner as it is: asked for before the first update and after each. Undefined where
   * there is nothing to tell.
   */
  tell?(): Generator<unknown, Readonly<Record<string, unknown>> | undefined>;
  /**
   * Files by their path in the folder, as "model/config.json": made of the learner's state alone.
   *
   * @param done whether the training is at its end
   */
  files(done: boolean): Generator<unknown, ReadonlyMap<string, Uint8Array>>;
}

/** An algorithm at work on one model. */
export interface Learner {
  /** How far it is, in the unit that `totalSteps` counts: environment steps, for those that play. */
  readonly progress: { readonly steps: number };
  /** What is trained: `weightsSha256` is of these. */
  readonly weights: readonly Variable[];
  /** Further variables that a checkpoint needs: target networks, an optimizer's moments. */
  readonly variables: readonly Variable[];
  /** Arrays that a checkpoint needs, such as a replay buffer. */
  readonly arrays?: Readonly<Record<string, StoredArray>>;
  /** Whatever else a checkpoint needs. Restored in this order. */
  readonly states: Readonly<Record<string, Stateful>>;
  /** In place of the weights alone, what a run's folder keeps of it. */
  readonly keepsakes?: Keepsakes;
  /** What the update that had these metrics gives reason to warn of, each thing once. Called once after each update. */
  warnings?(metrics: Metrics): string[];
  /**
   * One update. It yields between its parts, at most a few milliseconds apart, so that a page or a terminal stays alive
   * meanwhile; nothing depends on what happens there. A promise that it yields is waited for, and what it resolves to
   * is what the `yield` gives.
   *
   * @param remaining what is left of the run, 1 at the start to 0 at the end: schedules follow it
   * @throws RunError when a loss or gradient is not finite, naming the first tensor that held a NaN; the weights are
   *   then those before the bad step
   */
  update(remaining: number): Update;
}
