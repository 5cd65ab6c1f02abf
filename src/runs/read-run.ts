// Reading what a run left, for programs that compare runs.

import { existsSync } from "node:fs";
import type { UpdateReport } from "../training/index.ts";
import { assertShape, readJson } from "./json.ts";
import { readMetrics } from "./metrics.ts";
import { readConfig, runFiles } from "./run-folder.ts";
import type { RunConfig } from "./run-folder.ts";
import type { SavedSummary } from "./summary.ts";
import { summaryShape } from "./summary-shape.ts";

/** A run as its folder holds it: see {@link readRun}. */
export interface Run {
  path: string;
  config: RunConfig;
  /** Null until the run has finished, failed or been interrupted. */
  summary: SavedSummary | null;
  /** The report of each update; a metric that was not finite is NaN. */
  updates: UpdateReport[];
  /** The paths of its files. */
  files: ReturnType<typeof runFiles>;
}

/**
 * Reads a run's folder.
 *
 * @throws InputError if it is missing, not a run's, or damaged.
 */
export function readRun(path: string): Run {
  const files = runFiles(path);
  const config = readConfig(path);
  const updates = existsSync(files.metrics) ? readMetrics(files.metrics) : [];
  return { path, config, summary: readSummary(path), updates, files };
}

/** The summary of a run; null too where it is damaged, as one that is to be written anew may be. */
export function readSummaryIfWhole(run: string): SavedSummary | null {
  try {
    return readSummary(run);
  } catch {
    return null;
  }
}

/**
 * The summary of a run; null until it has finished, failed or been interrupted.
 *
 * @throws InputError if it is damaged
 */
export function readSummary(run: string): SavedSummary | null {
  const path = runFiles(run).summary;
  if (!existsSync(path)) return null;
  return assertShape(readJson(path), summaryShape, path);
}
