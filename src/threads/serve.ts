// The loop of a worker: takes slots of jobs, answers messages, and sleeps in between.

import { isPromise, whenDone, type Awaitable } from "../awaitable.ts";
import { errorWords, type ErrorWords } from "../errors.ts";
import { createChannel, type WaitWhile } from "./channel.ts";
import { Control, jobWords, spinWhile, takeSlot } from "./control.ts";

/** What a worker does for its pool. */
export interface WorkerDuties {
  /** Does one slot of a job; `words` say which job. */
  slot(words: Int32Array, slot: number): void;
  /** Answers a message, at once or with a promise. If it fails, the pool does. */
  answer(message: unknown): unknown;
  /** Called when the pool is closed, just before the worker ends. */
  close?(): void;
}

/** What the pool posts to a new worker. */
export interface Start {
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly inbox: SharedArrayBuffer;
  readonly outbox: SharedArrayBuffer;
  /** 1, 2, …; the pool's thread is 0. */
  readonly thread: number;
  readonly setup: unknown;
}

/** What a worker sends back. */
export type Answer = { readonly value: unknown } | { readonly error: ErrorWords };

/** The worker's side of its connection to the thread that created it. */
interface Parent {
  post(message: unknown): void;
  onFirstMessage(listener: (message: unknown) => void): void;
  /** Ends the worker. */
  close(): void;
}

/**
 * Called by the entry module of a worker: waits for the pool's setup, prepares the worker's duties, and performs them until
 * the pool is closed.
 *
 * @param prepare makes the worker's duties from the pool's setup
 */
export function serve(prepare: (setup: unknown, thread: number) => Promise<WorkerDuties>): void {
  const parent = parentOf();
  parent.onFirstMessage((message) => {
    const start = message as Start;
    prepare(start.setup, start.thread).then(
      (duties) => {
        parent.post({ value: "ready" } satisfies Answer);
        // A turn of the event loop first, so that the message has left.
        setTimeout(() => work(start, duties, parent), 0);
      },
      (error: unknown) => parent.post({ error: errorWords(error) } satisfies Answer),
    );
  });
}

function parentOf(): Parent {
  const port = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort;
  if (port)
    return {
      post: (message) => port.postMessage(message),
      onFirstMessage(listener) {
        port.once("message", (message) => {
          port.ref(); // nothing else may keep the worker alive while it prepares
          listener(message);
        });
      },
      close: () => port.close(),
    };
  const scope = globalThis as unknown as { postMessage(message: unknown): void; close(): void } & EventTarget;
  return {
    post: (message) => scope.postMessage(message),
    onFirstMessage: (listener) =>
      scope.addEventListener("message", (event) => listener((event as MessageEvent<unknown>).data), { once: true }),
    close: () => scope.close(),
  };
}

function work({ control, inbox, outbox }: Start, duties: WorkerDuties, parent: Parent): void {
  const wait: WaitWhile = (words, index, value) => {
    while (Atomics.load(words, index) === value) Atomics.wait(words, index, value);
  };
  const messages = createChannel(inbox, wait);
  const answers = createChannel(outbox, wait);
  const words = control.subarray(Control.Job, Control.Job + jobWords);

  const refusal = (error: unknown): Answer => ({ error: errorWords(error) });
  const answer = (message: unknown): Awaitable<Answer> => {
    try {
      return whenDone(duties.answer(message), (value): Answer => ({ value }));
    } catch (error) {
      return refusal(error);
    }
  };
  const send = (message: Answer): void =>
    answers.send(message, () => {
      Atomics.add(control, Control.Answer, 1);
      Atomics.notify(control, Control.Answer);
    });

  function serveOn(): void {
    for (;;) {
      const seen = Atomics.load(control, Control.Claim);
      if (Atomics.load(control, Control.Closed) !== 0) {
        duties.close?.();
        return parent.close();
      }
      if (messages.arrived()) {
        const given = answer(messages.receive());
        if (isPromise(given)) {
          // An answer that comes later needs the event loop: until then, others take the slots of jobs.
          given.then(undefined, refusal).then((late) => {
            send(late);
            serveOn();
          });
          return;
        }
        send(given);
        continue;
      }
      try {
        takeSlots(control, words, duties);
      } catch (error) {
        send(refusal(error));
        return;
      }
      if (!spinWhile(control, Control.Claim, seen)) Atomics.wait(control, Control.Claim, seen);
    }
  }
  serveOn();
}

/** Works on slots of the job until none is left. While one is not done, the words are those of its job. */
function takeSlots(control: Int32Array<SharedArrayBuffer>, words: Int32Array, duties: WorkerDuties): void {
  for (let slot = takeSlot(control); slot >= 0; slot = takeSlot(control)) {
    duties.slot(words, slot);
    Atomics.add(control, Control.Done, 1);
    Atomics.notify(control, Control.Done);
  }
}
