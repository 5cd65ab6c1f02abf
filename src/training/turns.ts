// Long work on a shared thread: the event loop has its turn every so often, so that pages paint and Ctrl-C is heard.

/** Milliseconds of work after which the event loop has its turn. */
const patience = 25;

/** Whoever works calls this between parts of the work: it waits where a turn is due, and costs nothing elsewhere. */
export type TakeTurns = () => Promise<void> | undefined;

export function createTurns(): TakeTurns {
  let began = performance.now();
  return () => {
    if (performance.now() - began < patience) return undefined;
    return nextTurn().then(() => void (began = performance.now()));
  };
}

/** After everything that waits now. A message comes at once where a timer would be held back by some milliseconds. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Runs slices of work to their end, taking turns after each. */
export async function runInTurns<T>(slices: Generator<unknown, T>, takeTurns: TakeTurns): Promise<T> {
  for (;;) {
    const slice = slices.next();
    const turn = takeTurns();
    if (turn) await turn;
    if (slice.done) return slice.value;
  }
}

/** Runs slices of work to their end at once. */
export function runAtOnce<T>(slices: Generator<unknown, T>): T {
  for (;;) {
    const slice = slices.next();
    if (slice.done) return slice.value;
  }
}
