// metrics.jsonl: one JSON object a line and update, with everything that a training reports and no clock, so that a
// resumed run leaves the same bytes as one that was never interrupted.

import { InputError } from "../errors.ts";
import type { FinishedEpisode } from "../experience/index.ts";
import type { Evaluation, UpdateReport } from "../training/index.ts";
import { readBytes, wholeLines } from "./files.ts";

/** The fields of a line that are not metrics. */
const reportFields = [
  "update",
  "step",
  "episodes",
  "meanReturn100",
  "rewardPerStep",
  "finished",
  "evaluation",
] as const;

/** One line of metrics.jsonl. A metric that is not finite is written as null. */
export function metricsLine(report: UpdateReport): string {
  const { update, step, episodes, meanReturn100, rewardPerStep, metrics, evaluation } = report;
  const finished = report.finished.map(({ step, return: total, length, values }) => ({
    step,
    return: total,
    length,
    values,
  }));
  return `${JSON.stringify({ update, step, episodes, meanReturn100, rewardPerStep, ...metrics, finished, evaluation })}\n`;
}

/**
 * Reads metrics.jsonl. A last line without its newline was being written when the run was killed, and is left out.
 *
 * @throws InputError if a line is not what `metricsLine` writes.
 */
export function readMetrics(path: string): UpdateReport[] {
  return [...wholeLines(readBytes(path))].map(({ text, number }) => parseMetricsLine(text, path, number));
}

/**
 * The length in bytes of the lines up to a step, and the step of the last of them.
 *
 * @throws InputError if a line is not what `metricsLine` writes, or updates are missing or there twice
 */
export function metricsUpToStep(path: string, step: number): { length: number; lastStep: number } {
  let length = 0;
  let lastStep = 0;
  for (const line of wholeLines(readBytes(path))) {
    const report = parseMetricsLine(line.text, path, line.number);
    if (report.step > step) break;
    if (report.update !== line.number)
      throw new InputError(
        `${path} is damaged: line ${line.number} is of update ${report.update}, as if two processes had written it`,
      );
    ({ end: length } = line);
    ({ step: lastStep } = report);
  }
  return { length, lastStep };
}

function parseMetricsLine(text: string, path: string, number: number): UpdateReport {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new InputError(`${path} is damaged: line ${number} is not JSON`, { cause: error });
  }
  if (typeof line?.update !== "number" || typeof line.step !== "number" || !areEpisodes(line.finished)) {
    throw new InputError(`${path} is damaged: line ${number} is not the report of an update`);
  }
  const metrics: Record<string, number> = {};
  for (const [name, value] of Object.entries(line)) {
    if ((reportFields as readonly string[]).includes(name)) continue;
    metrics[name] = typeof value === "number" ? value : NaN;
  }
  const report: UpdateReport = {
    update: line.update,
    step: line.step,
    episodes: Number(line.episodes),
    meanReturn100: typeof line.meanReturn100 === "number" ? line.meanReturn100 : null,
    ...(typeof line.rewardPerStep === "number" && { rewardPerStep: line.rewardPerStep }),
    finished: line.finished as FinishedEpisode[],
    metrics,
  };
  const { evaluation } = line;
  if (typeof evaluation !== "object" || evaluation === null) return report;
  if (!isNumber((evaluation as Evaluation).mean))
    throw new InputError(`${path} is damaged: line ${number} has an evaluation without a mean`);
  return { ...report, evaluation: evaluation as Evaluation };
}

/** JSON has null for a number that was not finite. */
const isNumber = (value: unknown): boolean => typeof value === "number" || value === null;

const areEpisodes = (list: unknown): boolean =>
  Array.isArray(list) &&
  list.every((one: FinishedEpisode | null) => isNumber(one?.step) && isNumber(one?.return) && isNumber(one?.length));
