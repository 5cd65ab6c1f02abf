// The control block of a pool: a few words of shared memory that all threads watch.

export const enum Control {
  /** Goes up whenever a worker should look around: a job, a message, the end. */
  Signal,
  /**
   * The job's number and the next slot of it that nobody has taken, in one word, so that both are read and taken at
   * once.
   */
  Claim,
  /** Slots of the job that are done. */
  Done,
  /** Goes up when a message of a worker begins to arrive. */
  Answer,
  /** 1 once the pool is closed. */
  Closed,
  /** What the job is, in words of its own. */
  Job = 8,
}
export const jobWords = 8;
export const controlWords = Control.Job + jobWords;

/** Slots of one job: what a claim has room to count. */
export const maxJobSlots = 255;
export const claimOf = (job: number, slot: number): number => (job << 8) | slot;
export const slotOf = (claim: number): number => claim & 255;
export const jobOf = (claim: number): number => claim >> 8;

/** Tries to take the next slot of the job; −1 where none is left, or the job is another than `job` meanwhile. */
export function takeSlot(control: Int32Array<SharedArrayBuffer>, job: number, slots: number): number {
  for (;;) {
    const claim = Atomics.load(control, Control.Claim);
    const slot = slotOf(claim);
    if (jobOf(claim) !== job || slot >= slots) return -1;
    if (Atomics.compareExchange(control, Control.Claim, claim, claim + 1) === claim) return slot;
  }
}

/**
 * Looks this often before it sleeps: some microseconds. Two threads may share one core, and who spins slows the other.
 */
const spins = 2000;
const pause = (Atomics as { pause?: () => void }).pause ?? (() => {});

/** True as soon as `words[index]` is no longer `value`; false when it still is after a short while. */
export function spinWhile(words: Int32Array<SharedArrayBuffer>, index: number, value: number): boolean {
  for (let i = 0; i < spins; i++) {
    if (Atomics.load(words, index) !== value) return true;
    pause();
  }
  return false;
}
