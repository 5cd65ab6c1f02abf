// Runs side by side: read from their folders, grouped by algorithm, environment and options, and summarized over seeds.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { readClock, secondsAt } from "../runs/progress-csv.ts";
import { readRun, type Run } from "../runs/read-run.ts";
import { runFiles } from "../runs/run-folder.ts";
import { recentReturns } from "../runs/recent-returns.ts";
import { interquartileMean, mean, seedInterval, type Interval } from "../runs/statistics.ts";
import { learningCurves, type CurvePoint } from "../suites/curves.ts";
import { readFinalMean } from "../suites/training-task.ts";
import { messageOf } from "../text/values.ts";
import { show } from "../training/option-values.ts";

/** One run among others. */
export interface ComparedRun {
  readonly path: string;
  readonly seed: number;
  /** `open`: it goes on, or was killed. */
  readonly status: "finished" | "interrupted" | "failed" | "open";
  readonly error?: string;
  readonly steps: number;
  readonly episodes: number;
  readonly wallSeconds: number;
  /** Mean return of the episodes that its last policy played by itself; null where it has not. */
  readonly finalMean: number | null;
  /** Mean return of the last 100 episodes of training. */
  readonly meanReturn100: number | null;
  /** Where the mean return over a window of steps reached the environment's threshold. */
  readonly reachedAtStep: number | null;
}

/** Runs that differ in their seeds alone. */
export interface RunGroup {
  /** The algorithm, and the options in which it differs from others on this environment. */
  readonly name: string;
  readonly algorithm: string;
  readonly env: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly runs: readonly ComparedRun[];
  /** Runs that count below: those that are finished, or all where none is; one of each seed. */
  readonly seeds: readonly ComparedRun[];
  /** Of the final evaluations, each seed's mean counting once; null where there are none. */
  readonly finalMean: number | null;
  /** 95 %: by the bootstrap, of two to four seeds Student's t; null of fewer. */
  readonly finalInterval: Interval | null;
  readonly finalInterquartileMean: number | null;
  /** The mean over seeds of the last 100 episodes of training. */
  readonly trainingMean: number | null;
}

/** A group with its learning curves, by steps and by seconds of training. */
export interface CollectedGroup {
  readonly group: RunGroup;
  readonly curve: readonly CurvePoint[];
  readonly timed: readonly CurvePoint[];
}

