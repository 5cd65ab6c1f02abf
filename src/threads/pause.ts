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

/** Asks a question only each n-th time, and answers no in between: for what is called very often and takes very little. */
export function eachNth(n: number, question: () => boolean): () => boolean {
  let count = 0;
  return () => {
    if (++count < n) return false;
    count = 0;
    return question();
  };
}
