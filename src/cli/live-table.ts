// A table that is redrawn while jobs are in progress: a row for each, with a bar where there is room.

import { inOneLine } from "../text/printable.ts";
import { bar } from "./progress.ts";

/** A column of a {@link tableLines}. */
export interface TableColumn<Row> {
  readonly head: string;
  /** Characters at least, so that columns stay where they are. */
  readonly width: number;
  /** A name, which stands left and is cut where there is no room for it. */
  readonly isName?: boolean;
  /** Empty where there is nothing to tell yet. */
  cell(row: Row): string;
}

/** What a table is made of. */
export interface LiveTable<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly TableColumn<Row>[];
  /** Heads of columns that may go, first what is told least. */
  readonly optional: readonly string[];
  /** From 0 to 1, for the bar. */
  fraction(row: Row): number;
  isRunning(row: Row): boolean;
  isOver(row: Row): boolean;
  /** The last line; default: what is hidden, where anything is. */
  readonly foot?: string;
}

const widestBar = 24;
const narrowestName = 8;

/** The table: no more than `height` lines of at most `width` columns. */
export function tableLines<Row>(
  { rows, columns: all, optional, fraction, isRunning, isOver, foot }: LiveTable<Row>,
  width: number,
  height: number,
  color: boolean,
): string[] {
  let columns = all.map((column) => ({ ...column, cell: (row: Row) => inOneLine(column.cell(row)) }));
  const widthOf = ({ head, width: least, cell }: TableColumn<Row>): number =>
    Math.max(least, head.length, ...rows.map((row) => cell(row).length));
  const names = columns.filter(({ isName }) => isName);
  const nameWidth = names.reduce((sum, column) => sum + widthOf(column), 0);
  const room = (): number => width - columns.reduce((total, column) => total + 2 + widthOf(column), 0);
  for (const out of optional) {
    if (room() + Math.max(0, nameWidth - narrowestName) >= 0) break;
    columns = columns.filter(({ head }) => head !== out);
  }
  const lack = Math.max(0, -room());
  const widths = columns.map((column) =>
    column.isName ? Math.max(narrowestName, widthOf(column) - lack) : widthOf(column),
  );
  const barWidth = Math.min(widestBar, room() - 2);
  const fitted = (text: string, i: number): string => {
    const { isName } = columns[i];
    if (!isName) return text.padStart(widths[i]);
    return (text.length > widths[i] ? `${text.slice(0, widths[i] - 1)}…` : text).padEnd(widths[i]);
  };
  const line = (cells: readonly string[], row?: Row): string => {
    const text = cells.map((cell, i) => `  ${fitted(cell, i)}`).join("");
    return row !== undefined && barWidth >= 8
      ? `${text}  ${bar(fraction(row), barWidth, color)}`
      : text.slice(0, width).trimEnd();
  };
  const most = Math.max(0, height - 1 - (foot === undefined ? 0 : 1));
  // Where there is not room for all, those in progress are what is looked for.
  const wanted = rows.length <= most ? rows : rows.filter(isRunning);
  const shown = wanted.length < rows.length ? wanted.slice(0, Math.max(0, most - 1)) : wanted;
  const hidden = rows.length - shown.length;
  return [
    line(columns.map(({ head }) => head)),
    ...shown.map((row) => line(columns.map(({ cell }) => cell(row)), row)), // prettier-ignore
    ...(hidden > 0 ? [`  and ${hidden} more, ${rows.filter(isOver).length} of ${rows.length} done`.slice(0, width)] : []), // prettier-ignore
    ...(foot === undefined ? [] : [foot.slice(0, width)]),
  ].slice(0, Math.max(1, height));
}
