// A question to the person at the terminal.

import { createInterface } from "node:readline";

/** Whether the answer is yes; Ctrl-C and the end of input are no. The question goes to stderr. */
export function confirm(question: string): Promise<boolean> {
  return new Promise((resolve) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    terminal.on("close", () => resolve(false));
    terminal.question(question, (answer) => {
      resolve(/^\s*y(es)?\s*$/i.test(answer));
      terminal.close();
    });
  });
}
