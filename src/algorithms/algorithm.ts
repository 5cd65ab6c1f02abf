// What an algorithm is: options, and a function that makes a learner out of a setting. Algorithms know no files or
// terminals.

import type { z } from "zod";
import type { VectorEnv } from "../envs/index.ts";
import type { Optimizer } from "../optimizers/index.ts";
import type { Moments } from "../math/moments.ts";
import type { ActorCritic } from "../policies/index.ts";
import type { StreamPurpose, SeedSequence } from "../random/index.ts";
import { createAgent, type Agent, type Crew, type FinishedEpisode } from "../experience/index.ts";
import type { Engine } from "../tensor/index.ts";
import type { Pool } from "../threads/index.ts";
import type { MetricFigure } from "./metric-figures.ts";

/** What an algorithm learns with. */
export interface Setting<Options> {
  readonly options: Options;
  readonly engine: Engine;
  /** The environments of this thread: all of them, or the first ones. */
  readonly vector: VectorEnv;
  /** How many environments there are, over all threads. */
  readonly environments: number;
  /** The other threads as players of the other environments, where there are any. */
  readonly crew?: Crew;
  /** For an asynchronous algorithm: the environments of each worker that this thread plays, one vector a worker. */
  readonly vectors: readonly VectorEnv[];
  /** The threads themselves: what an asynchronous algorithm talks to. */
  readonly pool?: Pool;
  /** Another policy of the same networks on the same engine, with weights of its own. */
  readonly copyPolicy: () => ActorCritic;
  readonly policy: ActorCritic;
  readonly streams: (purpose: StreamPurpose) => SeedSequence;
}

/** The agent of a setting: its policy in its environments, rewards normalized where its options ask for it. */
export const agentOf = ({ vector, policy, streams, options, crew }: Setting<SharedOptions>): Agent =>
  createAgent({
    vector,
    policy,
    actions: streams("actions"),
    normalizeRewards: options.normalizeRewards ? { gamma: options.gamma } : undefined,
    crew,
  });

/** Whoever acts in a training, as far as that must know: an {@link Agent}, or several workers. */
export interface Acting {
  /** Environment steps so far, over all environments. */
  steps: number;
  /** Episodes that ended since the list was last emptied by whoever reads it. */
  readonly finished: FinishedEpisode[];
  /** Starts the environments. */
  reset(): void;
  getState(): ActingState;
  setState(state: ActingState): void;
}

export interface ActingState {
  readonly steps: number;
  /** Where observations are normalized. */
  readonly observationMoments?: Moments;
  /** Where rewards are normalized. */
  readonly rewards?: unknown;
}

/** Numbers about one update, by name. */
export type Metrics = Record<string, number>;

/** Something whose state belongs in a checkpoint, as an object that survives JSON. */
export interface Stateful<State = unknown> {
  getState(): State;
  setState(state: State): void;
}

/** An algorithm at work on one policy. */
export interface Learner {
  /** Observes, acts and counts; its state belongs in a checkpoint. */
  readonly agent: Acting;
  readonly optimizers: readonly Optimizer[];
  /** More that a checkpoint needs. */
  readonly states?: Readonly<Record<string, Stateful>>;
  /**
   * One update: collects experience and learns from it. It yields between its parts, at most a few milliseconds apart,
   * so that a page or a terminal stays alive meanwhile; nothing depends on what happens there.
   *
   * @param remaining what is left of the run, 1 at the start to 0 at the end: schedules follow it
   * @throws RunError when a loss or gradient is not finite, naming the first tensor that held a NaN; the weights are
   *   then those before the bad step
   */
  update(remaining: number): Generator<void, Metrics>;
}

export interface Algorithm<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** The name as prose writes it: "PPO". */
  readonly title: string;
  /** One line for lists and help. */
  readonly summary: string;
  /** The options that only this algorithm has, with defaults and descriptions. */
  readonly options: Schema;
  /** Default number of environments. */
  readonly environments: number;
  /**
   * True where each of the "workers" has environments of its own, "envs" of them, and learns without waiting for the
   * others.
   */
  readonly asynchronous?: boolean;
  /** Whether it can train policies with a memory. Default false. */
  readonly trainsMemory?: boolean;
  /** Options that were measured to work, by environment. */
  readonly presets: Presets;
  /** How reports show its metrics, in their order; one that is not described gets a plain figure. */
  readonly metrics: readonly MetricFigure[];
  /**
   * Checks what no single option shows. A message names an option as `option "envs"`: where the option was given as a
   * flag or in a file, it is told so.
   *
   * @throws InputError
   */
  check?(options: z.output<Schema> & SharedOptions & { readonly envs: number }): void;
  create(setting: Setting<z.output<Schema> & SharedOptions>): Learner;
}

/** Options that stand between the defaults and what the user gives; only what differs from the defaults is stated. */
export type Preset = Readonly<Record<string, unknown>>;

/** Presets by the name of the environment. */
export type Presets = Readonly<Record<string, Preset>>;

/** Options of every algorithm that the learner itself reads. */
export interface SharedOptions {
  /** Environment steps of the run; null where its episodes count. */
  readonly totalSteps: number | null;
  readonly gamma: number;
  readonly entropyCoefficient: number;
  readonly normalizeRewards: boolean;
}
