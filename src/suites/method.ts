// How a benchmark was measured, in sentences that stand below its tables.

import { cpus } from "node:os";
import { version } from "../version.ts";
import { evaluationSeed } from "../runs/final-evaluation.ts";
import type { JobResult } from "./results.ts";
import { whole } from "../text/numbers.ts";

/** @param atATime Jobs that ran together. */
export function method(jobs: readonly JobResult[], atATime: number): string[] {
  const episodes = [...new Set(jobs.map(({ evaluation }) => evaluation.episodes))].sort((a, b) => a - b);
  const sampled = jobs
    .filter(({ evaluation }) => !evaluation.deterministic)
    .map(({ name, env }) => `${name} on ${env}`);
  const actions =
    sampled.length === 0
      ? "taking the likeliest action"
      : sampled.length === jobs.length
        ? "drawing its actions"
        : `taking the likeliest action (${sampled.join(", ")}: drawing its actions)`;
  return [
    `Final evaluation: when a run has ended, its last policy, not its best, plays ${episodes.map(whole).join(" or ")} ` +
      `episodes, ${actions}. They are the same episodes for every run, and none that it was trained on ` +
      `(polgrad evaluate <run> --seed ${evaluationSeed} plays them again). Each seed counts as one number, its mean return; ` +
      "none is chosen, and none that failed is replaced.",
    "The interval is of the mean over seeds: 95 %, by the percentile bootstrap with 10,000 resamples. " +
      "Of two to four seeds it is Student's t of the mean, which takes them for normal and is wide, because they tell little. IQM is the interquartile " +
      "mean, the mean of the seeds without the lowest and the highest quarter (rounded down): Agarwal et al., Deep " +
      "Reinforcement Learning at the Edge of the Statistical Precipice, 2021.",
    "Goal in training: the target, or else the environment's threshold, for the mean of the last 100 returns, of at least " +
      "100 episodes, in which the policy still explores; the step is that at which it was first reached. A target is reached when the mean of the final evaluations is at " +
      "least as high.",
    "Learning curves: the mean return of the training episodes that ended in the last twentieth of the run, averaged over " +
      "seeds; the band is the 95 % bootstrap interval of that average, or of fewer than five seeds the lowest and the highest.",
    `Measured with polgrad ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}, ` +
      `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${atATime === 1 ? "one run at a time" : `up to ${atATime} runs at a time`}: ` +
      "steps/s and seconds are medians over seeds, and depend on what else the machine does.",
  ];
}
