// The way of all text to the terminal: what files and environments hold is shown there, and never obeyed.

import { printable } from "../text/printable.ts";
import type { Output, Stream, Surroundings, Terminal } from "./context.ts";

/** What a stream's terminal is, as it is at each moment. */
export const terminalOf = (stream: Stream): Omit<Stream, "write"> => ({
  get isTTY() {
    return stream.isTTY;
  },
  get columns() {
    return stream.columns;
  },
  get rows() {
    return stream.rows;
  },
  ...(stream.getColorDepth && { getColorDepth: () => stream.getColorDepth!() }),
});

/** The stream with `write` for text, and `draw` for control sequences. */
export const printableOutput = (stream: Stream): Output =>
  Object.assign(terminalOf(stream), {
    write: (text: string) => stream.write(printable(text)),
    draw: (text: string) => stream.write(text),
  });

/** The surroundings with all that is written made printable. */
export function printableTerminal(surroundings: Omit<Surroundings, "library">): Terminal {
  const { stdout, stderr, confirm, keep } = surroundings;
  return {
    ...surroundings,
    stdout: printableOutput(stdout),
    stderr: printableOutput(stderr),
    ...(keep && { keep: (lastWords: string) => keep(printable(lastWords)) }),
    ...(confirm && { confirm: (question: string) => confirm(printable(question)) }),
  };
}
