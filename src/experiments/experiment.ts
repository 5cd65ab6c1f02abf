// An experiment: a question of the lecture, how it is put to the test, and claims that its data support or do not.

import type { JobControls } from "../jobs/run-jobs.ts";
import type { Interval } from "../runs/statistics.ts";
import type { Chart } from "./charts.ts";
import type { Excerpt } from "./sources.ts";

/** What a claim comes to. */
export type Verdict = "supported" | "not supported" | "inconclusive";

/** The settings of a trial: what differs from one to the next. They survive JSON. */
export type Settings = Readonly<Record<string, string | number | boolean | null | readonly number[]>>;

/** A row of data; those of a trial carry its settings too. */
export type Row = Readonly<Record<string, string | number | boolean | null | readonly (number | null)[]>>;

/** A piece of an experiment that runs in a process of its own, in a minute or two at most: it is done whole or not at all. */
export interface Trial {
  /** Its name among the experiment's trials, and of its file: letters, digits and . _ + - only. */
  readonly id: string;
  readonly settings: Settings;
  /** How long it takes compared with the other trials, for the time that is left. Default 1. */
  readonly weight?: number;
}

/** How an experiment is carried out. */
export interface Protocol {
  readonly trials: readonly Trial[];
  /** Environments, seeds, budget and statistics, in a sentence or two for the page. */
  readonly words: string;
}

/** All rows of an experiment. */
export interface Data {
  readonly rows: readonly Row[];
  /** Whether they are of the short protocol. */
  readonly quick: boolean;
}

/** What data say of a claim. */
export interface Finding {
  readonly verdict: Verdict;
  /** The numbers, with intervals, in words. */
  readonly measured: string;
  /** The 95 % interval that decides, where one does. */
  readonly interval?: Interval | null;
}

/** A sentence that can be false. */
export interface Claim {
  /** Its name within the experiment. */
  readonly id: string;
  readonly claim: string;
  /** When it counts as supported, and when as not: written down before the full protocol was run. */
  readonly threshold: string;
  readonly judge: (data: Data) => Finding;
}

/** An experiment; each has a file of its own in lecture/. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** Where the lecture asks for it: "Question 1", "Exercise 3", or the section that claims it. */
  readonly place: string;
  readonly question: string;
  /**
   * What a reader should know to follow it, in at most a screen: paragraphs apart by empty lines, formulas between dollars
   * in TeX ($$ around one on a line of its own), `code` between backticks.
   */
  readonly lesson: string;
  /** The code of what it is about, from the source itself. */
  readonly code: readonly Excerpt[];
  /** @param quick the short protocol, of seconds */
  readonly protocol: (quick: boolean) => Protocol;
  /** Carries out a trial, and gives its rows. */
  readonly carryOut: (settings: Settings, controls: TrialControls) => Promise<readonly Row[]> | readonly Row[];
  readonly claims: readonly Claim[];
  readonly charts: (data: Data) => readonly Chart[];
  /** What the data say that the lecture does not, or where they disagree with it, and why; as `lesson` is written. */
  readonly discussion?: (data: Data) => string;
}

/** A claim with its verdict. */
export interface ClaimResult extends Finding {
  readonly id: string;
  readonly claim: string;
  readonly threshold: string;
}

/** An experiment with its verdicts. */
export interface ExperimentResult {
  readonly name: string;
  readonly title: string;
  readonly place: string;
  readonly question: string;
  readonly claims: readonly ClaimResult[];
  /** Its page. */
  readonly page: string;
  /** Of all trials, added up. */
  readonly seconds: number;
}

/** How a trial is stopped and followed: it reports which share of it is done. */
export type TrialControls = JobControls<number>;

/** Rows whose settings and values are as asked for. */
export const where = (data: Data, wanted: Readonly<Record<string, unknown>>): readonly Row[] =>
  data.rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name] === value));

/** The numbers of a column; rows without one are left out. */
export const numbers = (rows: readonly Row[], column: string): number[] =>
  rows.flatMap((row) => (typeof row[column] === "number" ? [row[column]] : []));

/** The one number that is asked for. @throws Error if there is not exactly one row */
export function numberOf(data: Data, wanted: Readonly<Record<string, unknown>>, column: string): number {
  const found = numbers(where(data, wanted), column);
  if (found.length !== 1) throw new Error(`${found.length} rows have ${JSON.stringify(wanted)}, instead of one`);
  return found[0];
}

/** Seeds 1 … n. */
export const seeds = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
