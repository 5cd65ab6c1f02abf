// What an algorithm is: it describes itself, and makes a learner out of a setting. Nothing outside this folder names
// a particular one.

import type { AsynchronousSetting, PlayingLearner, PlayingSetting, WorkerSetting } from "../experience/index.ts";
import type { Learner, Setting } from "../learning/learner.ts";
import type { OptionsOf, OptionsSchema } from "../learning/option-schema.ts";
import type { MetricFigure } from "./metric-figures.ts";

/** Options that stand between the defaults and what the user gives; only what differs from the defaults is stated. */
export type Preset = Readonly<Record<string, unknown>>;

/** Presets by the name of the environment. */
export type Presets = Readonly<Record<string, Preset>>;

interface Description<Schema extends OptionsSchema> {
  /** What commands call it. */
  readonly name: string;
  /** What reports call it. */
  readonly title: string;
  /** One line for lists and help. */
  readonly summary: string;
  /** All options but those of every run, with defaults and descriptions. */
  readonly options: Schema;
  /** Options that were measured to work, by environment. */
  readonly presets: Presets;
  /** How reports show its metrics, in their order; a metric without a description gets a plain figure. */
  readonly metrics: readonly MetricFigure[];
  /** Options of earlier versions that old runs may still state, with the only value that still works. */
  readonly retiredOptions?: Readonly<Record<string, unknown>>;
  /**
   * Checks combinations of options. A message names an option as `option "envs"`: where the option was given as a
   * flag or in a file, the message is reworded.
   *
   * @throws InputError
   */
  check?(options: OptionsOf<Schema> & RunOptions & { readonly envs: number }): void;
}

/** One that learns without an environment. */
export interface DataAlgorithm<
  Schema extends OptionsSchema = OptionsSchema,
  Made extends Learner = Learner,
> extends Description<Schema> {
  readonly environments: 0;
  readonly asynchronous?: false;
  /** Steps of a run with these options, where its data say how long it is: "totalSteps" is then none of the user's. */
  length?(options: OptionsOf<Schema>): number;
  /** SHA-256 of what it learns from, by what messages call it, as "texts": a checkpoint goes on with the same alone. */
  inputs?(): Readonly<Record<string, string>>;
  /** A learner with freshly initialized weights. */
  create(setting: Setting<OptionsOf<Schema> & RunOptions>): Made;
}

/** One that plays in environments that are stepped together. */
export interface PlayingAlgorithm<Schema extends OptionsSchema = OptionsSchema> extends Description<Schema> {
  /** Default number of environments. */
  readonly environments: number;
  readonly asynchronous?: false;
  /** Whether it can train policies with a memory. Default false. */
  readonly trainsMemory?: boolean;
  /** A learner with freshly initialized weights, in environments that are not started yet. */
  create(setting: PlayingSetting<OptionsOf<Schema> & RunOptions>): PlayingLearner;
  /** What a worker thread does for it: answers messages. Left out by those that use one thread. */
  work?(setting: WorkerSetting<OptionsOf<Schema> & RunOptions>): (message: unknown) => unknown;
}

/** One whose workers have their own environments and do not wait for each other. */
export interface AsynchronousAlgorithm<Schema extends OptionsSchema = OptionsSchema> extends Description<Schema> {
  /** Default number of environments of each worker. */
  readonly environments: number;
  readonly asynchronous: true;
  readonly trainsMemory?: boolean;
  /** A learner with freshly initialized weights, whose environments are not started yet. */
  create(setting: AsynchronousSetting<OptionsOf<Schema> & RunOptions>): PlayingLearner;
  /** What a worker thread does for it: answers messages. */
  work(setting: WorkerSetting<OptionsOf<Schema> & RunOptions>): (message: unknown) => unknown;
}

/** An algorithm: one that plays, on one thread or several, or one that learns from data alone. */
export type Algorithm<Schema extends OptionsSchema = OptionsSchema> =
  DataAlgorithm<Schema> | PlayingAlgorithm<Schema> | AsynchronousAlgorithm<Schema>;

/** Options of every run that a learner may need. */
export interface RunOptions {
  /** Steps of the run; null if its length is in episodes. */
  readonly totalSteps: number | null;
  /** Episodes of the run; null if its length is in steps. */
  readonly totalEpisodes: number | null;
}
