// Carries out jobs in processes of their own: a new one for each, or one that takes a job after another.

import { fork, type ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { errorOf, RunError } from "../errors.ts";
import type { Message, Order } from "./job-process.ts";
import type { CarryOut, JobControls, JobOutcome } from "./run-jobs.ts";

// The same name in src and in dist, but for what the compiler made of its end.
const programPath = fileURLToPath(new URL(`./job-process${extname(import.meta.url)}`, import.meta.url));

/** The processes that work. They do not outlive this one. */
const children = new Set<ChildProcess>();
let isGuarded = false;

function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on("exit", () => {
    for (const child of children) child.kill("SIGKILL");
  });
}

/** Characters kept of what a process writes on stderr, which tells why it died. */
const keptCharacters = 4000;

/** A process that carries out jobs, one at a time. */
export interface JobProcess<Task, Progress> {
  /** Throws RunError if the process dies, and what the task throws; the process then takes no other. */
  readonly carryOut: CarryOut<Task, Progress>;
  /** Whether it has died. */
  hasDied(): boolean;
  /** Ends the process; a job in progress is lost from its last checkpoint on. */
  end(): Promise<void>;
}

/**
 * Starts a process for jobs, which ends with this one.
 *
 * @param module the URL of the module whose default export, a {@link CarryOut}, carries out each
 */
export function startJobProcess<Task, Progress>(module: string): JobProcess<Task, Progress> {
  const child = fork(programPath, { stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" });
  let words = "";
  let death: RunError | null = null;
  let current: Settle<Progress> | null = null;
  const order = (message: Order) => void (child.connected && child.send(message, () => undefined));
  const stop = () => order("stop");
  const die = (error: RunError): void => {
    death ??= error;
    children.delete(child);
    current?.reject(death);
  };
  guard();
  children.add(child);
  child.on("close", (code, signalName) => die(new RunError(`its process ${causeOfDeath(code, signalName, words)}`)));
  const gone = new Promise<void>((resolve) => {
    child.on("exit", () => resolve()); // a channel that was closed from here leaves "close" out
    child.on("error", (error) => {
      die(new RunError(`cannot start a process: ${error.message}`, { cause: error }));
      if (child.pid === undefined) resolve();
    });
  });
  child.stderr?.on("data", (data: Buffer) => (words = `${words}${data.toString("utf8")}`.slice(-keptCharacters)));
  child.on("message", (message: Message) => {
    if ("progress" in message) current?.onProgress?.(message.progress as Progress);
    else if ("outcome" in message) current?.resolve(message.outcome);
    else current?.reject(errorOf(message.failure));
  });
  return {
    async carryOut(task, { signal, onProgress }) {
      if (death) throw death;
      try {
        return await new Promise<JobOutcome>((resolve, reject) => {
          current = { resolve, reject, onProgress };
          signal?.addEventListener("abort", stop);
          order({ run: { module, task } });
          if (signal?.aborted) stop();
        });
      } finally {
        current = null;
        signal?.removeEventListener("abort", stop);
      }
    },
    hasDied: () => death !== null,
    async end() {
      if (current) child.kill("SIGKILL");
      else if (child.connected) child.disconnect();
      await gone;
      die(new RunError("its process was ended"));
    },
  };
}

interface Settle<Progress> extends Pick<JobControls<Progress>, "onProgress"> {
  resolve(outcome: JobOutcome): void;
  reject(error: Error): void;
}

/**
 * Carries out tasks as the default export of a module does, each in a process of its own, which ends with this one.
 *
 * @param module the URL of the module; its default export is a {@link CarryOut}
 * @returns the function; it throws RunError if the process dies, and what the task throws
 */
export const inProcess =
  <Task, Progress>(module: string): CarryOut<Task, Progress> =>
  async (task, controls) => {
    const child = startJobProcess<Task, Progress>(module);
    try {
      return await child.carryOut(task, controls);
    } finally {
      await child.end(); // its lock on the folder, and its memory, are gone
    }
  };

function causeOfDeath(code: number | null, signal: string | null, words: string): string {
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const fatal = /^.*(FATAL ERROR|Error: ).*$/m.exec(words)?.[0] ?? words.trim().split("\n").at(-1) ?? "";
  return fatal === "" ? how : `${how}: ${fatal.trim()}`;
}
