// A worker that trains, so that the page stays smooth. It sends the policy as bytes on its way, and at the end.

import { trainPpo } from "polgrad";
import { snake } from "./snake.ts";

/** What the worker tells the page. */
export interface News {
  readonly step: number;
  readonly totalSteps: number;
  readonly meanReturn: number | null;
  /** For `loadPolicy`, now and then. */
  readonly policy?: Uint8Array;
}

const totalSteps = 200_000;

await trainPpo({
  env: snake,
  seed: 1,
  totalSteps,
  gamma: 0.97,
  entropyCoefficient: 0.01,
  onUpdate({ step, update, meanReturn100 }, training) {
    const policy = update % 8 === 0 || training.done ? training.savePolicy() : undefined;
    postMessage({ step, totalSteps, meanReturn: meanReturn100, policy } satisfies News);
  },
});
