// progress.csv: a row an update for people and spreadsheets, with the clock that metrics.jsonl leaves out.

import { existsSync } from "node:fs";
import type { UpdateReport } from "../training/index.ts";
import { inOneLine } from "../text/printable.ts";
import { readBytes, wholeLines, writeFileAtomic } from "./files.ts";

const firstColumns = [
  "step",
  "update",
  "episodes",
  "wallSeconds",
  "stepsPerSecond",
  "meanReturn100",
  "evaluationReturn",
];

/** What spreadsheets take for a formula, which may call programs and send what is in other cells. */
const formula = /^'*\s*[=+\-@\t\r＝＋－＠]/;

/** Text as a cell that every program takes for text: a formula has an apostrophe before it. Numbers need none. */
export const textCell = (text: string): string => inOneLine(formula.test(text) ? `'${text}` : text);

/** The text of a cell. */
const textOf = (cell: string): string => (formula.test(cell) ? cell.replace(/^'/, "") : cell);

/** The column names: the counters, the clock, and the metrics of the first report. */
export const progressColumns = (first: UpdateReport): string[] => [...firstColumns, ...Object.keys(first.metrics)];

/** Those that a later report is the first to have, as where no episode had ended before: told apart as they are written. */
export function newColumns(columns: readonly string[], { metrics }: UpdateReport): string[] {
  const names = Object.keys(metrics).filter((name) => !columns.includes(name));
  if (names.length === 0) return names;
  const written = new Set(columns.map(textCell));
  return names.filter((name) => !written.has(textCell(name)));
}

/** Writes a table anew with further columns, empty in the rows that it has. */
export function addColumns(path: string, names: readonly string[]): void {
  const cells = csvLine(["", ...names.map(textCell)]);
  const empty = csvLine(["", ...names.map(() => "")]);
  const lines = [...wholeLines(readBytes(path))].map(({ text, number }) => `${text}${number === 1 ? cells : empty}`);
  writeFileAtomic(path, lines.join(""));
}

/** One row. What a report lacks, or what is not finite, is an empty cell. */
export function progressRow(
  columns: readonly string[],
  report: UpdateReport,
  wallSeconds: number,
  stepsPerSecond: number,
): string {
  const { step, update, episodes, meanReturn100, metrics } = report;
  const clock = { wallSeconds, stepsPerSecond };
  const evaluationReturn = report.evaluation?.mean ?? null;
  const counters: Record<string, number | null> = { step, update, episodes, ...clock, meanReturn100, evaluationReturn };
  return csvLine(columns.map((name) => cell(counters[name] ?? metrics[name], name)));
}

/** A line of CSV, with its newline; cells are quoted where they must be. Those that are no numbers are `textCell`s. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",")}\n`;
}

/** The cells of a line of CSV. */
const csvCells = (line: string): string[] =>
  Array.from(`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );

/**
 * The columns of an existing file, the length in bytes of its rows up to a step, and the wall-clock time of the last of
 * them. An empty or missing header means that the run had not finished its first update.
 */
export function progressUpToStep(
  path: string,
  step: number,
): { columns: string[]; length: number; wallSeconds: number } {
  let columns: string[] = [];
  let length = 0;
  let wallSeconds = 0;
  for (const line of wholeLines(readBytes(path))) {
    const cells = csvCells(line.text);
    if (line.number === 1) columns = cells.map(textOf);
    else {
      const rowStep = Number(cells[columns.indexOf("step")]);
      if (!(rowStep <= step)) break; // a later row, or one that was edited
      wallSeconds = Number(cells[columns.indexOf("wallSeconds")]) || 0;
    }
    ({ end: length } = line);
  }
  return { columns, length, wallSeconds };
}

/** The steps of the rows, and the seconds of training that each had taken, in order; empty if there is no such file. */
export function readClock(path: string): { step: number; seconds: number }[] {
  if (!existsSync(path)) return [];
  let places: [step: number, seconds: number] = [-1, -1];
  const rows: { step: number; seconds: number }[] = [];
  for (const { text, number } of wholeLines(readBytes(path))) {
    const cells = csvCells(text);
    if (number === 1) {
      const columns = cells.map(textOf);
      places = [columns.indexOf("step"), columns.indexOf("wallSeconds")];
      continue;
    }
    const [step, seconds] = places.map((place) => Number(cells[place]));
    if (!(step > (rows.at(-1)?.step ?? 0)) || !(seconds >= (rows.at(-1)?.seconds ?? 0))) break; // it was edited
    rows.push({ step, seconds });
  }
  return rows;
}

/** The seconds of training at steps that come in order, between two rows of {@link readClock} in proportion. */
export function secondsAt(clock: ReturnType<typeof readClock>): (step: number) => number {
  let row = 0;
  return (step) => {
    while (row < clock.length - 1 && clock[row].step < step) row++;
    const { step: b, seconds } = clock[row];
    const { step: a, seconds: from } = clock[row - 1] ?? { step: 0, seconds: 0 };
    return from + Math.min(1, (step - a) / (b - a)) * (seconds - from);
  };
}

/** The wall-clock seconds in the last row: how long the run was trained for. */
export function lastWallSeconds(path: string): number {
  return existsSync(path) ? progressUpToStep(path, Infinity).wallSeconds : 0;
}

/** Counters whole, seconds to the millisecond, metrics to six digits: enough for a person, and narrow. */
function cell(value: number | null | undefined, column: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "";
  if (column === "wallSeconds") return value.toFixed(3);
  if (column === "stepsPerSecond") return value.toFixed(0);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
