// A pool of threads: the current one, and workers that wait in shared memory.
//
// Jobs. A job is a number of slots. Each free thread takes the next one, the current thread the first, until all are done.
// So a worker that the system does not wake up in time delays no other thread. The result must not depend on which thread
// does a slot.
// Messages. A blocked worker receives no events, so messages go through shared memory.
// Death. A waiting thread receives no events either: it wakes up regularly and checks that the others are alive.

import { errorOf, InputError, RunError } from "../errors.ts";
import { messageOf } from "../text/values.ts";
import { createBox, createChannel, type Channel, type WaitWhile } from "./channel.ts";
import { claimOf, Control, controlWords, maxJobSlots, spinWhile, takeSlot } from "./control.ts";
import type { Answer, Start } from "./serve.ts";
import type { Spawn, SpawnedWorker } from "./spawned-worker.ts";

/** How a pool is made. */
export interface PoolOptions {
  /** Number of threads, the current one included: one less is spawned. */
  readonly threads: number;
  /** Starts a worker. */
  readonly spawn: Spawn;
}

/** Several threads that share work. */
export interface Pool {
  /** Number of threads, the current one included. */
  readonly size: number;
  /** True from `start` until the pool is closed or has failed. */
  readonly running: boolean;
  /** True if no worker owes an answer. */
  readonly idle: boolean;
  /**
   * Spawns the workers.
   *
   * @param setup for the workers' `prepare`: anything that can be posted, shared memory included
   * @returns undefined, once every worker is prepared; or, where there is no script for them to run, that in words: the
   *   pool is then closed
   * @throws RunError if one fails; all are then stopped
   */
  start(setup: unknown): Promise<string | undefined>;
  /**
   * Shares the slots 0 … slots − 1 of a job among the threads, and returns when all are done. Before `start` and after
   * `close` the current thread does all of them.
   *
   * @param words at most 8 numbers of 32 bits that describe the job, for the workers' `slot`
   * @param own does a slot on the current thread
   */
  share(words: readonly number[], slots: number, own: (slot: number) => void): void;
  /** Sends a message to worker `thread` (1 …); its answer must be taken before the next. */
  send(thread: number, message: unknown): void;
  /**
   * Waits for the answer of worker `thread`, and yields every few milliseconds.
   *
   * @throws RunError with the worker's number if it threw or died; the others are then stopped
   */
  receive(thread: number): Generator<void, unknown>;
  /** Waits for the answer without yielding. */
  receiveNow(thread: number): unknown;
  /** Stops the workers. */
  close(): void;
}

/** How long a thread sleeps before it checks that the others are alive. */
const livenessCheckMilliseconds = 50;
/** How long `close` lets the workers finish and free what they hold. */
const closeGraceMilliseconds = 2000;
/** How long `receive` sleeps before it yields. */
const yieldMilliseconds = 5;

