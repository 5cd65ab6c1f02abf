// When long work on a shared thread should pause, so that a page paints and Ctrl-C is heard. One clock for all work on
// this thread: what counts is how long nobody else has had a turn.

/** Milliseconds of work between two pauses. */
const pauseEvery = 10;

let began = -Infinity;

/** Whether to pause here: true after 10 ms of work, once. A reading of the clock takes some 50 ns. */
export function pauseIsDue(): boolean {
  const now = performance.now();
  if (now - began < pauseEvery) return false;
  began = now;
  return true;
}

/** Calls between two readings of the clock while all is quick, the longest time for so many, and how often it was so. */
const [skipped, quickTime, oftenQuick] = [7, 1, 16];

/**
 * The same question for calls that may take nothing or forever, such as an environment's: a call that takes less than
 * the clock should not pay for it. Where all was quick for a while, only each eighth call is asked about: one that
 * becomes slow then is found out after eight.
 */
export function createPauseCheck(): () => boolean {
  let previous = -Infinity;
  let quick = 0;
  let left = 0;
  return () => {
    if (left > 0) {
      left--;
      return false;
    }
    const now = performance.now();
    quick = now - previous < quickTime ? quick + 1 : 0;
    if (quick > oftenQuick) left = skipped;
    previous = now;
    if (now - began < pauseEvery) return false;
    began = now;
    return true;
  };
}
