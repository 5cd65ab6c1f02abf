// Long work on a shared thread: the event loop gets a turn now and then, so that pages paint and Ctrl-C works.

import { isPromise, resumed } from "../awaitable.ts";

/**
 * Milliseconds of work after which the event loop has its turn where the work next pauses, which it does every 10 ms:
 * turns are at most 50 ms apart and, where an environment is slow, the time of one of its calls.
 */
const turnMilliseconds = 25;

/** To be called between parts of the work: it waits where a turn is due, and costs nothing elsewhere. */
export type TakeTurns = () => Promise<void> | undefined;

/** A function that gives the event loop its turn, once 25 ms have passed since now or the last one. */
export function createTurns(): TakeTurns {
  let began = performance.now();
  return () => {
    if (performance.now() - began < turnMilliseconds) return undefined;
    return nextTurn().then(() => void (began = performance.now()));
  };
}

const { setImmediate: soon } = globalThis as { setImmediate?: (callback: () => void) => unknown };

/**
 * After everything that waits now. In a page a message comes at once where a timer would be held back by some
 * milliseconds; Node has a function of its own, and loads for its first message what takes as long as a short training.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (soon) return void soon(resolve);
    if (typeof MessageChannel !== "function") return void setTimeout(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** Runs slices of work to their end, taking turns after each, and waits for promises that they yield. */
export async function runInTurns<T>(slices: Generator<unknown, T>, takeTurns: TakeTurns): Promise<T> {
  let slice = slices.next();
  while (!slice.done) {
    if (isPromise(slice.value)) slice = await resumed(slices, slice.value);
    else {
      const turn = takeTurns();
      if (turn) await turn;
      slice = slices.next();
    }
  }
  const turn = takeTurns();
  if (turn) await turn;
  return slice.value;
}
