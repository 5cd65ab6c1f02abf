// What runs of RLHF came to, in numbers and in a sentence or two.

import { decimal } from "../../text/numbers.ts";
import { metricOf, type BestOfN, type RlhfFolder, type RlhfRun } from "./read.ts";

/** Updates whose mean stands for one: that of one update's texts is noisy. */
export const window = 5;

/** A metric where a run began, where it ended, and at the truth's peak; NaN where it has none. */
export interface Course {
  /** At the first update, whose texts are of the model that the run began with. */
  readonly start: number;
  /** The mean of the last five updates. */
  readonly end: number;
  /** The mean of the five updates around the truth's peak. */
  readonly atPeak: number;
}

/** A run in numbers. */
export interface Outcome {
  readonly run: RlhfRun;
  readonly truth: Course;
  readonly score: Course;
  readonly kl: Course;
  readonly wellFormed: Course;
  /** The update at which the truth has its peak, as a mean of five; null where the truth is not known. */
  readonly peakUpdate: number | null;
  /** The truth fell from its peak, by more than noise, while the reward did not. */
  readonly isOverOptimized: boolean;
}

/** What a run came to. */
export function outcomeOf(run: RlhfRun): Outcome {
  const peakUpdate = peakOf(smooth(metricOf(run, "truth")));
  const course = (name: string): Course => {
    const points = metricOf(run, name);
    return {
      start: points[0]?.value ?? NaN,
      end: meanOf(points.slice(-window)),
      atPeak: smooth(points).find(({ update }) => update === peakUpdate)?.value ?? NaN,
    };
  };
  const [truth, score, kl, wellFormed] = ["truth", "score", "kl", "wellFormed"].map(course);
  const fallen = truth.atPeak - truth.end;
  const isOverOptimized =
    fallen > Math.max(0.25 * (truth.atPeak - truth.start), 3 * noiseOf(run, "truth")) && score.end >= score.atPeak - 3 * noiseOf(run, "score"); // prettier-ignore
  return { run, truth, score, kl, wellFormed, peakUpdate, isOverOptimized };
}

/** The usual change of a metric from one update to the next: the median of its size. */
export function noiseOf(run: RlhfRun, name: string): number {
  const values = metricOf(run, name).map(({ value }) => value);
  const changes = values.slice(1).map((value, i) => Math.abs(value - values[i]));
  return changes.sort((a, b) => a - b)[Math.floor(changes.length / 2)] ?? 0;
}

/** The mean of the five points around each; of fewer at the ends. */
export function smooth<Point extends { readonly value: number }>(points: readonly Point[]): Point[] {
  const reach = (window - 1) / 2;
  return points.map((point, i) => ({ ...point, value: meanOf(points.slice(Math.max(0, i - reach), i + reach + 1)) }));
}

/** Where the largest mean of five is; one of fewer, at the ends, is noisier, and counts only where there is no other. */
function peakOf(means: readonly { update: number; value: number }[]): number | null {
  if (means.length === 0) return null;
  const whole = means.length < window ? means : means.slice((window - 1) / 2, means.length - (window - 1) / 2);
  return whole.reduce((best, mean) => (mean.value > best.value ? mean : best)).update;
}

/** The mean; NaN of none. */
export const meanOf = (points: readonly { readonly value: number }[]): number =>
  points.reduce((total, { value }) => total + value, 0) / points.length;

/** The verdict: sentences that follow from the numbers. */
export function verdict({ bestOfN }: RlhfFolder, outcomes: readonly Outcome[]): string[] {
  const measured = outcomes.filter(({ run }) => run.updates.length > 0);
  if (measured.length === 0) return ["There is no update yet, and nothing to tell."];
  const known = measured.filter(({ peakUpdate }) => peakUpdate !== null);
  if (known.length === 0) return [...measured.map(withoutTruth), "What the texts are truly worth is not known here: read them below, not the reward alone."]; // prettier-ignore
  const sentences = known.filter(({ isOverOptimized }) => isOverOptimized).map(overOptimized);
  const best = known.reduce((a, b) => (b.truth.end > a.truth.end ? b : a));
  if (!best.isOverOptimized) sentences.push(served(best, known.length > 1));
  if (!best.isOverOptimized) sentences.push(...besideBestOfN(best, bestOfN));
  return sentences;
}

const two = (value: number): string => decimal(value, 2, 2);

const named = ({ run }: Outcome): string => (/^β = /.test(run.label) ? `With ${run.label}` : run.label);

const overOptimized = (outcome: Outcome): string =>
  `${named(outcome)} the reward was over-optimized: it ` +
  `${outcome.score.end > outcome.score.atPeak ? `rose to ${two(outcome.score.end)}` : `stayed at ${two(outcome.score.end)}`}, ` +
  `while the truth fell from ${two(outcome.truth.atPeak)} at iteration ${outcome.peakUpdate} to ${two(outcome.truth.end)}.`;

function served({ run, truth, kl, score }: Outcome, amongOthers: boolean): string {
  if (!(truth.end > truth.start))
    return amongOthers
      ? `No run has raised the truth: ${run.label} comes nearest with ${two(truth.end)}, and began at ${two(truth.start)}.`
      : `${run.label}: the truth did not rise; it began at ${two(truth.start)} and is ${two(truth.end)}.`;
  const rose =
    `the truth rose from ${two(truth.start)} to ${two(truth.end)} and the reward to ${two(score.end)}, ` +
    `at a KL of ${decimal(kl.end, 1, 1)} nats.`;
  return amongOthers ? `${run.label} did best: ${rose}` : `${run.label}: ${rose}`;
}

/** How reinforcement learning compares with drawing many texts and keeping the one of the largest reward. */
function besideBestOfN({ truth }: Outcome, points: readonly BestOfN[]): string[] {
  const known = points.flatMap(({ n, truth }) => (truth == null ? [] : [{ n, truth }]));
  if (known.length === 0) return [];
  const best = known.reduce((a, b) => (b.truth > a.truth ? b : a));
  const only = truth.end > best.truth ? "only " : "";
  return [`The best of ${best.n} texts by the same reward ${only}reaches ${two(best.truth)}.`];
}

const withoutTruth = ({ run, score, kl }: Outcome): string =>
  score.end > score.start + noiseOf(run, "score")
    ? `${run.label}: the reward rose from ${two(score.start)} to ${two(score.end)}, at a KL of ${decimal(kl.end, 1, 1)} nats.`
    : `${run.label}: the reward did not rise; it was ${two(score.start)} and is ${two(score.end)}.`;
