// A pool of threads: this one, and workers that wait in shared memory.
//
// Jobs. A job is a number of slots; whoever is free takes the next one, this thread too, and it is over when all are
// done. So nobody waits for a worker that has not woken up in time, or that the system lets run elsewhere. Which thread
// does a slot must not matter to the result.
// Messages. A worker that blocks hears no events, so messages go through shared memory.
// Death. A thread that waits hears no events either: it wakes up every now and then and asks whether the others still
// live.

import { errorOf, InputError, RunError } from "../errors.ts";
import { createBox, createChannel, type Channel, type WaitWhile } from "./channel.ts";
import { claimOf, Control, controlWords, maxJobSlots, spinWhile, takeSlot } from "./control.ts";
import type { Answer, Start } from "./serve.ts";
import type { Spawn, SpawnedWorker } from "./spawned-worker.ts";

export interface PoolOptions {
  /** Threads, this one included: one less is spawned. */
  readonly threads: number;
  readonly spawn: Spawn;
}

export interface Pool {
  /** Threads, this one included. */
  readonly size: number;
  /** True from `start` until the pool is closed or has failed. */
  readonly running: boolean;
  /** True where no worker owes an answer. */
  readonly idle: boolean;
  /**
   * Spawns the workers.
   *
   * @param setup for the workers' `prepare`: anything that can be posted, shared memory too
   * @returns once each of them is prepared
   * @throws RunError where one cannot be; none is then left
   */
  start(setup: unknown): Promise<void>;
  /**
   * Shares out the slots 0 … slots − 1 of a job, and returns when all are done. Before `start` and after `close` this
   * thread does them alone.
   *
   * @param words at most 7 numbers of 32 bits that tell the workers what to do; the workers' `slot` finds them from
   *   word 1 on
   * @param own does a slot on this thread
   */
  share(words: readonly number[], slots: number, own: (slot: number) => void): void;
  /** Sends a message to worker `thread` (1 …); its answer must be taken before the next. */
  send(thread: number, message: unknown): void;
  /**
   * Waits for the answer of worker `thread`. Yields every few milliseconds meanwhile.
   *
   * @throws RunError naming the worker, where it threw or died; the others are stopped then
   */
  receive(thread: number): Generator<void, unknown>;
  /** The same without yielding. */
  receiveNow(thread: number): unknown;
  /** Stops the workers. */
  close(): void;
}

/** Milliseconds of sleep after which the others are asked whether they live. */
const patience = 50;
/** Milliseconds that workers have to close what they hold. */
const patienceAtEnd = 2000;
/** Milliseconds of sleep between two yields. */
const breath = 5;

export function createPool({ threads, spawn }: PoolOptions): Pool {
  const control = new Int32Array(new SharedArrayBuffer(4 * controlWords));
  let workers: { worker: SpawnedWorker; messages: Channel; answers: Channel }[] = [];
  let running = false;
  let failed: Error | undefined;
  let job = 0;
  let owed = 0;

  /** Ends the workers: at once, or as soon as they are done with what they do, at most `grace` milliseconds later. */
  const stop = (grace: number): void => {
    running = false;
    Atomics.store(control, Control.Closed, 1);
    signal();
    const ending = workers.map(({ worker }) => worker);
    workers = [];
    const terminate = (): void => ending.forEach((worker) => worker.terminate());
    if (grace === 0) return terminate();
    const timer: unknown = setTimeout(terminate, grace);
    (timer as { unref?(): void }).unref?.(); // a process need not wait for that: its workers end with it
  };

  /** Stops everything; what failed first is the cause of all that follows. */
  const fail = (thread: number, what: "failed" | "died", cause: unknown): Error => {
    const Kind = cause instanceof InputError ? InputError : RunError;
    failed ??= new Kind(`worker ${thread} ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    stop(0);
    return failed;
  };

  const signal = (): void => {
    Atomics.add(control, Control.Signal, 1);
    Atomics.notify(control, Control.Signal);
  };

  /** Throws where a worker has died, as far as can be told. */
  const checkWorkers = (): void => {
    if (failed) throw failed;
    workers.forEach(({ worker }, i) => {
      if (!worker.alive()) throw fail(i + 1, "died", new Error("it has ended"));
    });
  };

  const waitWhile: WaitWhile = (words, index, value) => {
    if (spinWhile(words, index, value)) return;
    while (Atomics.load(words, index) === value)
      if (Atomics.wait(words, index, value, patience) === "timed-out") checkWorkers();
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
        return new Promise<void>((resolve, reject) => {
          worker.listen(
            (message) => {
              const answer = message as Answer;
              if ("error" in answer) reject(fail(thread, "failed", errorOf(answer.error)));
              else resolve();
            },
            (cause) => {
              if (workers.some((w) => w.worker === worker)) reject(fail(thread, "died", cause));
            },
          );
          worker.postMessage({ control, inbox, outbox, thread, setup } satisfies Start);
        });
      });
      await Promise.all(ready);
      for (const { worker } of workers) worker.unref();
      running = true;
    },

    share(words, slots, own) {
      if (failed) throw failed;
      if (!running || slots < 2 || slots > maxJobSlots) {
        for (let slot = 0; slot < slots; slot++) own(slot);
        return;
      }
      // Nothing of the new job can be taken while its words are written, and nothing of the old one any more: a worker
      // that reads words of both fails to claim a slot.
      job = (job + 1) & 0x3fffff;
      Atomics.store(control, Control.Claim, claimOf(job, maxJobSlots));
      control[Control.Job] = slots;
      for (let i = 0; i < words.length; i++) control[Control.Job + 1 + i] = words[i];
      Atomics.store(control, Control.Done, 0);
      Atomics.store(control, Control.Claim, claimOf(job, 0));
      signal();
      for (let slot = takeSlot(control, job, slots); slot >= 0; slot = takeSlot(control, job, slots)) {
        own(slot);
        Atomics.add(control, Control.Done, 1);
      }
      for (let done = Atomics.load(control, Control.Done); done < slots; done = Atomics.load(control, Control.Done)) {
        const failing = workers.findIndex(({ answers }) => answers.arrived());
        if (failing >= 0) open(failing + 1); // a worker speaks up within a job only to say what it threw
        pauseWhile(Control.Done, done, patience);
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
        pauseWhile(Control.Answer, seen, breath);
        yield;
      }
    },

    receiveNow(thread) {
      for (;;) {
        assertRunning();
        const seen = Atomics.load(control, Control.Answer);
        if (workers[thread - 1].answers.arrived()) return open(thread);
        pauseWhile(Control.Answer, seen, patience);
      }
    },

    close: () => stop(patienceAtEnd),
  };
}
