// What the page and its worker do alike: train PPO, and tell what it came to.

import { savePolicy, trainPpo, type TrainOptions } from "polgrad";

export interface Outcome {
  steps: number;
  meanReturn100: number | null;
  weightsSha256: string;
  updates: number;
  threads: number;
  policyBytes: number;
}

/** Options that survive a message: no functions. */
export type PlainOptions = Omit<TrainOptions<"ppo">, "onUpdate" | "signal">;

export async function trainHere(options: PlainOptions): Promise<Outcome> {
  let updates = 0;
  const { policy, summary } = await trainPpo({ ...(options as TrainOptions<"ppo">), onUpdate: () => updates++ });
  const { steps, meanReturn100, weightsSha256, threads } = summary;
  return { steps, meanReturn100, weightsSha256, threads, updates, policyBytes: savePolicy(policy).length };
}
