// Ctrl-C: the first requests a stop, the second stops at once.

import type { Interruption } from "./context.ts";

/** Exit codes of processes that a signal ended: 128 and its number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Listens for Ctrl-C (and for SIGTERM, with which systems ask a process to end).
 *
 * @param exit Ends the process; called at the second signal.
 */
export function listenForInterrupt(exit: (code: number) => void): Interruption {
  const controller = new AbortController();
  let exitCode = 0;
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
  };
}
