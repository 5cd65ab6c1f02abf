// The three logs of a run: metrics.jsonl, progress.csv and TensorBoard events. Each is appended to, and cut back when a
// run is resumed, so that what was logged after the checkpoint is logged again and not twice.

import { existsSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import type { UpdateReport } from "../training/index.ts";
import { cutFile, openLog, readBytes } from "./files.ts";
import { metricsLine, metricsUpToStep } from "./metrics.ts";
import {
  addColumns,
  csvLine,
  newColumns,
  progressColumns,
  progressRow,
  progressUpToStep,
  textCell,
} from "./progress-csv.ts";
import { runFiles } from "./run-folder.ts";
import { eventFileName, lengthUpToStep, scalarsRecord, versionRecord } from "./tensorboard.ts";

/** The open logs of a run. */
export interface RunLogs {
  /** Seconds that the run had been trained for when its logs were opened: 0 for a new one. */
  readonly earlierSeconds: number;
  /** @param wallSeconds of the whole run @param stepsPerSecond of the last seconds */
  append(report: UpdateReport, wallSeconds: number, stepsPerSecond: number): void;
  /** Writes what was appended. @param durable wait until it is on the disk */
  flush(durable?: boolean): void;
  /** Flushes and closes the files. */
  close(): void;
}

/**
 * Opens the logs of a run, new ones or those of a run that is resumed from a checkpoint at `step`.
 *
 * @throws RunError if the disk refuses; InputError if the logs of a resumed run are damaged.
 */
export function openLogs(run: string, step: number): RunLogs {
  const { metrics: metricsPath, progress: progressPath } = runFiles(run);
  const eventsPath = join(run, eventFile(run) ?? eventFileName(new Date(), hostname()));
  let columns: string[] = [];
  let earlierSeconds = 0;

  if (existsSync(metricsPath)) {
    const { length, lastStep } = metricsUpToStep(metricsPath, step);
    if (lastStep < step) {
      throw new InputError(
        `${metricsPath} is damaged: it ends at step ${lastStep}, before the checkpoint of step ${step}`,
      );
    }
    cutFile(metricsPath, length);
  } else if (step > 0) throw new InputError(`${run} is damaged: it has no metrics.jsonl`);
  if (existsSync(progressPath)) {
    const kept = progressUpToStep(progressPath, step);
    ({ columns, wallSeconds: earlierSeconds } = kept);
    cutFile(progressPath, kept.length);
  }
  const hasEvents = existsSync(eventsPath) && cutEvents(eventsPath, step) > 0;

  const metrics = openLog(metricsPath);
  let progress = openLog(progressPath);
  const events = openLog(eventsPath);
  const logs = () => [metrics, progress, events];

  /** A table with a column for all that a report has. */
  function widen(report: UpdateReport): void {
    if (columns.length === 0) {
      columns = progressColumns(report);
      return progress.append(csvLine(columns.map(textCell)));
    }
    const added = newColumns(columns, report);
    if (added.length === 0) return;
    progress.close();
    addColumns(progressPath, added);
    progress = openLog(progressPath);
    columns.push(...added);
  }

  if (!hasEvents) events.append(versionRecord(Date.now() / 1000));

  return {
    earlierSeconds,
    append(report, wallSeconds, stepsPerSecond) {
      metrics.append(metricsLine(report));
      widen(report);
      progress.append(progressRow(columns, report, wallSeconds, stepsPerSecond));
      const now = Date.now() / 1000;
      for (const episode of report.finished) {
        const { step, return: total, length, values = {} } = episode;
        const own = Object.entries(values).map(([name, value]) => [`episode/${name}`, value]);
        events.append(
          scalarsRecord(now, step, { ...Object.fromEntries(own), "episode/return": total, "episode/length": length }),
        );
      }
      events.append(scalarsRecord(now, report.step, scalarsOf(report, stepsPerSecond)));
    },
    flush(durable = false) {
      for (const log of logs()) log.flush(durable);
    },
    close() {
      for (const log of logs()) log.close();
    },
  };
}

/** The scalars of an update by TensorBoard tag; the part before the slash is the section that it is shown in. */
function scalarsOf(report: UpdateReport, stepsPerSecond: number): Record<string, number> {
  const scalars: Record<string, number> = { "time/stepsPerSecond": stepsPerSecond };
  if (report.meanReturn100 !== null) scalars["episode/meanReturn100"] = report.meanReturn100;
  if (report.evaluation) scalars["evaluation/return"] = report.evaluation.mean;
  for (const [name, value] of Object.entries(report.metrics))
    scalars[name.startsWith("info.") ? name.replace(".", "/") : `train/${name}`] = value;
  return scalars;
}

function eventFile(run: string): string | undefined {
  return readdirSync(run)
    .filter((name) => name.startsWith("events.out.tfevents."))
    .sort()
    .at(-1);
}

function cutEvents(path: string, step: number): number {
  const length = lengthUpToStep(readBytes(path), step);
  cutFile(path, length);
  return length;
}
