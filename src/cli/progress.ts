// How far a training is: one line that is redrawn on a terminal, plain lines now and then in a pipe or a file.

import { styleText } from "node:util";
import type { UpdateReport } from "../training/index.ts";
import type { RunClock } from "../runs/train-run.ts";
import { inOneLine } from "../text/printable.ts";
import { returnText, twoDigits, whole } from "../text/numbers.ts";
import type { Output } from "./context.ts";
import { columnsOf, createLiveLines, freeColumns, isLive, useColor } from "./live-lines.ts";

/** Shows how far a training is. */
export interface Progress {
  /** @param sample a line of text that was written by the model that is trained */
  update(report: UpdateReport, clock: RunClock, sample?: string): void;
  /** Clears the live line, so that other text can be written; the next update draws it again. */
  clear(): void;
}

/** What the run was asked for: steps, or episodes. */
export interface Goal {
  /** "steps" or "episodes"; of learners of data what a step is, as "tokens". */
  unit: string;
  total: number;
  /** What a run without returns shows in their place. */
  figures?: (report: UpdateReport) => string;
  /** Its speed, where that is not of steps. */
  speed?: (report: UpdateReport, clock: RunClock) => string;
}

const barWidth = 24;
/** Plain lines come with each tenth of the run, and where those are far apart, this often. */
const plainSeconds = 10;

/** @param now Milliseconds, for tests. */
export function createProgress(output: Output, goal: Goal, now: () => number = () => performance.now()): Progress {
  return isLive(output) ? liveProgress(output, goal, now) : plainProgress(output, goal);
}

/** For `--quiet`. */
export const noProgress: Progress = { update: () => {}, clear: () => {} };

function liveProgress(output: Output, goal: Goal, now: () => number): Progress {
  const live = createLiveLines(output, now);
  let lastSample: string | undefined;
  return {
    update(report, clock, sample = lastSample) {
      lastSample = sample;
      if (!live.isDue()) return;
      const width = columnsOf(output) - freeColumns;
      const line = fitLine(report, clock, goal, width, useColor());
      live.draw([line, ...(sample === undefined ? [] : [inOneLine(sample).slice(0, width)])]);
    },
    clear: () => live.clear(),
  };
}

function plainProgress(output: Output, goal: Goal): Progress {
  let tenth = 0;
  let seconds: number | null = null;
  return {
    update(report, clock, sample) {
      seconds ??= clock.wallSeconds;
      const due = Math.floor(clock.fraction * 10);
      if (due <= tenth && clock.wallSeconds - seconds < plainSeconds) return;
      tenth = Math.max(due, tenth);
      seconds = clock.wallSeconds;
      output.write(
        `${parts(report, clock, goal)
          .filter((part) => part !== "")
          .join("  ")}\n`,
      );
      if (sample !== undefined) output.write(`       ${inOneLine(sample)}\n`);
    },
    clear() {},
  };
}

/** As much of the line as fits into `width` columns: what matters least goes first. Exported for tests. */
export function fitLine(report: UpdateReport, clock: RunClock, goal: Goal, width: number, color: boolean): string {
  const [percent, done, speed, mean, left] = parts(report, clock, goal) as [string, string, string, string, string];
  const short = done.replace(/ of .*/, ` ${goal.unit}`);
  const candidates = [
    [percent, done, speed, mean, left],
    [percent, short, speed, mean, left],
    [percent, short, mean, left],
    [percent, mean, left],
    [percent, left],
    [percent],
  ];
  for (const candidate of candidates) {
    const text = candidate.filter((part) => part !== "").join("  ");
    const room = width - text.length - 2;
    if (room >= 8) return `${bar(clock.fraction, Math.min(barWidth, room), color)}  ${text}`;
    if (room >= -2) return text;
  }
  return percent.trim().slice(0, Math.max(0, width));
}

function parts(report: UpdateReport, clock: RunClock, { unit, total, figures, speed }: Goal): string[] {
  const done = unit === "episodes" ? report.episodes : report.step;
  const mean = `mean return ${report.meanReturn100 === null ? "–" : returnText(report.meanReturn100)}`;
  return [
    `${String(Math.floor(clock.fraction * 100)).padStart(3)} %`,
    `${whole(done)} of ${whole(total)} ${unit}`,
    speed?.(report, clock) ?? `${whole(clock.stepsPerSecond)} steps/s`,
    figures?.(report) ?? mean,
    clock.secondsLeft === null ? "" : `${clockTime(clock.secondsLeft)} left`,
  ];
}

/** A progress bar of `width` characters. */
export function bar(fraction: number, width: number, color: boolean): string {
  const filled = Math.round(fraction * width);
  const [done, open] = ["━".repeat(filled), "─".repeat(width - filled)];
  return color ? styleText("cyan", done) + styleText("dim", open) : done + open;
}

/** Seconds as 0:07, 12:34 or 1:02:03. */
export function clockTime(seconds: number): string {
  const total = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${twoDigits(total % 60)}` : `${minutes}:${twoDigits(total % 60)}`;
}
