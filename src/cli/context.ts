// What the commands are given from outside, so that tests can give them something else.

import type { Algorithm } from "../algorithms/index.ts";
import type { EnvSpec } from "../envs/env.ts";
import type { BenchmarkSettings } from "../suites/run-suite.ts";
import type { evaluateRun } from "../runs/evaluate-run.ts";
import type { playRun } from "../runs/play-run.ts";
import type { CreateTraining } from "../runs/train-run.ts";
import type { checkEnvironment } from "./check-environment.ts";

/** A stream to write to: process.stdout, process.stderr, or a stand-in. It passes on what it is given. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Bits of a colour: 1, 4, 8 or 24. */
  getColorDepth?(): number;
}

/** What commands write to: see `printableOutput`. */
export interface Output extends Stream {
  /** Writes text, whoever it is of: what a terminal would obey in it is shown as an escape. */
  write(text: string): unknown;
  /** Writes what has control sequences of our own; text of others in it must be printable. */
  draw(text: string): unknown;
}

/** How a command hears of Ctrl-C. */
export interface Interruption {
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal;
  /** What the process then ends with: 130 for Ctrl-C. */
  readonly exitCode: number;
  /** Why it stops where nobody asked it to: an error outside of all calls, such as in an environment's timer. */
  readonly failure?: { readonly cause: unknown };
  /** Stops as Ctrl-C does, because of such an error. */
  fail?(cause: unknown): void;
  /**
   * Lets Ctrl-C be answered where a call of an environment does not return.
   *
   * @param lastWords what is said then, written as it is
   */
  guard?(lastWords: string): void;
}

/** What of the library the command line uses. */
export interface Library {
  createTraining: CreateTraining;
  algorithms: Readonly<Record<string, Algorithm>>;
  environments(): EnvSpec[];
  checkEnvironment: typeof checkEnvironment;
  evaluateRun: typeof evaluateRun;
  /** Carries out one run of a benchmark. Default: in a process of its own. */
  carryOut?: BenchmarkSettings["carryOut"];
  playRun: typeof playRun;
}

/** What a command line is carried out with. */
export interface Surroundings {
  stdout: Stream;
  stderr: Stream;
  /** The folder that relative paths start from. */
  cwd: string;
  /** What the user typed after `polgrad`. */
  argv: readonly string[];
  /** The library, or what loads it once a command needs it. */
  library: Library | (() => Promise<Library>);
  /** From here on, Ctrl-C is the command's to answer. */
  interruption(): Interruption;
  /** From here on, this is what a user is to know if the process ends before the command has. */
  keep?(lastWords: string): void;
  /** Asks the person at the terminal; left out where nobody is there to answer. */
  confirm?(question: string): Promise<boolean>;
}

/** Surroundings whose streams show the text of others, and never obey it: see `printableOutput`. */
export interface Terminal extends Omit<Surroundings, "library"> {
  stdout: Output;
  stderr: Output;
}

/** What a command works with: its text goes through here, and nowhere else, to the terminal. */
export interface Context extends Terminal {
  library: Library;
}
