// What a run's metrics say of its health, in words: each sign that reinforcement learning has gone wrong is looked for where it
// shows, with the figures, and what helps. A sign that metrics cannot tell is left open.

import { InputError } from "../errors.ts";
import type { UpdateReport } from "../training/index.ts";
import { whole } from "../text/numbers.ts";
import { readRun, type Run } from "./read-run.ts";
import { deviation, mean, median } from "./statistics.ts";

/** What is looked for: see {@link diagnoseRun}. */
export type Sign = "entropy" | "sigma" | "kl" | "critic" | "rewards" | "episodes" | "numbers";

/** One sign, and what the run shows of it. */
export interface Finding {
  readonly sign: Sign;
  /** Null where the run's metrics cannot tell. */
  readonly sound: boolean | null;
  /** The figures. */
  readonly seen: string;
  /** What helps, where it is not sound. */
  readonly advice?: string;
}

/** What {@link diagnoseRun} found. */
export interface Diagnosis {
  readonly run: string;
  readonly algorithm: string;
  readonly env: string;
  readonly updates: number;
  readonly steps: number;
  /** False if a sign is not sound. */
  readonly sound: boolean;
  readonly findings: readonly Finding[];
}

/** Updates and episodes from which conclusions are drawn. */
const [enoughUpdates, enoughEpisodes] = [8, 12];
/** Of its start: an entropy that is gone, and a σ that is. */
const [goneEntropy, goneStd] = [0.05, 0.02];
/** Of its start: a σ that runs away. */
const runawayStd = 3;
/** Nats: a policy that moves further in an update is not the one that its data are of. */
const largestKl = 0.05;
/** A critic that explains less of the variance of returns explains nothing. */
const leastExplained = 0.05;
/** Steps of an environment in which an episode should have ended. */
const longEpisode = 1_000;

/**
 * Looks for signs that a run has gone wrong: a policy that no longer explores without having learned, a σ that runs away, steps
 * that are too large, a critic that explains nothing, rewards that are never seen or are all the same, episodes that do not end,
 * numbers that are not finite.
 *
 * @param path the run's folder, whether it is finished or not
 * @throws InputError if it is missing, not a run's, damaged, or of a language model
 */
export function diagnoseRun(path: string): Diagnosis {
  return diagnose(readRun(path));
}

/** The same of a run that has been read. @internal */
export function diagnose(run: Pick<Run, "path" | "config" | "summary" | "updates">): Diagnosis {
  const { path, config, updates } = run;
  const { algorithm, env } = config;
  if (env === null)
    throw new InputError(
      `${path} is a run of ${algorithm}, which plays in no environment: its report tells how it went`,
    );
  const facts = factsOf(run);
  const findings = checks.map((check) => check(facts));
  return {
    run: path,
    algorithm,
    env,
    updates: updates.length,
    steps: updates.at(-1)?.step ?? 0,
    sound: findings.every(({ sound }) => sound !== false),
    findings,
  };
}

