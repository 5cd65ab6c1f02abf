// The values among which a search looks for each option of each algorithm: what is worth a try, not all that is possible.
// A page that trains does not load this.

import type { AlgorithmName } from "./index.ts";

/** Numbers from `low` to `high`, as a search spreads them. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
  /** logarithmic: each factor is as likely; nearOne: each factor of the distance to 1 is, as of γ and λ. */
  readonly scale: "linear" | "logarithmic" | "nearOne";
  readonly whole?: boolean;
}

/** Values one by one: numbers are in order, all else has none. */
export interface ValueRange {
  readonly values: readonly unknown[];
}

/** Where a search looks for the value of an option. */
export type SearchRange = NumberRange | ValueRange;

/** Ranges by the names of options. */
export type SearchRanges = Readonly<Record<string, SearchRange>>;

const logarithmic = (low: number, high: number): SearchRange => ({ low, high, scale: "logarithmic" });
const nearOne = (low: number, high: number): SearchRange => ({ low, high, scale: "nearOne" });
const linear = (low: number, high: number): SearchRange => ({ low, high, scale: "linear" });
const values = (...list: readonly unknown[]): SearchRange => ({ values: list });
const either = values(true, false);
/** The first, its double, and so on to the last. */
const powers = (first: number, last: number): SearchRange => values(...doubles(first, last));
const doubles = (first: number, last: number): number[] => (first > last ? [] : [first, ...doubles(2 * first, last)]);

const playing: SearchRanges = {
  gamma: nearOne(0.8, 0.9995),
  entropyCoefficient: logarithmic(1e-5, 0.1),
  normalizeObservations: either,
  normalizeRewards: either,
  hidden: values([16], [32, 32], [64, 64], [128, 128], [256, 256]),
  activation: values("tanh", "relu"),
  gaussian: values("clipped", "scaled", "squashed"),
  initialLogStd: linear(-2, 0.5),
};

const lambda = nearOne(0.5, 0.998);
const schedule = values("constant", "linear");

const byAlgorithm: Readonly<Record<AlgorithmName, SearchRanges>> = {
  reinforce: {
    learningRate: logarithmic(1e-4, 0.05),
    ...playing,
    baseline: values("constant", "learned"),
    criticLearningRate: logarithmic(3e-4, 0.05),
    learningRateSchedule: schedule,
  },
  "actor-critic": {
    learningRate: logarithmic(1e-4, 0.3),
    criticLearningRate: logarithmic(1e-3, 0.5),
    ...playing,
    learningRateSchedule: schedule,
    maxGradientNorm: logarithmic(0.3, 30),
  },
  a2c: {
    learningRate: logarithmic(1e-4, 0.02),
    ...playing,
    rollout: powers(4, 256),
    lambda,
    learningRateSchedule: schedule,
    valueCoefficient: logarithmic(0.1, 4),
    normalizeAdvantages: either,
    maxGradientNorm: logarithmic(0.1, 10),
  },
  a3c: {
    learningRate: logarithmic(1e-4, 0.02),
    ...playing,
    rollout: powers(4, 128),
    lambda,
    learningRateSchedule: schedule,
    valueCoefficient: logarithmic(0.1, 4),
    maxGradientNorm: logarithmic(0.1, 10),
    vtrace: either,
  },
  ppo: {
    learningRate: logarithmic(3e-5, 0.02),
    ...playing,
    rollout: powers(16, 2048),
    epochs: values(2, 4, 7, 10, 15, 20),
    minibatches: powers(2, 64),
    lambda,
    clip: linear(0.05, 0.4),
    learningRateSchedule: schedule,
    valueCoefficient: logarithmic(0.1, 4),
    maxGradientNorm: logarithmic(0.1, 10),
  },
  trpo: {
    maxKl: logarithmic(1e-3, 0.1),
    ...playing,
    rollout: powers(64, 4096),
    lambda,
    damping: logarithmic(0.01, 1),
    criticLearningRate: logarithmic(1e-4, 0.02),
    criticEpochs: values(3, 5, 10, 20, 40),
  },
};

/** What matters of an environment: what kinds of observations and of actions it has. */
export interface Played {
  /** Whether observations are numbers, rather than one of several. */
  readonly isObservedInNumbers: boolean;
  /** Whether actions are numbers. */
  readonly isActedInNumbers: boolean;
}

/** The ranges of an algorithm's options that matter in such an environment, the most telling first. */
export function searchRanges(
  algorithm: AlgorithmName,
  { isObservedInNumbers, isActedInNumbers }: Played,
): SearchRanges {
  const idle = [
    ...(isObservedInNumbers ? [] : ["normalizeObservations"]),
    ...(isActedInNumbers ? [] : ["gaussian", "initialLogStd"]),
  ];
  return Object.fromEntries(Object.entries(byAlgorithm[algorithm]).filter(([name]) => !idle.includes(name)));
}
