// The control block of a pool: a few words of shared memory that all threads read and write.

/** Words of the control block, by their index. */
export const enum Control {
  /** Incremented whenever workers should check for a job, a message or the end. */
  Signal,
  /**
   * The job's number and its next free slot in one word, so that both are read and claimed at once.
   */
  Claim,
  /** How many slots of the job are done. */
  Done,
  /** Incremented when a message of a worker begins to arrive. */
  Answer,
  /** 1 once the pool is closed. */
  Closed,
  /** First of the words that describe the job. */
  Job = 8,
}
/** How many words describe a job: the number of its slots, then what the pool's user adds. */
export const jobWords = 9;
export const controlWords = Control.Job + jobWords;

/** Most slots of one job: what a claim can count. */
export const maxJobSlots = 255;
export const claimOf = (job: number, slot: number): number => (job << 8) | slot;
export const slotOf = (claim: number): number => claim & 255;
export const jobOf = (claim: number): number => claim >> 8;

/** Takes the next slot of the job; −1 if none is left, or another job has begun. */
export function takeSlot(control: Int32Array<SharedArrayBuffer>, job: number, slots: number): number {
  for (;;) {
    const claim = Atomics.load(control, Control.Claim);
    const slot = slotOf(claim);
    if (jobOf(claim) !== job || slot >= slots) return -1;
    if (Atomics.compareExchange(control, Control.Claim, claim, claim + 1) === claim) return slot;
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