/** What checks look at. */
interface Facts {
  readonly updates: readonly UpdateReport[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly error: string | undefined;
  readonly returns: readonly number[];
  /** Returns of the first and the last quarter of episodes; undefined if there are too few. */
  readonly quarters: readonly [first: readonly number[], last: readonly number[]] | undefined;
  /** Whether it was solved, or the last returns are clearly better than the first. */
  readonly learned: boolean;
  /** A metric over the updates that have it. */
  series(name: string): { readonly step: number; readonly value: number }[];
}

function factsOf({ config, summary, updates }: Pick<Run, "config" | "summary" | "updates">): Facts {
  const returns = updates.flatMap(({ finished }) => finished.map((episode) => episode.return));
  const quarter = Math.floor(returns.length / 4);
  const quarters =
    returns.length < enoughEpisodes ? undefined : ([returns.slice(0, quarter), returns.slice(-quarter)] as const);
  const solved = (summary as { solvedAtStep?: number | null } | null)?.solvedAtStep ?? null;
  return {
    updates,
    options: config.options,
    error: summary?.status === "failed" ? (summary.error ?? "it failed") : undefined,
    returns,
    quarters,
    learned: solved !== null || (quarters !== undefined && isBetter(...quarters)),
    series: (name) =>
      updates.flatMap(({ step, metrics: { [name]: value } }) => (value === undefined ? [] : [{ step, value }])),
  };
}

/** Whether the mean has risen by half a standard deviation of the first. */
const isBetter = (first: readonly number[], last: readonly number[]): boolean =>
  mean(last) > mean(first) + Math.max(0.5 * deviation(first), 1e-9);

const figures = (x: number): string => String(Number(x.toPrecision(2)));

const sound = (sign: Sign, seen: string): Finding => ({ sign, sound: true, seen });
const open = (sign: Sign, seen: string): Finding => ({ sign, sound: null, seen });
const unsound = (sign: Sign, seen: string, advice: string): Finding => ({ sign, sound: false, seen, advice });

const returnsBeside = ({ quarters }: Facts): string =>
  quarters ? `; returns went from ${figures(mean(quarters[0]))} to ${figures(mean(quarters[1]))}` : "";

/** How a metric began, and how it ended: medians of a few updates, as one alone is noisy. */
function ends(series: readonly { readonly value: number }[]): [first: number, last: number] {
  const few = Math.max(1, Math.min(5, series.length >> 2));
  const of = (part: typeof series): number => median(part.map(({ value }) => value));
  return [of(series.slice(0, few)), of(series.slice(-few))];
}

function entropyOf(facts: Facts): Finding {
  const std = facts.series("std");
  const entropy = facts.series("entropy");
  const [name, series, gone] = std.length > 0 ? ["σ", std, goneStd] as const : ["the entropy", entropy, goneEntropy] as const; // prettier-ignore
  if (series.length < enoughUpdates) return open("entropy", "too few updates tell it");
  const [first, last] = ends(series);
  const seen = `${name} went from ${figures(first)} to ${figures(last)}`;
  if (!(first > 0) || last >= gone * first) return sound("entropy", seen);
  const since = series.findLast(({ value }) => value >= gone * first)?.step ?? 0;
  if (facts.learned) return sound("entropy", `${seen}, as a policy does that has become sure${returnsBeside(facts)}`);
  return unsound(
    "entropy",
    `${seen}, gone since step ${whole(since)}: the policy hardly explores any more, and has learned nothing${returnsBeside(facts)}`,
    "raise entropyCoefficient, or lower learningRate",
  );
}

function sigmaOf({ series }: Facts): Finding {
  const std = series("std");
  if (std.length === 0) return open("sigma", "the policy is no Gaussian");
  if (std.length < enoughUpdates) return open("sigma", "too few updates tell it");
  const [first, last] = ends(std);
  const seen = `σ went from ${figures(first)} to ${figures(last)}`;
  if (last <= runawayStd * first) return sound("sigma", seen);
  return unsound("sigma", `${seen}: actions are ever more noise`, "lower entropyCoefficient, or learningRate");
}

function klOf({ series, options }: Facts): Finding {
  const [sampled, exact] = [series("approxKl"), series("kl")];
  const kl = sampled.length > 0 ? sampled : exact;
  if (kl.length === 0) return open("kl", "the algorithm does not measure it");
  if (kl.length < enoughUpdates) return open("kl", "too few updates tell it");
  const asked = Math.max(0, ...["maxKl", "desiredKl", "targetKl"].map((name) => Number(options[name] ?? 0)));
  const limit = Math.max(largestKl, 2 * asked);
  const usual = median(kl.map(({ value }) => value));
  const large = kl.filter(({ value }) => value > limit).length / kl.length;
  const seen = `an update moves the policy by ${figures(usual)} nats, in ${figures(100 * large)} % of updates by more than ${figures(limit)}`;
  if (usual <= limit && large <= 0.25) return sound("kl", seen);
  return unsound(
    "kl",
    `${seen}: its data are soon of another policy`,
    "lower learningRate or epochs, or set targetKl, which ends an update in time",
  );
}

function criticOf(facts: Facts): Finding {
  const explained = facts.series("explainedVariance");
  if (explained.length === 0) return open("critic", "the algorithm does not measure what its critic explains");
  if (explained.length < enoughUpdates) return open("critic", "too few updates tell it");
  const values = explained.map(({ value }) => value);
  const best = Math.max(...values.slice(4).map((_, i) => median(values.slice(i, i + 5))));
  const seen = `of the variance of returns the critic explained ${figures(100 * Math.max(0, best))} % at its best`;
  if (best >= leastExplained) return sound("critic", seen);
  // Where all goes well returns may hardly vary, and there is nothing to explain.
  if (facts.learned) return sound("critic", `${seen}, but the policy has learned${returnsBeside(facts)}`);
  return unsound(
    "critic",
    `${seen}, and nothing was learned: advantages are mostly noise`,
    "normalizeRewards where they are large, a higher valueCoefficient or learningRate, or observations that tell what is to come",
  );
}

function rewardsOf({ returns }: Facts): Finding {
  if (returns.length < enoughEpisodes) return open("rewards", `only ${whole(returns.length)} episodes have ended`);
  const [low, high] = returns.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  const seen = `returns lie between ${figures(low)} and ${figures(high)}, over ${whole(returns.length)} episodes`;
  if (low < high) return sound("rewards", seen);
  return unsound(
    "rewards",
    `all ${whole(returns.length)} episodes returned ${figures(low)}: nothing tells a good one from a bad one`,
    "reward what leads to the goal, begin episodes closer to it, or explore more by entropyCoefficient",
  );
}

function episodesOf({ returns, updates, options }: Facts): Finding {
  const each = (updates.at(-1)?.step ?? 0) / Number(options.envs ?? 1);
  if (returns.length > 0) return sound("episodes", `${whole(returns.length)} episodes have ended`);
  if (each < longEpisode) return open("episodes", `none has ended in ${whole(each)} steps of each environment`);
  return unsound(
    "episodes",
    `none has ended in ${whole(each)} steps of each environment: there are no returns to learn the end of, and none to tell`,
    "set a time limit, as maxEpisodeSteps 1000",
  );
}

function numbersOf({ error, updates }: Facts): Finding {
  if (error !== undefined) return unsound("numbers", `the run failed: ${error}`, "what the message says");
  const bad = updates.find(({ metrics }) => Object.values(metrics).some((value) => Number.isNaN(value)));
  if (!bad) return sound("numbers", "all metrics are finite");
  const names = Object.keys(bad.metrics).filter((name) => Number.isNaN(bad.metrics[name]));
  return unsound("numbers", `${names.join(", ")} stopped being finite at step ${whole(bad.step)}`, "lower learningRate, or normalizeRewards"); // prettier-ignore
}

const checks = [numbersOf, episodesOf, rewardsOf, entropyOf, sigmaOf, klOf, criticOf];
