// How long a learner's step takes: some of its updates are run and timed.

import type { Learner, Setting } from "../learning/learner.ts";
import { createStreams } from "../random/index.ts";
import { createEngine } from "../tensor/index.ts";
import { createTurns, runInTurns } from "../training/index.ts";

/** Seconds to time updates for. */
const enough = 1;

/**
 * Seconds for each of a learner's steps, once it is warm: its first update, which compiles, counts only where it takes
 * long. At most so many `updates` are run, for about a second by `now` (a clock in milliseconds).
 */
export async function timed<Options>(
  create: (setting: Setting<Options>) => Learner,
  options: Options,
  { seed = 0, strict }: { readonly seed?: number; readonly strict?: boolean },
  updates: number,
  now = () => performance.now(),
): Promise<{ perStep: number; measured: number }> {
  const began = now();
  const engine = await createEngine({ strict });
  const learner = create({ options, engine, streams: createStreams(seed) });
  const since = (start: number): number => (now() - start) / 1000;
  const takeTurns = createTurns();
  let start = now();
  let before = 0;
  let isWarm = false;
  for (let update = 0; update < updates; update++) {
    await runInTurns(learner.update(1), takeTurns);
    if (since(start) >= (isWarm ? enough : 2 * enough)) break;
    // What JavaScript's compilers have not come to yet is slow: the first third of the time does not count.
    if (update > 0 && isWarm) continue;
    isWarm = since(began) > enough / 3;
    if (update < updates - 1) {
      start = now();
      before = learner.progress.steps;
    }
  }
  return { perStep: since(start) / Math.max(1, learner.progress.steps - before), measured: since(began) };
}
