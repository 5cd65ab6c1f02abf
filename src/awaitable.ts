// What is there at once, or comes later.

import { InputError } from "./errors.ts";

/** A value, or a promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Whether something is to be waited for. */
export const isPromise = (x: unknown): x is PromiseLike<unknown> =>
  typeof x === "object" && x !== null && typeof (x as { then?: unknown }).then === "function";

/** What a value is made into: at once, where it is there at once. */
export const whenDone = <T, U>(value: Awaitable<T>, use: (value: T) => U): Awaitable<U> =>
  isPromise(value) ? value.then(use) : use(value);

/** What a call says that was to return at once, but had to wait. */
export const cannotWait = (call: string, instead: string): InputError =>
  new InputError(`${call} cannot wait for an environment or a learner that answers later: use ${instead}`);

/**
 * Runs slices of work to their end at once.
 *
 * @param call what to name in the message, and what to do instead
 * @throws InputError if they wait for a promise
 */
export function runAtOnce<T>(
  slices: Generator<unknown, T>,
  call = "this call",
  instead = "await runInTurns(slices, createTurns())",
): T {
  for (;;) {
    const slice = slices.next();
    if (slice.done) return slice.value;
    if (!isPromise(slice.value)) continue;
    slice.value.then(undefined, () => undefined); // nothing waits for it any more
    slices.return(undefined as T);
    throw cannotWait(call, instead);
  }
}

/**
 * Runs slices of work to their end: at once where they only pause. At the first promise that they yield the rest comes
 * later, as a promise; what theirs come to, they get back.
 */
export function runToEnd<T>(slices: Generator<unknown, T>): Awaitable<T> {
  for (;;) {
    const slice = slices.next();
    if (slice.done) return slice.value;
    if (isPromise(slice.value)) return goOn(slices, slice.value);
  }
}

async function goOn<T>(slices: Generator<unknown, T>, promise: PromiseLike<unknown>): Promise<T> {
  let slice = await resumed(slices, promise);
  while (!slice.done) slice = isPromise(slice.value) ? await resumed(slices, slice.value) : slices.next();
  return slice.value;
}

/** Goes on with what a promise comes to, or throws inside the slices what it failed with. */
export async function resumed<T>(
  slices: Generator<unknown, T>,
  promise: PromiseLike<unknown>,
): Promise<IteratorResult<unknown, T>> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return slices.throw(error);
  }
  return (slices as Generator<unknown, T, unknown>).next(value);
}

/** Waits for all, and fails with the first in the list that failed, whichever was the first in time. */
export async function allDone(work: readonly PromiseLike<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === "rejected") throw outcome.reason;
}
