// A short training in a process of its own, which tells how fast this machine is and how much memory a trial takes.

import { performance } from "node:perf_hooks";
import type { JobControls, JobOutcome } from "../jobs/run-jobs.ts";
import { trainCurve } from "./train-curve.ts";

/** What the probe measured. */
export interface TrialProbe {
  /** Of a training of 20,480 steps. */
  readonly seconds: number;
  /** The most memory that the process held. */
  readonly bytes: number;
}

/** What {@link TrialProbe.seconds} is where the expected seconds of experiments were measured; see expected.ts. */
export const probeReference = 0.48;

/** Trains, and reports once. */
export default async function probeTrial(
  _task: null,
  { onProgress }: JobControls<TrialProbe> = {},
): Promise<JobOutcome> {
  const start = performance.now();
  await trainCurve("ppo", { env: "CartPole-v1", seed: 1, totalSteps: 20_480 });
  const seconds = (performance.now() - start) / 1000;
  onProgress?.({ seconds, bytes: 1024 * process.resourceUsage().maxRSS });
  return "finished";
}
