// A part of the terminal that is drawn again and again, just above the cursor.

import type { Output } from "./context.ts";

/** A part of the terminal that is redrawn in place. */
export interface Screen {
  /**
   * Shows these lines, as many as before, over those that were shown; only what changed is written. They may have
   * colours, so text of others in them must be printable.
   */
  show(lines: readonly string[]): void;
  /** Leaves what is shown, and gives the cursor back. */
  close(): void;
}

const hideCursor = "\x1b[?25l";
const showCursor = "\x1b[?25h";

/** Starts a screen at the cursor, which is hidden until `close`. */
export function openScreen(output: Output): Screen {
  let shown: readonly string[] = [];
  let size = "";
  let open = true;
  output.draw(hideCursor);
  return {
    show(lines) {
      if (!open) return;
      const now = `${output.columns} ${output.rows}`;
      const resized = shown.length > 0 && now !== size;
      if (resized || shown.length !== lines.length) shown = [];
      // After a change of size the places of the old lines are unknown.
      const start = resized ? "\x1b[2J\x1b[H" : shown.length > 0 ? `\x1b[${shown.length}A` : "";
      output.draw(start + lines.map((line, i) => (line === shown[i] ? "\n" : `\r${line}\x1b[K\n`)).join(""));
      shown = lines;
      size = now;
    },
    close() {
      if (open) output.draw(`\r\x1b[K${showCursor}`); // over the ^C that the terminal may have shown
      open = false;
    },
  };
}
