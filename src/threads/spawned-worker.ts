// One worker as the pool sees it, in Node and in a page.

import { messageOf } from "../text/values.ts";

/** A worker, in the terms that Node and pages have in common. */
export interface SpawnedWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  /**
   * Passes on the messages that the worker posts, and the reason if it dies; or that there is no script to run, as where
   * a bundler has left it out.
   */
  listen(
    onMessage: (message: unknown) => void,
    onDeath: (cause: unknown) => void,
    onMissing: (problem: string) => void,
  ): void;
  /** From now on the worker does not keep the process alive. */
  unref(): void;
  /** False if the worker is known to have ended; needs no turn of the event loop. */
  alive(): boolean;
}

/** Starts a worker whose entry calls `serve`. */
export type Spawn = () => SpawnedWorker;

/** The part of node:worker_threads that is used here. */
interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): Promise<number>;
  unref(): void;
  on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
  readonly performance: { eventLoopUtilization?(): { idle: number } }; // Deno has none
}

/** A worker thread of Node; undefined elsewhere. */
export function nodeWorker(entry: URL): SpawnedWorker | undefined {
  const node = globalThis.process;
  if (!node?.versions?.node) return undefined;
  const { Worker: NodeWorker } = node.getBuiltinModule("node:worker_threads");
  // Workers inherit the process's flags, loaders too; but the one that sets the language of `node -e` refuses files.
  const isText = node.execArgv.some((flag) => flag.startsWith("--input-type"));
  const worker = new NodeWorker(entry, isText ? { execArgv: [] } : {}) as unknown as NodeWorker;
  return {
    postMessage: (message) => worker.postMessage(message),
    terminate: () => void worker.terminate(),
    listen(onMessage, onDeath, onMissing) {
      worker.on("message", onMessage);
      worker.on("error", (error) => (isMissing(error) ? onMissing(`there is no ${entry.href}`) : onDeath(error)));
      worker.on("exit", (code) => onDeath(new Error(`it exited with code ${String(code)}`)));
      // Read once while it lives, so that later readings mean something: see `alive`.
      worker.on("message", () => void worker.performance.eventLoopUtilization?.());
    },
    unref: () => worker.unref(),
    // Events need a turn of the event loop, which a thread that waits does not take. But the idle time of a worker's
    // loop is read from the worker itself, and is −1 where that has ended (Node 20, 22, 24).
    alive: () => !((worker.performance.eventLoopUtilization?.().idle ?? 0) < 0),
  };
}

/** Whether what a worker begins with was not found; what it loads later, it answers for itself. */
const isMissing = (error: unknown): boolean =>
  /^(ERR_)?MODULE_NOT_FOUND$/.test(String((error as { code?: unknown } | null)?.code));

/** The part of a page's Worker that is used here: programs for Node have no type of that name. */
interface PageWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(
    type: string,
    listener: (event: { data?: unknown; message?: string; preventDefault(): void }) => void,
  ): void;
}

/** A worker of a page; `start` may throw, as for a script of another origin. */
export function browserWorker(start: () => PageWorker): SpawnedWorker {
  let worker: PageWorker | undefined;
  let refusal = "";
  try {
    worker = start();
  } catch (error) {
    refusal = messageOf(error);
  }
  return {
    postMessage: (message) => worker?.postMessage(message),
    terminate: () => worker?.terminate(),
    listen(onMessage, onDeath, onMissing) {
      if (!worker) return onMissing(refusal);
      worker.addEventListener("message", (event) => onMessage(event.data));
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        // What a script throws has a message; that it could not be loaded is an event without one.
        if (event.message) onDeath(new Error(event.message));
        else onMissing("its script could not be loaded");
      });
    },
    unref: () => {},
    alive: () => true,
  };
}
