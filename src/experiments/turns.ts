// Trials that take long are followed and stopped between their pieces.

import type { TrialControls } from "./experiment.ts";

/** Thrown within a trial once it is to stop; it starts anew the next time. */
export class Interrupted extends Error {
  constructor() {
    super("the trial was asked to stop");
  }
}

const milliseconds = 100;

/**
 * A function to be awaited now and then, with the share that is done: it reports progress and lets the process hear that
 * it is to stop.
 *
 * @returns the function; it throws Interrupted once the trial is to stop
 */
export function runsLong({ signal, onProgress }: TrialControls): (done: number) => Promise<void> {
  let latest = performance.now();
  return async (done) => {
    if (performance.now() - latest < milliseconds) return;
    onProgress?.(done);
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted) throw new Interrupted();
    latest = performance.now();
  };
}

/** The controls of a piece of a trial, the one of that number among so many. */
export const pieceOf = ({ signal, onProgress }: TrialControls, number: number, pieces: number): TrialControls => ({
  signal,
  onProgress: onProgress && ((done) => onProgress((number + done) / pieces)),
});
