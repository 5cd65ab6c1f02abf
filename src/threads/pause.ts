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

/** Calls without a reading of the clock, the longest time for them that is quick, and how often it must have been so. */
const [mostUnasked, quickTime, oftenQuick] = [8, 1, 16];

/**
 * When to pause between calls that may take nothing or forever, such as an environment's.
 *
 * A call that takes less than the clock does not pay for it: where all was quick for a while, only each eighth is asked
 * about. Calls that become slow then are found out after so many, or after those of one `isQuick`.
 */
export function createPauseCheck() {
  let previous = -Infinity;
  let quick = 0;
  let unasked = 0;
  const look = (): number => {
    const now = performance.now();
    quick = now - previous < quickTime ? quick + 1 : 0;
    previous = now;
    unasked = 0;
    return now;
  };
  return {
    /** Whether to pause here: asked before each call. */
    isDue(): boolean {
      const now = look();
      if (now - began < pauseEvery) return false;
      began = now;
      return true;
    },
    /** Whether so many calls may follow without a question: of late all were quick, and no pause is due. */
    isQuick(calls: number): boolean {
      if (quick <= oftenQuick) return false;
      unasked += calls;
      return unasked <= mostUnasked || (look() - began < pauseEvery && quick > 0);
    },
  };
}
