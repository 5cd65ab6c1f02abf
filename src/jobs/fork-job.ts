// Carries out jobs, each in a process of its own.

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { errorOf, RunError } from "../errors.ts";
import type { Assignment, Message, Order } from "./job-process.ts";
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

/**
 * Carries out tasks as the default export of a module does, each in a process of its own, which ends with this one.
 *
 * @param module the URL of the module; its default export is a {@link CarryOut}
 * @returns the function; it throws RunError if the process dies, and what the task throws
 */
export const inProcess =
  <Task, Progress>(module: string): CarryOut<Task, Progress> =>
  (task, controls) =>
    forkJob({ module, task }, controls as JobControls<unknown>);

function forkJob(assignment: Assignment, { signal, onProgress }: JobControls<unknown>): Promise<JobOutcome> {
  return new Promise((resolve, reject) => {
    const child = fork(programPath, { stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" });
    let words = "";
    let outcome: JobOutcome | null = null;
    let failure: Error | null = null;
    const order = (message: Order) => void (child.connected && child.send(message, () => undefined));
    const stop = () => order("stop");
    const settle = (act: () => void) => {
      signal?.removeEventListener("abort", stop);
      children.delete(child);
      act();
    };
    guard();
    children.add(child);
    signal?.addEventListener("abort", stop);
    child.stderr?.on("data", (data: Buffer) => (words = `${words}${data.toString("utf8")}`.slice(-keptCharacters)));
    child.on("message", (message: Message) => {
      if ("progress" in message) onProgress?.(message.progress);
      else if ("outcome" in message) ({ outcome } = message);
      else failure = errorOf(message.failure);
    });
    child.on("error", (error) =>
      settle(() => reject(new RunError(`cannot start a process: ${error.message}`, { cause: error }))),
    );
    child.on("close", (code, signalName) => {
      settle(() => {
        if (outcome !== null) resolve(outcome);
        else reject(failure ?? new RunError(`its process ${causeOfDeath(code, signalName, words)}`));
      });
    });
    order({ run: assignment });
    if (signal?.aborted) stop();
  });
}

function causeOfDeath(code: number | null, signal: string | null, words: string): string {
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const fatal = /^.*(FATAL ERROR|Error: ).*$/m.exec(words)?.[0] ?? words.trim().split("\n").at(-1) ?? "";
  return fatal === "" ? how : `${how}: ${fatal.trim()}`;
}
