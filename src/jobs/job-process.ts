// A process of its own for one job of a benchmark: gets its plan from the process that forked it, and tells that one
// how far it is. What goes wrong here, were it a crash, leaves the other jobs alone.

import { wordsOf, type ErrorWords } from "../errors.ts";
import { runJob } from "./job.ts";
import type { JobOutcome, JobProgress, Plan } from "./job.ts";

/** What the parent says. */
export type Order = { run: Plan } | "stop";

/** What the child says. */
export type Message = { progress: JobProgress } | { outcome: JobOutcome } | { failure: ErrorWords };

const progressMilliseconds = 100;

const controller = new AbortController();
// A terminal's Ctrl-C reaches every process of the group; the parent decides what becomes of it.
process.on("SIGINT", () => undefined);
// Without its parent a job would go on unseen, and beside one that is started anew. Its last checkpoint is enough.
process.on("disconnect", () => process.exit(1));
process.on("message", (order: Order) => {
  if (order === "stop") controller.abort();
  else void carryOut(order.run);
});

async function carryOut(plan: Plan): Promise<void> {
  let toldAt = -Infinity;
  const onProgress = (progress: JobProgress) => {
    const now = performance.now();
    if (progress.phase === "training" && progress.fraction < 1 && now - toldAt < progressMilliseconds) return;
    toldAt = now;
    tell({ progress });
  };
  try {
    const outcome = await runJob(plan, { signal: controller.signal, onProgress });
    tell({ outcome }, () => process.exit(0));
  } catch (error) {
    tell({ failure: wordsOf(error) }, () => process.exit(1));
  }
}

function tell(message: Message, then: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, then);
}
