// What a sweep writes beside its runs: a line of JSON for each run as soon as it is done, and in the end a table as CSV
// and a report.

import { writeFileAtomic } from "../runs/files.ts";
import { csvLine, textCell } from "../runs/progress-csv.ts";
import type { TrainingJob } from "../suites/board.ts";
import type { SeedRun } from "../suites/results.ts";
import { csvCell } from "../suites/tables.ts";
import { readEvaluation, readTrained } from "../suites/training-task.ts";
import { show } from "../training/option-values.ts";
import { sweepFiles } from "./folder.ts";
import type { How } from "./report.ts";
import { ranked, type CollectedSetting, type SettingResult } from "./results.ts";
import { valueOf, type Sweep, type SweepSetting } from "./sweep.ts";

/** results.jsonl: the runs that are done, and those that failed, in the order of the sweep. */
export function resultLines(
  out: string,
  sweep: Sweep,
  all: readonly { readonly setting: SweepSetting; readonly runs: readonly SeedRun[] }[],
) {
  const runs = all.flatMap(({ setting, runs }) => runs.map(({ seed, task }) => ({ setting, seed, task })));
  const lines = new Map(runs.map((run) => [run.task.id, lineOf(sweep, run, null)]));
  return {
    /** Writes the file. @param changed a run that is done now, or has failed */
    write(changed?: TrainingJob): void {
      const run = runs.find(({ task }) => task.id === changed?.task.id);
      if (run) lines.set(run.task.id, lineOf(sweep, run, changed!.error));
      const written = [...lines.values()].filter((line) => line !== null);
      writeFileAtomic(sweepFiles(out).jsonLines, written.map((line) => `${JSON.stringify(line)}\n`).join(""));
    },
  };
}

function lineOf(
  sweep: Sweep,
  { setting, seed, task }: { setting: SweepSetting; seed: number; task: SeedRun["task"] },
  error: string | null,
): object | null {
  const values = Object.fromEntries(sweep.varies.map((name) => [name, valueOf(setting, name)]));
  const head = { setting: setting.name, algorithm: setting.algorithm, env: valueOf(setting, "env"), values, seed };
  if (error !== null) return { ...head, status: "failed", error, run: task.id };
  const summary = readTrained(task);
  const evaluation = readEvaluation(task);
  if (summary === null || evaluation === null) return null;
  const { mean, std, min, max } = evaluation;
  const { steps, episodes, meanReturn100, wallSeconds, stepsPerSecond, weightsSha256 } = summary;
  const numbers = { mean, std, min, max, steps, episodes, meanReturn100, wallSeconds, stepsPerSecond };
  return { ...head, status: "finished", ...numbers, weightsSha256, run: task.id };
}

/**
 * Writes results.csv and report.html.
 *
 * @throws RunError if the disk refuses
 */
export async function writeSweepResults(
  out: string,
  sweep: Sweep,
  settings: readonly CollectedSetting[],
  how: How,
): Promise<void> {
  const files = sweepFiles(out);
  writeFileAtomic(files.csv, settingsCsv(sweep, settings));
  const { sweepReport } = await import("./report.ts"); // Plot loads where there is something to draw
  writeFileAtomic(files.report, sweepReport(out, sweep, settings, how));
}

/** A row a setting, by environment and rank. */
export function settingsCsv(sweep: Sweep, settings: readonly { readonly result: SettingResult }[]): string {
  const options = sweep.varies.filter((name) => name !== "algorithm" && name !== "env");
  const header = [
    ...["env", "rank", "setting", "algorithm", ...options, "seeds", "failed", "missing"],
    ...["interquartileMean", "interquartileLow", "interquartileHigh", "mean", "meanLow", "meanHigh", "std", "min"],
    ...["max", "medianStepsToGoal", "stepsPerSecond", "wallSeconds"],
  ];
  const rows = [...ranked(settings).values()].flatMap((group) =>
    group.map(({ result: r }, index) => [
      ...[r.env, r.interquartileMean === null ? null : index + 1, r.name, r.algorithm],
      ...options.map((name) => optionCell(r.values[name])),
      ...[r.seeds.length, r.failed.length, r.missing.length, r.interquartileMean],
      ...[r.interquartileInterval?.[0], r.interquartileInterval?.[1], r.mean, r.interval?.[0], r.interval?.[1]],
      ...[r.std, r.min, r.max, r.stepsToGoal?.median, r.stepsPerSecond, r.wallSeconds],
    ]),
  );
  return [header.map(textCell), ...rows.map((row) => row.map(csvCell))].map(csvLine).join("");
}

/** Numbers, text and answers as they are; lists and objects as a flag has them; empty where a setting lacks the option. */
function optionCell(value: unknown): string | number | boolean | null {
  if (value === undefined) return null;
  return typeof value === "number" || typeof value === "boolean" ? value : show(value);
}
