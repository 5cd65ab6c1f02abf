// One β of RLHF in a process of its own: its run folder, begun or gone on with.

import { existsSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { JobControls, JobOutcome } from "../jobs/run-jobs.ts";
import type { RlhfSources } from "../runs/language/inputs.ts";
import { trainRlhfToRun } from "../runs/language/train.ts";
import { removeLeftovers } from "../runs/files.ts";
import { runFiles } from "../runs/run-folder.ts";
import { resumeRun, type RunResult, type RunSettings } from "../runs/train-run.ts";

/** What is to be done. */
export interface RlhfTask {
  readonly sources: RlhfSources;
  /** As they were given: all but β and the number of iterations may be left out. */
  readonly options: Readonly<Record<string, unknown>> & {
    readonly klCoefficient: number;
    readonly iterations: number;
    readonly seed: number;
  };
  /** The folder of all β, and the name of this one in it. */
  readonly runDir: string;
  readonly name: string;
  readonly command: string;
}

/** How far it is. */
export interface RlhfProgress {
  readonly update: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** That are written, of the last seconds. */
  readonly tokensPerSecond: number;
  /** Null before that can be told. */
  readonly secondsLeft: number | null;
}

/** Trains, and tells each iteration. */
export default async function carryOutRlhf(
  { sources, options, runDir, name, command }: RlhfTask,
  { signal, onProgress }: JobControls<RlhfProgress> = {},
): Promise<JobOutcome> {
  const settings: RunSettings = {
    signal,
    command,
    onWarning: () => undefined,
    onUpdate: ({ update, metrics }, { stepsPerSecond, secondsLeft }) =>
      onProgress?.({ update, metrics, tokensPerSecond: stepsPerSecond * metrics.length, secondsLeft }),
  };
  const run = join(runDir, name);
  let result: RunResult;
  // Who typed the command named the reward as well.
  if (existsSync(runFiles(run).config))
    result = await resumeRun(run, { ...settings, options: { iterations: options.iterations }, allowModules: sources.reward, lockSeconds: 2 }); // prettier-ignore
  else {
    removeUnbegun(run);
    result = await trainRlhfToRun({ ...sources, ...options }, { ...settings, runDir, name });
  }
  return result.status === "interrupted" ? "interrupted" : "finished";
}

/** Removes the folder of a run that was killed before it had a configuration, so that its name is free; never one with files. */
function removeUnbegun(run: string): void {
  if (!existsSync(run)) return;
  removeLeftovers(run);
  for (const folder of [runFiles(run).checkpoints, run]) if (existsSync(folder)) rmdirSync(folder);
}
