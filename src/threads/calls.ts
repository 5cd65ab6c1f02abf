// Calls of functions on another thread, by messages: what a pool sends, and what a worker answers.

import { runToEnd } from "../awaitable.ts";
import type { Pool } from "./pool.ts";

/** The message that calls a function by its name; an argument that is undefined arrives as null. */
type Call = readonly [name: string, ...args: unknown[]];

/** Functions that a worker offers to its pool. One that is a generator is run to its end there. */
export type Callable<F> = { [Name in keyof F]: (...args: never[]) => unknown };

/** Answers messages by calling the functions that they name; with a promise, where they wait for one. */
export const answerCalls =
  <F extends Callable<F>>(functions: F) =>
  (message: unknown): unknown => {
    const [name, ...args] = message as Call;
    const result = (functions as unknown as Record<string, (...args: unknown[]) => unknown>)[name](...args);
    return isGenerator(result) ? runToEnd(result) : (result ?? null);
  };

const isGenerator = (x: unknown): x is Generator => typeof x === "object" && x !== null && Symbol.iterator in x && "throw" in x; // prettier-ignore

/** What a function answers, whether or not it is a generator. */
type Answer<F> = F extends (...args: never[]) => Generator<unknown, infer T> ? T : F extends (...args: never[]) => infer T ? T : never; // prettier-ignore

/** The functions that all workers of a pool offer, called from the pool's thread. */
export interface RemoteCalls<F extends Callable<F>> {
  /** Sends a call to every worker; `args` gives each its own. The answers must be taken before the next. */
  send<Name extends keyof F & string>(name: Name, args: (thread: number) => Parameters<F[Name]>): void;
  /** Waits for the answers to such a call, in the order of the threads; yields meanwhile. */
  answers<Name extends keyof F>(name: Name): Generator<void, Answer<F[Name]>[]>;
  /** What the own thread comes to, by slices, and then their answers. */
  all<Name extends keyof F>(
    own: Generator<unknown, Answer<F[Name]>>,
    name: Name,
  ): Generator<unknown, Answer<F[Name]>[]>;
  /** Both at once, without yielding. */
  call<Name extends keyof F & string>(name: Name, args: (thread: number) => Parameters<F[Name]>): Answer<F[Name]>[];
}

/** @param pool without one there is nobody to call */
export function remoteCalls<F extends Callable<F>>(pool: Pool | undefined): RemoteCalls<F> {
  const threads = Array.from({ length: (pool?.size ?? 1) - 1 }, (_, i) => i + 1);
  const send: RemoteCalls<F>["send"] = (name, args) => {
    for (const thread of threads)
      pool!.send(thread, [name, ...args(thread).map((x: unknown) => x ?? null)] satisfies Call);
  };
  return {
    send,
    *answers() {
      const all: unknown[] = [];
      for (const thread of threads) all.push(yield* pool!.receive(thread));
      return all as never[];
    },
    *all(own, name) {
      return [yield* own, ...(yield* this.answers(name))];
    },
    call(name, args) {
      send(name, args);
      return threads.map((thread) => pool!.receiveNow(thread) as never);
    },
  };
}