/** What {@link compareRuns} gives. */
export interface Comparison {
  /** The groups of each environment, whose returns have a scale of their own: the best first. */
  readonly environments: readonly {
    readonly env: string;
    readonly threshold: number | null;
    readonly groups: readonly CollectedGroup[];
    /** Options in which groups differ. */
    readonly varies: readonly string[];
  }[];
  /** What was named and is not compared, and why. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Options that change no number of a run, or are its seed. */
const asides = ["seed", "workers", "evaluateEvery", "evaluateEpisodes", "env"];
/** Options that a name tells. */
const mostNamed = 3;

/**
 * Reads runs and groups them.
 *
 * @param paths folders of runs, or folders that hold some
 * @throws InputError if there is no run among them
 */
export function compareRuns(paths: readonly string[]): Comparison {
  const skipped: { path: string; reason: string }[] = [];
  const runs = paths.flatMap(runsAt).flatMap(({ path, reason }) => {
    try {
      if (reason !== undefined) throw new InputError(reason);
      const run = readRun(path);
      if (run.config.env === null) throw new InputError("it plays in no environment");
      return [run];
    } catch (error) {
      skipped.push({ path, reason: messageOf(error).replace(`${path} `, "") });
      return [];
    }
  });
  if (runs.length === 0) {
    const reasons = skipped.slice(0, 5).map(({ path, reason }) => `\n- ${path}: ${reason}`);
    throw new InputError(
      `there are no runs to compare. Name their folders, as polgrad compare runs/*${reasons.join("")}`,
    );
  }
  const byEnv = grouped(runs, envOf);
  const environments = [...byEnv.values()].map((ofEnv) => {
    const sets = [...grouped(ofEnv, keyOf).values()];
    const ofAlgorithm = grouped(
      sets.map(([run]) => run),
      ({ config }) => config.algorithm,
    );
    const differs = new Map([...ofAlgorithm].map(([name, same]) => [name, differing(same)]));
    const groups = sets.map((set) => collect(set, differs.get(set[0].config.algorithm)!));
    const varies = [...new Set([...differs.values()].flat())];
    const threshold = ofEnv.map(({ summary }) => summary?.rewardThreshold ?? null).find((one) => one !== null) ?? null;
    return { env: ofEnv[0].config.env!, threshold, varies, groups: unique(ranked(groups)) };
  });
  return { environments, skipped };
}

/** The runs at a path: it is one, or holds some. */
function runsAt(path: string): { path: string; reason?: string }[] {
  if (!existsSync(path)) return [{ path, reason: "there is no such folder" }];
  if (!statSync(path).isDirectory()) return [{ path, reason: "it is a file, not the folder of a run" }];
  if (existsSync(runFiles(path).config)) return [{ path }];
  const within = readdirSync(path).map((name) => join(path, name));
  const found = within.filter((folder) => existsSync(runFiles(folder).config));
  return found.length > 0 ? found.sort().map((path) => ({ path })) : [{ path, reason: "it holds no run" }];
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

const envOf = ({ config }: Run): string => JSON.stringify([config.env, config.options.env]);

/** Options that make a run what it is, in whatever order they are kept. */
const optionsOf = ({ config }: Run): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(config.options)
      .filter(([name, value]) => !asides.includes(name) && !(name === "maxEpisodeSteps" && value === null))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const keyOf = (run: Run): string => JSON.stringify([run.config.algorithm, optionsOf(run)]);

/** The options that not all runs, of one algorithm, have with the same value. */
function differing(runs: readonly Run[]): string[] {
  const options = runs.map(optionsOf);
  const all = new Set(options.flatMap(Object.keys));
  return [...all].filter((name) => new Set(options.map((one) => JSON.stringify(one[name]))).size > 1);
}

function collect(runs: readonly Run[], differs: readonly string[]): CollectedGroup {
  const { config } = runs[0];
  const options = optionsOf(runs[0]);
  const own = differs.filter((name) => Object.hasOwn(options, name));
  const told = own.slice(0, mostNamed).map((name) => `${name} ${show(options[name]) || "none"}`);
  const compared = runs.map((run) => ({ run, one: comparedOf(run) }));
  const finished = compared.filter(({ one }) => one.status === "finished");
  const counted = [...grouped(finished.length > 0 ? finished : compared, ({ one }) => String(one.seed)).values()]
    .map((same) => same.at(-1)!) // a seed that was run twice tells nothing new
    .sort((a, b) => a.one.seed - b.one.seed);
  const finals = counted.flatMap(({ one }) => one.finalMean ?? []);
  const returns = counted.flatMap(({ one }) => one.meanReturn100 ?? []);
  const group: RunGroup = {
    name: [config.algorithm, ...told, ...(own.length > mostNamed ? ["…"] : [])].join(", "),
    algorithm: config.algorithm,
    env: config.env!,
    options,
    runs: compared.map(({ one }) => one),
    seeds: counted.map(({ one }) => one),
    finalMean: finals.length > 0 ? mean(finals) : null,
    finalInterval: seedInterval(finals),
    finalInterquartileMean: finals.length > 0 ? interquartileMean(finals) : null,
    trainingMean: returns.length > 0 ? mean(returns) : null,
  };
  const curves = counted.map(({ run, one }) => ({ steps: one.steps, episodes: episodesOf(run) }));
  return { group, curve: learningCurves(curves), timed: timedCurves(counted.map(({ run }) => run)) };
}

const episodesOf = ({ updates }: Run) =>
  updates.flatMap(({ finished }) => finished).filter((episode) => Number.isFinite(episode.return));

/** The learning curves over seconds of training; none where a run has no clock. */
function timedCurves(runs: readonly Run[]): CurvePoint[] {
  const clocks = runs.map(({ files }) => readClock(files.progress));
  if (clocks.some((clock) => clock.length === 0)) return [];
  const timed = runs.map((run, i) => {
    const at = secondsAt(clocks[i]);
    const episodes = episodesOf(run).map((episode) => ({ ...episode, step: 1000 * at(episode.step) }));
    return { steps: 1000 * clocks[i].at(-1)!.seconds, episodes };
  });
  return learningCurves(timed).map((point) => ({ ...point, step: point.step / 1000 }));
}

function comparedOf(run: Run): ComparedRun {
  const { path, config, summary, updates, files } = run;
  const last = updates.at(-1);
  const isWhole = summary !== null && summary.steps >= (last?.step ?? 0);
  const threshold = summary?.rewardThreshold ?? null;
  return {
    path,
    seed: config.seed,
    status: isWhole ? summary.status : "open",
    ...(isWhole && summary.error !== undefined && { error: summary.error }),
    steps: isWhole ? summary.steps : (last?.step ?? 0),
    episodes: isWhole ? summary.episodes : (last?.episodes ?? 0),
    wallSeconds: isWhole ? summary.wallSeconds : (readClock(files.progress).at(-1)?.seconds ?? 0),
    finalMean: isWhole ? (summary.finalEvaluation?.mean ?? readFinalMean(path)) : null,
    meanReturn100: last?.meanReturn100 ?? null,
    reachedAtStep: recentReturns(episodesOf(run), last?.step ?? 0, threshold).reachedAtStep,
  };
}

/** By their final evaluations and, of those without, by their returns in training. */
function ranked(groups: readonly CollectedGroup[]): CollectedGroup[] {
  const score = ({ group }: CollectedGroup) => group.finalInterquartileMean ?? group.trainingMean ?? -Infinity;
  return [...groups].sort((a, b) => (score(a) === score(b) ? 0 : score(b) - score(a)));
}

/** With names that differ. */
function unique(groups: readonly CollectedGroup[]): CollectedGroup[] {
  const seen = new Map<string, number>();
  return groups.map(({ group, ...curves }) => {
    const count = (seen.get(group.name) ?? 0) + 1;
    seen.set(group.name, count);
    return { ...curves, group: count === 1 ? group : { ...group, name: `${group.name} (${count})` } };
  });
}
