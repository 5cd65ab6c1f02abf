// Ctrl-C: the first requests a stop, the second stops at once.

import { Worker } from "node:worker_threads";
import type { Interruption } from "./context.ts";

/** Exit codes of processes that a signal ended: 128 and its number. SIGHUP comes when a terminal is closed. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Listens for Ctrl-C (and for SIGTERM, with which systems ask a process to end, and SIGHUP).
 *
 * @param exit Ends the process; called at the second signal.
 */
export function listenForInterrupt(exit: (code: number) => void): Interruption {
  const controller = new AbortController();
  let exitCode = 0;
  let failure: { readonly cause: unknown } | undefined;
  for (const [signal, code] of Object.entries(exitCodes)) {
    process.on(signal, () => {
      if (controller.signal.aborted) exit(code);
      exitCode = code;
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    get failure() {
      return failure;
    },
    fail(cause) {
      failure ??= { cause };
      exitCode = 1;
      controller.abort();
    },
    guard: (lastWords) => guardAgainstEndlessCalls(lastWords),
  };
}

/**
 * Answers Ctrl-C where this thread cannot: signals are events of its loop, and a call that does not return lets no
 * event through. So another thread hears the first one, passes it on and, where that is not taken up within a second,
 * says what holds it up. From then on Ctrl-C ends the process at once, as it does by default.
 */
function guardAgainstEndlessCalls(lastWords: string): void {
  const [isOver, heard, listens] = [0, 0, 0].map(() => new Int32Array(new SharedArrayBuffer(4))) as [Word, Word, Word];
  const guard = new Worker(guardThread, { eval: true, workerData: { isOver, heard, listens, lastWords } });
  Atomics.wait(listens, 0, 0, 2000); // some 30 ms: the first step may already be the one that does not return
  process.on("exit", () => set(isOver)); // the process would wait for the thread, which waits for Ctrl-C
  guard.on("error", () => {}); // Ctrl-C is then heard by this thread alone
  guard.on("message", () => {
    set(heard);
    process.emit("SIGINT");
  });
  guard.unref(); // after listening, which holds the process
}

type Word = Int32Array<SharedArrayBuffer>;

function set(word: Word): void {
  Atomics.store(word, 0, 1);
  Atomics.notify(word, 0);
}

/** `breakOnSigint` of a script that only waits: the one way by which Node tells a thread other than the main one. */
const guardThread = `
const { parentPort, workerData: { isOver, heard, listens, lastWords } } = require("node:worker_threads");
Object.assign(globalThis, { isOver, listens });
try {
  const wait = "Atomics.store(listens, 0, 1); Atomics.notify(listens, 0); Atomics.wait(isOver, 0, 0)";
  new (require("node:vm").Script)(wait).runInThisContext({ breakOnSigint: true });
} catch {
  parentPort.postMessage("SIGINT");
  if (Atomics.wait(heard, 0, 0, 1000) === "timed-out")
    require("node:fs").writeSync(2, "\\n" + lastWords + "\\n");
}
`;
