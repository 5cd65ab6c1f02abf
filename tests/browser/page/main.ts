// A page that trains, on its main thread or in a worker, acts with a policy from elsewhere, and does RLHF.

import { loadPolicy } from "polgrad";
import type { LanguageOutcome } from "./language.ts";
import { trainHere, type Outcome, type PlainOptions } from "./train.ts";

function inWorker<T>(task: PlainOptions | "language"): Promise<T> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<T>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ outcome: T } | { error: string }>) =>
      "outcome" in data ? resolve(data.outcome) : reject(new Error(data.error));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(task);
  }).finally(() => worker.terminate());
}

const trainInWorker = (options: PlainOptions): Promise<Outcome> => inWorker(options);
const languageInWorker = (): Promise<LanguageOutcome> => inWorker("language");

/** On the main thread; how many turns the page had meanwhile, and how long it took. */
async function languageHere(): Promise<{ outcome: LanguageOutcome; turns: number; milliseconds: number }> {
  const { languageTask } = await import("./language-task.ts");
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    turns++;
    setTimeout(turn);
  };
  turn();
  const start = performance.now();
  const outcome = await languageTask();
  isOver = true;
  return { outcome, turns, milliseconds: performance.now() - start };
}

/** What the policy of these bytes says to each observation: its likeliest action, a drawn one, its probabilities, V. */
async function actWith(bytes: number[], observations: number[][]) {
  const policy = await loadPolicy(Uint8Array.from(bytes));
  policy.seed(7);
  return observations.map((numbers) => {
    const observation = Float32Array.from(numbers);
    return {
      likeliest: policy.act(observation, { deterministic: true }),
      drawn: policy.act(observation),
      probabilities: [...policy.probabilities(observation)],
      value: policy.value(observation),
    };
  });
}

const page = { trainHere, trainInWorker, actWith, languageHere, languageInWorker };
export type Page = typeof page;
Object.assign(globalThis, { page });
