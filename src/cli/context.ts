// What the commands are given from outside, so that tests can give them something else.

import type { Algorithm } from "../algorithms/index.ts";
import type { EnvSpec } from "../envs/env.ts";
import type { BenchmarkSettings } from "../suites/run-suite.ts";
import type { evaluateRun } from "../runs/evaluate-run.ts";
import type { playRun } from "../runs/play-run.ts";
import type { CreateTraining } from "../runs/train-run.ts";
import type { checkEnvironment } from "./check-environment.ts";

/** A stream to write to: process.stdout, process.stderr, or a stand-in. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Bits of a colour: 1, 4, 8 or 24. */
  getColorDepth?(): number;
}

/** How a command hears of Ctrl-C. */
export interface Interruption {
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal;
  /** What the process then ends with: 130 for Ctrl-C. */
  readonly exitCode: number;
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

/** What a command works with. */
export interface Context {
  stdout: Output;
  stderr: Output;
  /** The folder that relative paths start from. */
  cwd: string;
  /** What the user typed after `polgrad`. */
  argv: readonly string[];
  library: Library;
  /** From here on, Ctrl-C is the command's to answer. */
  interruption(): Interruption;
}
