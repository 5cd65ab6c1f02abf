// A search in words, as the terminal and the report tell it.

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { EnvModule } from "../envs/index.ts";
import { isFew } from "../runs/statistics.ts";
import { withInterval } from "../suites/tables.ts";
import { whole } from "../text/numbers.ts";
import { shellQuoted } from "../text/shell.ts";
import { show } from "../training/option-values.ts";
import { searchFiles } from "./folder.ts";
import type { Plan } from "./plan.ts";
import type { SearchResult } from "./results.ts";
import type { Values } from "./space.ts";

/** What a trial is called: "usual", "trial 12". */
export const titleOf = (id: number): string => (id === 0 ? "usual" : `trial ${id}`);

/** How far trials are on each rung: "1/9 of the steps", "all steps", "3 seeds". */
export function rungNames({ rungs, fixed }: Pick<Plan, "rungs" | "fixed">): string[] {
  const total = Number(fixed.totalSteps);
  const unit = fixed.totalSteps == null ? "of the episodes" : "steps";
  return rungs.map(({ share, seeds }) => {
    if (seeds > 1) return `${seeds} seeds`;
    if (fixed.totalSteps == null) return share === 1 ? "all episodes" : `1/${Math.round(1 / share)} ${unit}`;
    return `${whole(total * share)} ${unit}`;
  });
}

/** "learningRate 0.0012, gamma 0.97". */
export const valuesText = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${show(value)}`)
    .join(", ");

/** The command that trains with what was found. */
export function trainCommand(
  { algorithm, env }: Pick<Plan, "algorithm" | "env">,
  { out }: Pick<SearchResult, "out">,
): string {
  const [path] = typeof env === "string" ? [] : [relative(process.cwd(), fileURLToPath(env.module))];
  const typed =
    path === undefined ? String(env) : path.startsWith("..") ? fileURLToPath((env as EnvModule).module) : `./${path}`;
  return `npx polgrad train ${algorithm} ${shellQuoted(typed)} --config ${shellQuoted(searchFiles(out).best)}`;
}

/** What came of it, in a sentence or two. */
export function verdictOf({ status, best, usual, trials, finals }: SearchResult): string {
  if (status === "interrupted") return `Stopped after ${whole(trials)} trial${trials === 1 ? "" : "s"}.`;
  if (!best || !usual) return "Nothing has come to a result.";
  const [found, before] = [best.result, usual.result];
  const text = (result: typeof found) => withInterval(result.interquartileMean, result.interquartileInterval);
  const seeds = found.seeds.length;
  if (finals.length === 1)
    return `No other options than the usual ones were tried far enough in this time: ${text(before)} over ${seeds} fresh seed${seeds === 1 ? "" : "s"}.`;
  if (best.trial === 0)
    return `Nothing was found that does better than the usual options: ${text(before)} over ${seeds} fresh seed${seeds === 1 ? "" : "s"}.`;
  const isAbove = (found.interquartileInterval?.[0] ?? -Infinity) > (before.interquartileInterval?.[1] ?? Infinity);
  return (
    `Found: ${titleOf(best.trial)}, with an interquartile mean of ${text(found)} over ${seeds} fresh seed${seeds === 1 ? "" : "s"}, where the usual options have ${text(before)}. ` +
    (isAbove
      ? "Its interval lies above theirs."
      : `The intervals overlap: over ${seeds} seeds the two are not told apart${isFew(found.seeds) ? ", which is few" : ""}.`)
  );
}
