// What a search is: all that its decisions depend on besides the results of its trials.

import type { SearchRanges } from "../algorithms/ranges.ts";
import type { SweepEnv } from "../sweeps/sweep.ts";
import type { Values } from "./space.ts";

/** A search, as the first line of its journal holds it. */
export interface Plan {
  readonly algorithm: string;
  readonly env: SweepEnv;
  /** Options that all trials share, of those that were given. */
  readonly fixed: Values;
  /** What trial 0 has of the options that vary: the preset's, or the defaults. */
  readonly usual: Values;
  readonly ranges: SearchRanges;
  /** Of each trial: the first for all of it, the others where it comes to the last rung. */
  readonly seeds: readonly number[];
  readonly rungs: readonly Rung[];
  /** Episodes by which a trial is judged. */
  readonly episodes: number;
  /** How proposals are drawn. `random`: each by itself, with no rung but the last, to compare with. */
  readonly proposals: "parzen" | "random";
  /** Whether a rung waits for all its trials, so that the search is the same on any number of processes. */
  readonly synchronous: boolean;
  /** Of proposals. */
  readonly seed: number;
}

/** How far trials are trained before they are compared. */
export interface Rung {
  /** The part of the whole training, from 0 to 1. */
  readonly share: number;
  /** How many of the seeds. */
  readonly seeds: number;
}

/** One in so many trials of a rung goes on to the next. */
export const reduction = 3;

/**
 * The rungs of a search: parts of the training, each three times the one before, by the first seed; then all of it by all
 * seeds.
 */
export function rungsOf(count: number, seeds: number): Rung[] {
  const parts = Array.from({ length: count }, (_, i) => ({ share: 1 / reduction ** (count - 1 - i), seeds: 1 }));
  return seeds > 1 ? [...parts, { share: 1, seeds }] : parts;
}

/** A part of a trial that one process carries out: from the rung before, or from the beginning, to this rung. */
export interface Piece {
  readonly trial: number;
  readonly rung: number;
  readonly seed: number;
}

/** What a piece came to. */
export interface Outcome {
  /** The mean return of the evaluation; null where there is none, which counts as the worst. */
  readonly value: number | null;
  /** Why there is none. */
  readonly problem?: string;
  /** Steps trained by then, and SHA-256 of the weights. */
  readonly steps: number;
  readonly weightsSha256: string | null;
}
