// The control block of a pool: a few words of shared memory that all threads read and write. Where two cores do not share a
// cache, a word that one writes reaches the other after a quarter of a microsecond, and so does the right to write it. So a
// job begins with one word, and words that different threads write lie apart.

/** Words of the control block, by their index. */
export const enum Control {
  /** 1 once the pool is closed. */
  Closed = 0,
  /**
   * The job's number, how many slots it has and which is the next: all are read, and a slot is claimed, at once. It changes
   * whenever workers should look for a job, a message or the end.
   */
  Claim = 1,
  /** First of the words that describe the job. */
  Job = 2,
  /** How many slots workers have done since the pool began. */
  Done = 32,
  /** Incremented when a message of a worker begins to arrive. */
  Answer = 64,
}
/** How many words describe a job. */
export const jobWords = 8;
export const controlWords = 96;

/** Most slots of one job: what a claim can count. */
export const maxJobSlots = 255;
/** A claim on which slot `next` of a job can be taken; the number of a job may recur. */
export const claimOf = (job: number, slots: number, next: number): number => (job << 16) | (slots << 8) | next;
const hasSlot = (claim: number): boolean => (claim & 255) < ((claim >> 8) & 255);

/** Takes the next slot of the current job; −1 if none is left. */
export function takeSlot(control: Int32Array<SharedArrayBuffer>): number {
  for (;;) {
    const claim = Atomics.load(control, Control.Claim);
    if (!hasSlot(claim)) return -1;
    if (Atomics.compareExchange(control, Control.Claim, claim, claim + 1) === claim) return claim & 255;
  }
}

/**
 * How long a thread looks before it sleeps, in milliseconds, and how often between two readings of the clock. Going to sleep
 * and being woken up takes some 12 µs. A thread that spins may slow another on its core.
 */
const spinTime = 0.1;
const looks = 64;
const pause = (Atomics as { pause?: () => void }).pause ?? (() => {});

/** True as soon as `words[index]` is no longer `value`; false if it still is after a short while. */
export function spinWhile(words: Int32Array<SharedArrayBuffer>, index: number, value: number): boolean {
  const end = performance.now() + spinTime;
  do
    for (let i = 0; i < looks; i++) {
      if (Atomics.load(words, index) !== value) return true;
      pause();
    }
  while (performance.now() < end);
  return false;
}
