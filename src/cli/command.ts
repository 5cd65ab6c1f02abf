// The command, in its process: streams, signals, what others' code does to it. Nothing else sets the exit code.

import { writeSync } from "node:fs";
import { confirm } from "./confirm.ts";
import type { Interruption } from "./context.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { hasNoReader, lastingStream } from "./lasting-stream.ts";
import { runCli, strayError } from "./program.ts";
import { allowWideVectors } from "../tensor/wasm/vectors.ts";

const stderr = lastingStream(process.stderr);
const stdout = lastingStream(process.stdout, (error) => {
  if (!hasNoReader(error)) stderr.write(`polgrad: nothing can be written to the output any more: ${error.message}\n`);
});

let interruption: Interruption | undefined;
let lastWords = "";
let hasEnded = false;
let ranDry = false;

// What a user's environment does behind our back: it throws where nobody catches it, ends the process, or never ends.
for (const event of ["uncaughtException", "unhandledRejection"])
  process.on(event, (error: unknown) => {
    if (interruption) return interruption.fail?.(error);
    stderr.write(`polgrad: ${strayError(error).message}\n`);
    end(1);
  });
process.on("beforeExit", () => (ranDry = true));
process.on("exit", (code) => {
  if (hasEnded) return;
  const how = ranDry
    ? "nothing is left that the command could wait for, as where an environment's module awaits what never comes"
    : `process.exit(${code}) was called, by the environment or what it imports`;
  say(`polgrad: ended before the command had: ${how}.\n${lastWords && `${lastWords}\n`}`);
  if (code === 0) process.exitCode = 1;
});

// Not awaited: Node would report a command that never ends in its own words.
void runCli({
  stdout,
  stderr,
  cwd: process.cwd(),
  argv: process.argv.slice(2),
  library: async () => {
    allowWideVectors(process.env);
    return (await import("./library.ts")).library;
  },
  ...(process.stdin.isTTY && process.stderr.isTTY && { confirm }),
  interruption: () => (interruption = listenForInterrupt(end)),
  keep: (text) => (lastWords = text),
}).then((code) => {
  hasEnded = true;
  if (code === 129 || [stdout, stderr].some((stream) => stream.loss()?.code === "EIO")) {
    // Of a terminal that is gone. Node aborts where it cannot set it back at the end; the signal's own way out is kept.
    process.removeAllListeners("SIGHUP");
    process.kill(process.pid, "SIGHUP");
  }
  const loss = stdout.loss();
  process.exitCode = code === 0 && loss && !hasNoReader(loss) ? 1 : code;
});

function end(code: number): void {
  hasEnded = true;
  process.exit(code);
}

/** At the very end, when streams write no more. */
function say(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // nobody is there to read it
  }
}
