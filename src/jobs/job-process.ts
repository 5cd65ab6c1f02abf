// A process of its own for jobs, one after another: it gets each task from the process that forked it, and reports its
// progress there. A crash here leaves the other jobs alone.

import { errorWords, type ErrorWords } from "../errors.ts";
import { allowWideVectors } from "../tensor/wasm/vectors.ts";
import { declineHelpers } from "../threads/helpers.ts";
import type { CarryOut, JobOutcome } from "./run-jobs.ts";

/** What is carried out: a task, by the default export of a module. */
export interface Assignment {
  /** The module's URL. */
  readonly module: string;
  readonly task: unknown;
}

/** A message of the parent. */
export type Order = { run: Assignment } | "stop";

/** A message of the child. */
export type Message = { progress: unknown } | { outcome: JobOutcome } | { failure: ErrorWords };

const progressMilliseconds = 100;

/** Of the job in progress. */
let controller = new AbortController();
// A terminal's Ctrl-C reaches every process of the group; what it means is the parent's decision.
process.on("SIGINT", () => undefined);
// So may the signals that ask processes to end, and without a word of the parent's they do mean that.
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => controller.abort());
// There are no more jobs; or the parent was killed, and a job would run on unseen, perhaps along with a new one in the same
// folder. Its checkpoints are enough to resume from.
process.on("disconnect", () => process.exit(0));
process.on("message", (order: Order) => {
  if (order === "stop") controller.abort();
  else void run(order.run);
});

async function run({ module, task }: Assignment): Promise<void> {
  allowWideVectors(process.env); // nothing but jobs is in this process
  declineHelpers(); // there are as many jobs as cores
  controller = new AbortController();
  try {
    const { default: carryOut } = (await import(module)) as { default: CarryOut<unknown, unknown> };
    const reporter = createReporter();
    const outcome = await carryOut(task, { signal: controller.signal, onProgress: reporter.report });
    reporter.flush();
    send({ outcome });
  } catch (error) {
    send({ failure: errorWords(error) });
  }
}

/** Reports progress at once, and then at most ten times a second: always the latest, and at the end the last. */
function createReporter() {
  let waiting: { progress: unknown } | undefined;
  let isPaused = false;
  const flush = (): void => {
    if (waiting) send(waiting);
    waiting = undefined;
  };
  const begin = (): void => {
    isPaused = true;
    setTimeout(() => {
      isPaused = false;
      if (waiting) begin();
    }, progressMilliseconds);
    flush();
  };
  return {
    report(progress: unknown): void {
      waiting = { progress };
      if (!isPaused) begin();
    },
    flush,
  };
}

function send(message: Message): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
