// What the settings of a sweep came to: their runs, summarized over seeds, and which is the best.

import { collectJob, type CollectedJob, type JobResult, type SeedRun } from "../suites/results.ts";
import type { CurvePoint } from "../suites/curves.ts";
import { envName } from "../envs/index.ts";
import { valueOf, type Sweep, type SweepSetting } from "./sweep.ts";

/** A setting over its seeds. Statistics are of the final evaluations, each seed's mean counting once. */
export interface SettingResult extends Omit<JobResult, "target" | "reached" | "published"> {
  /** What the sweep's settings are compared by, with this one's values. */
  values: Record<string, unknown>;
}

/** A setting's result with its learning curve. */
export interface CollectedSetting {
  readonly result: SettingResult;
  readonly curve: CurvePoint[];
}

/** Reads the results of a setting's runs. @throws InputError if a folder is damaged */
export function collectSetting(sweep: Sweep, setting: SweepSetting, runs: readonly SeedRun[]): CollectedSetting {
  const { name, algorithm, env, options } = setting;
  const { deterministic } = sweep;
  const job = { name, algorithm, env, options: { ...options }, deterministic, target: null, published: [] };
  const { result, curve }: CollectedJob = collectJob(job, runs);
  const { target: _, reached: __, published: ___, ...rest } = result;
  const values = Object.fromEntries(sweep.varies.map((name) => [name, valueOf(setting, name)]));
  return { result: { ...rest, env: envName(env), values }, curve };
}

/**
 * Settings by their environment, whose returns have a scale of their own: in each, the highest interquartile mean over
 * seeds first, of equal ones the higher mean, and last those of which no seed is done.
 */
export function ranked<T extends { readonly result: SettingResult }>(settings: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of settings) groups.set(one.result.env, [...(groups.get(one.result.env) ?? []), one]);
  const score = (value: number | null) => value ?? -Infinity;
  const difference = (a: number | null, b: number | null) => (score(a) === score(b) ? 0 : score(b) - score(a));
  for (const group of groups.values())
    group.sort(
      ({ result: a }, { result: b }) =>
        difference(a.interquartileMean, b.interquartileMean) || difference(a.mean, b.mean),
    );
  return groups;
}

/** The best setting on an environment, and how sure that is. */
export interface Verdict {
  readonly env: string;
  readonly best: SettingResult;
  /** Settings whose intervals reach that of the best, or that have none: they may be as good. */
  readonly notWorse: readonly SettingResult[];
  /** How many settings have results. */
  readonly of: number;
  /** Whether all seeds of all settings are done. */
  readonly complete: boolean;
}

/** A verdict for each environment with a result. */
export function verdicts(settings: readonly { readonly result: SettingResult }[]): Verdict[] {
  return [...ranked(settings)].flatMap(([env, group]): Verdict[] => {
    const results = group.map(({ result }) => result);
    const [best, ...others] = results.filter(({ interquartileMean }) => interquartileMean !== null);
    if (best === undefined) return [];
    const low = best.interquartileInterval?.[0] ?? -Infinity;
    const notWorse = others.filter(({ interquartileInterval }) => (interquartileInterval?.[1] ?? Infinity) >= low);
    const complete = results.every(({ missing, failed }) => missing.length === 0 && failed.length === 0);
    return [{ env, best, notWorse, of: others.length + 1, complete }];
  });
}

/** The verdict in a sentence, without the best one's name: "Its interval overlaps those of a and b, …". */
export function caveat({ best, notWorse, of, complete }: Verdict): string {
  const n = best.seeds.length;
  const parts: string[] = [];
  if (of === 1) parts.push("It is the only one with results.");
  else if (n < 2) parts.push("It is of one seed, which tells nothing of chance: train more seeds before you choose.");
  else if (notWorse.length > 0) {
    const names = notWorse.slice(0, 3).map(({ name }) => `“${name}”`);
    const more = notWorse.length > 3 ? [`${notWorse.length - 3} more`] : [];
    const those = [...names, ...more].join("; ");
    parts.push(
      notWorse.length === 1
        ? `Its interval overlaps that of ${those}: over ${n} seeds the two are not told apart.`
        : `Its interval overlaps those of ${notWorse.length} others (${those}): over ${n} seeds they are not told apart.`,
    );
  } else
    parts.push(of === 2 ? "Its interval lies above that of the other." : `Its interval lies above those of all ${of - 1} others.`); // prettier-ignore
  if (n >= 2 && n < 5 && of > 1) parts.push(`The intervals are Student's t, as wide as ${n} seeds make them.`);
  if (!complete) parts.push("Not all seeds are done.");
  return parts.join(" ");
}
