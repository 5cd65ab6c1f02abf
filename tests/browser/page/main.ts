// A page that trains, on its main thread or in a worker, and acts with a policy from elsewhere.

import { loadPolicy } from "polgrad";
import { trainHere, type Outcome, type PlainOptions } from "./train.ts";

function trainInWorker(options: PlainOptions): Promise<Outcome> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<Outcome>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<{ outcome: Outcome } | { error: string }>) =>
      "outcome" in data ? resolve(data.outcome) : reject(new Error(data.error));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(options);
  }).finally(() => worker.terminate());
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

const page = { trainHere, trainInWorker, actWith };
export type Page = typeof page;
Object.assign(globalThis, { page });
