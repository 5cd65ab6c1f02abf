// How far a sweep is: on a terminal a table with a row for each setting, redrawn; in a pipe or a file a line for each run
// that is done, and a word now and then.

import { mean } from "../runs/statistics.ts";
import { score } from "../suites/tables.ts";
import { secondsLeft } from "../suites/time-left.ts";
import type { SweepRun } from "../sweeps/run-sweep.ts";
import type { SweepSetting } from "../sweeps/sweep.ts";
import { whole } from "../text/numbers.ts";
import type { Output } from "./context.ts";
import { columnsOf, createLiveLines, freeColumns, isLive, useColor } from "./live-lines.ts";
import { tableLines, type LiveTable } from "./live-table.ts";
import { clockTime } from "./progress.ts";
import { countsLine, doneLine, plainProgress, shorten, type SuiteProgress } from "./suite-progress.ts";

/** Options of {@link createSweepProgress}. */
interface SweepProgressOptions {
  /** A line below the table, such as of machines. */
  readonly foot?: () => string;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

/** @param atATime runs at the same time, now */
export function createSweepProgress(
  output: Output,
  board: readonly SweepRun[],
  atATime: () => number,
  { foot, now = () => performance.now() }: SweepProgressOptions = {},
): SuiteProgress {
  if (!isLive(output)) return plainProgress(output, board, atATime, now, foot);
  const live = createLiveLines(output, now);
  return {
    change(run) {
      const { status } = run;
      if (status === "running" && !live.isDue()) return;
      const above = status === "failed" ? `${doneLine(run, columnsOf(output) - 1, useColor())}\n` : "";
      const width = columnsOf(output) - freeColumns;
      const below = foot ? [shorten(`  ${foot()}`, width)] : [];
      const height = (output.rows ?? 24) - 1 - below.length;
      live.draw([...sweepTable(board, atATime(), width, height, useColor()), ...below], above);
    },
    clear: () => live.clear(),
  };
}

/** A setting with the runs of its seeds. */
interface Row {
  readonly setting: SweepSetting;
  readonly runs: readonly SweepRun[];
}

/** The sweep as a table: no more than `height` lines of at most `width` columns. Exported for tests. */
export function sweepTable(
  board: readonly SweepRun[],
  atATime: number,
  width: number,
  height: number,
  color: boolean,
): string[] {
  const settings = [...new Set(board.map(({ setting }) => setting))];
  const rows = settings.map((setting): Row => ({ setting, runs: board.filter((run) => run.setting === setting) }));
  const table: LiveTable<Row> = {
    rows,
    columns: [
      { head: "setting", width: 8, isName: true, cell: ({ setting }) => setting.name },
      { head: "seeds", width: 6, cell: seedsText },
      { head: "steps", width: 9, cell: ({ runs }) => whole(runs.reduce((sum, run) => sum + stepsOf(run), 0)) },
      { head: "mean return", width: 11, cell: ({ runs }) => score(meanSoFar(runs)) },
      { head: "left", width: 7, cell: ({ runs }) => leftText(runs, atATime) },
    ],
    optional: ["steps", "left", "seeds"],
    fraction: ({ runs }) => mean(runs.map(fractionOf)),
    isRunning: ({ runs }) => runs.some(({ status }) => status === "running"),
    isOver: ({ runs }) => runs.every(isDone),
    foot: `  ${countsLine(board, atATime)}`,
  };
  return tableLines(table, width, height, color);
}

const isDone = ({ status }: SweepRun): boolean => status === "finished" || status === "earlier";

/** "2 of 5", and how many failed. */
function seedsText({ runs }: Row): string {
  const failed = runs.filter(({ status }) => status === "failed").length;
  return `${runs.filter(isDone).length} of ${runs.length}${failed > 0 ? `, ${failed} failed` : ""}`;
}

const stepsOf = ({ result, progress }: SweepRun): number => result?.steps ?? progress?.step ?? 0;

const fractionOf = (run: SweepRun): number => (isDone(run) ? 1 : (run.progress?.fraction ?? 0));

/** Of the final evaluations of seeds that are done; before any is, of the last episodes of training. */
function meanSoFar(runs: readonly SweepRun[]): number | null {
  const evaluated = runs.flatMap(({ result }) => result?.mean ?? []);
  const values = evaluated.length > 0 ? evaluated : runs.flatMap(({ progress }) => progress?.meanReturn ?? []);
  return values.length === 0 ? null : mean(values);
}

/** Until the setting's runs are done, were it their turn. */
function leftText(runs: readonly SweepRun[], atATime: number): string {
  const left = secondsLeft(runs, atATime);
  return left === null || left === 0 ? "" : clockTime(left);
}
