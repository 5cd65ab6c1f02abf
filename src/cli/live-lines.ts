// Lines at the cursor that are redrawn in place while something is in progress.

import { stripVTControlCharacters } from "node:util";
import type { Output } from "./context.ts";

/** What is drawn so and redrawn. */
export interface LiveLines {
  /** Whether it is time to draw again: ten times a second are enough for eyes. */
  isDue(): boolean;
  /** @param lines in the place of those before; text of others in them must be printable @param above what stays */
  draw(lines: readonly string[], above?: string): void;
  /** Clears them, so that other text can be written; drawing is due then. */
  clear(): void;
}

const redrawMilliseconds = 100;

/** Columns that stay free for the ^C that the terminal shows: wrapped onto the next row, it would leave a line behind. */
export const freeColumns = 3;

/** @param now milliseconds */
export function createLiveLines(output: Output, now: () => number): LiveLines {
  let drawnAt = -Infinity;
  let widths: number[] = [];
  /** Erases what was drawn, on as many rows as it takes now: the window may have become narrower since. */
  const erase = (): string => {
    const rows = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columnsOf(output))), 0) - 1;
    return `${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J`;
  };
  return {
    isDue: () => now() - drawnAt >= redrawMilliseconds,
    draw(lines, above = "") {
      output.draw(`${erase()}${above}${lines.join("\n")}`);
      widths = lines.map((line) => stripVTControlCharacters(line).length);
      drawnAt = now();
    },
    clear() {
      if (widths.length > 0) output.draw(erase());
      widths = [];
      drawnAt = -Infinity;
    },
  };
}

/** Whether lines can be redrawn: on a terminal that understands control sequences. */
export function isLive(output: Output): boolean {
  return output.isTTY === true && process.env.TERM !== "dumb";
}

/** The width of a terminal in columns; 80 if it is unknown. */
export function columnsOf(output: Output): number {
  return output.columns !== undefined && output.columns > 0 ? output.columns : 80;
}

/** Whether colours are wanted: see https://no-color.org. */
export function useColor(): boolean {
  return !process.env.NO_COLOR;
}
