// When a step of several environments pauses, so that what else waits for the thread has its turn.

/** When `stepSome` of a vector pauses. */
export interface Pauses {
  /** Whether to pause here: asked before each call of an environment. */
  isDue(): boolean;
  /** Whether so many calls may follow without a question: of late all were quick, and no pause is due. */
  isQuick(calls: number): boolean;
}

/** Where nothing else waits. */
export const never: Pauses = { isDue: () => false, isQuick: () => true };
