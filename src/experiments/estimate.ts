// How long experiments will take, and how much memory, before anything is run.

import { extname } from "node:path";
import { inProcess } from "../jobs/fork-job.ts";
import { mean } from "../runs/statistics.ts";
import { expectedSeconds } from "./expected.ts";
import { probeReference, type TrialProbe } from "./probe.ts";
import type { TrialJob } from "./run-experiments.ts";

/** What is expected of experiments. */
export interface ExperimentsEstimate {
  /** Until all is done. */
  readonly seconds: number;
  /** Of work, by experiment, of what is not done yet. */
  readonly experiments: readonly { readonly name: string; readonly seconds: number; readonly trials: number }[];
  /** Of all processes together. */
  readonly bytes: number;
  readonly atATime: number;
  /** How many times as long this machine takes as the one that the expectations are of. */
  readonly slowness: number;
}

const forkProbe = inProcess<null, TrialProbe>(new URL(`./probe${extname(import.meta.url)}`, import.meta.url).href);

/** Measures as many processes at a time as would run. */
export async function probeMachine(atATime: number): Promise<TrialProbe> {
  const probes = await Promise.all(
    Array.from({ length: atATime }, async () => {
      let measured: TrialProbe = { seconds: NaN, bytes: NaN };
      await forkProbe(null, { onProgress: (probe) => (measured = probe) });
      return measured;
    }),
  );
  return { seconds: mean(probes.map(({ seconds }) => seconds)), bytes: Math.max(...probes.map(({ bytes }) => bytes)) };
}

/** Seconds that a process takes to start. */
const startSeconds = 0.3;

/** What the trials of a board that are not done will take, by a probe of this machine. */
export function estimateExperiments(
  board: readonly TrialJob[],
  quick: boolean,
  atATime: number,
  probe: TrialProbe,
): ExperimentsEstimate {
  const slowness = probe.seconds / probeReference;
  const names = [...new Set(board.map(({ task }) => task.experiment))];
  const experiments = names.map((name) => {
    const trials = board.filter(({ task }) => task.experiment === name);
    const left = trials.filter(({ result }) => result === null);
    const weight = (jobs: readonly TrialJob[]) => jobs.reduce((sum, { task }) => sum + (task.trial.weight ?? 1), 0);
    const whole = expectedSeconds[name]?.[quick ? "quick" : "full"] ?? 0;
    const seconds = slowness * ((whole * weight(left)) / weight(trials) + startSeconds * left.length);
    return { name, seconds, trials: left.length };
  });
  const work = experiments.reduce((sum, { seconds }) => sum + seconds, 0);
  return { seconds: work / atATime, experiments, bytes: atATime * probe.bytes, atATime, slowness };
}