/** Makes a pool. Its workers are spawned by `start`. */
export function createPool({ threads, spawn }: PoolOptions): Pool {
  const control = new Int32Array(new SharedArrayBuffer(4 * controlWords));
  let workers: { worker: SpawnedWorker; messages: Channel; answers: Channel }[] = [];
  let running = false;
  let failed: Error | undefined;
  let job = 0;
  let done = 0; // slots that workers had done before the current job
  let owed = 0;

  /** Ends the workers: at once, or when they have finished their current work, at most `grace` milliseconds later. */
  const stop = (grace: number): void => {
    running = false;
    Atomics.store(control, Control.Closed, 1);
    signal();
    const ending = workers.map(({ worker }) => worker);
    workers = [];
    const terminate = (): void => ending.forEach((worker) => worker.terminate());
    if (grace === 0) return terminate();
    const timer: unknown = setTimeout(terminate, grace);
    (timer as { unref?(): void }).unref?.(); // the process need not wait for that: its workers end with it
  };

  /** Stops all workers; the first failure is the cause of all that follow. */
  const fail = (thread: number, what: "failed" | "died", cause: unknown): Error => {
    const Kind = cause instanceof InputError ? InputError : RunError;
    failed ??= new Kind(`worker ${thread} ${what}: ${messageOf(cause)}`, {
      cause,
    });
    stop(0);
    return failed;
  };

  /** Begins a job of which slots from `next` on can be taken, and wakes the workers. */
  const begin = (slots: number, next: number): void => {
    job = (job + 1) & 0xffff;
    Atomics.store(control, Control.Claim, claimOf(job, slots, next));
    Atomics.notify(control, Control.Claim);
  };
  /** Has the workers look for a message or the end. */
  const signal = (): void => begin(0, 0);

  /** Throws if a worker is known to have died. */
  const checkWorkers = (): void => {
    if (failed) throw failed;
    workers.forEach(({ worker }, i) => {
      if (!worker.alive()) throw fail(i + 1, "died", new Error("it has ended"));
    });
  };

  const waitWhile: WaitWhile = (words, index, value) => {
    if (spinWhile(words, index, value)) return;
    while (Atomics.load(words, index) === value)
      if (Atomics.wait(words, index, value, livenessCheckMilliseconds) === "timed-out") checkWorkers();
  };

  const assertRunning = (): void => {
    if (failed) throw failed;
    if (!running) throw new RunError("the pool of threads is closed");
  };

  /** The value of an answer that has arrived. */
  const open = (thread: number): unknown => {
    const answer = workers[thread - 1].answers.receive() as Answer;
    owed--;
    if ("error" in answer) throw fail(thread, "failed", errorOf(answer.error));
    return answer.value;
  };

  /** Waits while a word of the control block is `seen`, at most about `milliseconds`. */
  const pauseWhile = (word: Control.Answer | Control.Done, seen: number, milliseconds: number): void => {
    if (spinWhile(control, word, seen)) return;
    if (Atomics.wait(control, word, seen, milliseconds) === "timed-out") checkWorkers();
  };

  return {
    size: threads,
    get running() {
      return running;
    },
    get idle() {
      return owed === 0;
    },

    async start(setup) {
      if (running || failed) throw new RunError("a pool of threads is started once");
      const ready = Array.from({ length: threads - 1 }, (_, i) => {
        const thread = i + 1;
        const worker = spawn();
        const [inbox, outbox] = [createBox(), createBox()];
        workers.push({
          worker,
          messages: createChannel(inbox, waitWhile),
          answers: createChannel(outbox, waitWhile),
        });
        return new Promise<string | undefined>((resolve, reject) => {
          worker.listen(
            (message) => {
              const answer = message as Answer;
              if ("error" in answer) reject(fail(thread, "failed", errorOf(answer.error)));
              else resolve(undefined);
            },
            (cause) => {
              if (workers.some((w) => w.worker === worker)) reject(fail(thread, "died", cause));
            },
            resolve,
          );
          worker.postMessage({ control, inbox, outbox, thread, setup } satisfies Start);
        });
      });
      const missing = (await Promise.all(ready)).find((problem) => problem !== undefined);
      if (missing !== undefined) {
        stop(0);
        return missing;
      }
      for (const { worker } of workers) worker.unref();
      running = true;
      return undefined;
    },

    share(words, slots, own) {
      if (failed) throw failed;
      if (!running || slots < 2 || slots > maxJobSlots) {
        for (let slot = 0; slot < slots; slot++) own(slot);
        return;
      }
      // All slots of the last job are taken and done, so that no worker reads its words any more.
      for (let i = 0; i < words.length; i++) control[Control.Job + i] = words[i];
      begin(slots, 1);
      let others = slots;
      for (let slot = 0; slot >= 0; slot = takeSlot(control)) {
        own(slot);
        others--;
      }
      done = (done + others) | 0;
      for (let now = Atomics.load(control, Control.Done); now !== done; now = Atomics.load(control, Control.Done)) {
        const failing = workers.findIndex(({ answers }) => answers.arrived());
        if (failing >= 0) open(failing + 1); // within a job a worker sends a message only if it threw
        pauseWhile(Control.Done, now, livenessCheckMilliseconds);
      }
    },

    send(thread, message) {
      assertRunning();
      workers[thread - 1].messages.send(message, signal);
      owed++;
    },

    *receive(thread) {
      for (;;) {
        assertRunning();
        const seen = Atomics.load(control, Control.Answer);
        if (workers[thread - 1].answers.arrived()) return open(thread);
        pauseWhile(Control.Answer, seen, yieldMilliseconds);
        yield;
      }
    },

    receiveNow(thread) {
      for (;;) {
        assertRunning();
        const seen = Atomics.load(control, Control.Answer);
        if (workers[thread - 1].answers.arrived()) return open(thread);
        pauseWhile(Control.Answer, seen, livenessCheckMilliseconds);
      }
    },

    close: () => stop(closeGraceMilliseconds),
  };
}
