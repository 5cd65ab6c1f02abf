// What the worker runs: something that goes on step by step, and tells what it has come to.

import type { Drawing } from "polgrad";
import type { Configuration } from "../protocol.ts";

export interface Simulation<Snapshot = unknown> {
  /** What the page shows now. */
  snapshot(): Snapshot | Promise<Snapshot>;
  step(): void | Promise<void>;
  readonly done: boolean;
  /** Steps a second while it plays; Infinity for as many as there can be. */
  readonly pace: number;
  /** Takes over another configuration where that needs no new run; false if it does. */
  adjust?(configuration: Configuration): boolean | Promise<boolean>;
  /** The next picture of an environment that is played in, at `fps`. */
  frame?(): Drawing | undefined;
  close?(): void;
}

/** Sets up a simulation; the same configuration gives the same bits. */
export type Create<C extends Configuration, Snapshot> = (configuration: C) => Promise<Simulation<Snapshot>>;
