// How far a benchmark is: on a terminal a line for each run in progress, redrawn, below those that are done; in a pipe
// or a file a line for each run that is done, and a word now and then.

import { styleText } from "node:util";
import { whole } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import type { TrainingJob } from "../suites/board.ts";
import { score, withSpread } from "../suites/tables.ts";
import { secondsLeft } from "../suites/time-left.ts";
import type { Output } from "./context.ts";
import { columnsOf, createLiveLines, freeColumns, isLive, useColor } from "./live-lines.ts";
import { bar, clockTime } from "./progress.ts";

/** Shows how far a benchmark is. */
export interface SuiteProgress {
  /** To be called when a run's status or progress has changed. */
  change(run: TrainingJob): void;
  /** Clears what is redrawn, so that other text can be written. */
  clear(): void;
}

const plainMilliseconds = 30_000;

/** For `--quiet`. */
export const noSuiteProgress: SuiteProgress = { change: () => {}, clear: () => {} };

/** @param now Milliseconds, for tests. */
export function createSuiteProgress(
  output: Output,
  board: readonly TrainingJob[],
  atATime: number,
  now: () => number = () => performance.now(),
): SuiteProgress {
  return isLive(output) ? liveProgress(output, board, atATime, now) : plainProgress(output, board, () => atATime, now);
}

function liveProgress(
  output: Output,
  board: readonly TrainingJob[],
  atATime: number,
  now: () => number,
): SuiteProgress {
  const live = createLiveLines(output, now);
  const draw = (above?: string) =>
    live.draw(boardLines(board, atATime, columnsOf(output) - freeColumns, (output.rows ?? 24) - 1, useColor()), above);
  return {
    change(run) {
      if (isOver(run)) draw(`${doneLine(run, columnsOf(output) - 1, useColor())}\n`);
      else if (live.isDue()) draw();
    },
    clear: () => live.clear(),
  };
}

/**
 * Lines for a pipe or a file.
 *
 * @param atATime runs at the same time, now
 * @param foot what else is told now and then
 */
export function plainProgress(
  output: Output,
  board: readonly TrainingJob[],
  atATime: () => number,
  now: () => number,
  foot?: () => string,
): SuiteProgress {
  let toldAt = now();
  return {
    change(run) {
      if (isOver(run)) output.write(`${doneLine(run, Infinity, false)}\n`);
      if (!isOver(run) && now() - toldAt < plainMilliseconds) return;
      if (!isOver(run)) {
        const running = board.filter(({ status }) => status === "running");
        const each = running.map((one) => `${one.task.title} ${percent(one)}`);
        output.write(`${countsLine(board, atATime())}${foot ? `; ${foot()}` : ""}: ${each.join("; ")}\n`);
      }
      toldAt = now();
    },
    clear() {},
  };
}

const isOver = ({ status }: TrainingJob) => ["finished", "failed", "interrupted"].includes(status);

/** The result of a run: "✓ ppo on CartPole-v1, seed 1  500.0 ± 0.0  0:12". Exported for tests, as are those below. */
export function doneLine(
  { status, task, result, error, progress }: TrainingJob,
  width: number,
  color: boolean,
): string {
  const [mark, style] = ({ finished: ["✓", "green"], failed: ["✗", "red"], interrupted: ["‖", "yellow"] } as const)[
    status as "finished" | "failed" | "interrupted"
  ];
  const what =
    status === "failed"
      ? (error ?? "failed").split(/\n|; /)[0] // the report has all of it
      : status === "interrupted"
        ? `saved at step ${whole(progress?.step ?? 0)}`
        : result === null
          ? "done"
          : `${withSpread(result.mean, result.std)}  ${clockTime(result.wallSeconds)}`;
  // The result matters more than the whole name; of a failure the beginning of both is kept.
  const room = width - 2;
  const name = shorten(task.title, Math.max(12, room - 2 - Math.min(what.length, room / 2)));
  const line = shorten(`${name}  ${what}`, room);
  return `${color ? styleText(style, mark) : mark} ${line}`;
}

/** The runs in progress and, last, the counts: no more than `rows` lines of at most `width` columns. */
export function boardLines(
  board: readonly TrainingJob[],
  atATime: number,
  width: number,
  rows: number,
  color: boolean,
): string[] {
  const running = board.filter(({ status }) => status === "running");
  const most = Math.max(0, rows - 1);
  const shown = running.length > most ? running.slice(0, Math.max(0, most - 1)) : running;
  const longest = Math.max(0, ...running.map(({ task }) => task.title.length));
  const lines = shown.map((run) => runLine(run, longest, width, color));
  const hidden = running.length - shown.length;
  if (hidden > 0 && most > 0) lines.push(shorten(`  and ${hidden} more`, width));
  return [...lines, shorten(countsLine(board, atATime), width)];
}

const widestBar = 24;

function runLine(run: TrainingJob, longest: number, width: number, color: boolean): string {
  const { task, progress } = run;
  const numbers =
    progress?.phase === "evaluating"
      ? "evaluating".padStart(14)
      : `${percent(run).padStart(5)}  ${score(progress?.meanReturn ?? null).padStart(7)}`;
  const room = width - 2 - numbers.length;
  const nameWidth = Math.min(longest, Math.max(0, room - 12));
  const barWidth = Math.min(widestBar, room - nameWidth - 4);
  if (barWidth < 4) return shorten(`  ${percent(run)} ${task.title}`, width);
  const name = shorten(task.title, nameWidth).padEnd(nameWidth);
  return `  ${name}  ${bar(progress?.fraction ?? 0, barWidth, color)}  ${numbers}`;
}

/** "12 of 45 done, 1 failed, 2 running, 0:42 left". */
export function countsLine(board: readonly TrainingJob[], atATime: number): string {
  const of = (...kinds: TrainingJob["status"][]) => board.filter(({ status }) => kinds.includes(status)).length;
  const failed = of("failed");
  const left = secondsLeft(board, atATime);
  return [
    `${of("finished", "earlier")} of ${board.length} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${of("running")} running`,
    ...(left === null || left === 0 ? [] : [`${clockTime(left)} left`]),
  ].join(", ");
}

const percent = ({ progress }: TrainingJob) => `${Math.floor((progress?.fraction ?? 0) * 100)} %`;

/** At most `width` columns of a text, which may be of others. */
export function shorten(given: string, width: number): string {
  const text = inOneLine(given);
  if (text.length <= width) return text;
  return width < 1 ? "" : `${text.slice(0, Math.max(0, width - 1))}…`;
}
