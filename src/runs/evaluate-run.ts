// Playing episodes with the policy that a run has learned.

import { evaluate } from "../training/index.ts";
import type { EvaluateOptions, Evaluation } from "../training/index.ts";
import { openRun, type OpenRunOptions } from "./open-run.ts";

/** Options of {@link evaluateRun}. */
export interface EvaluateRunOptions extends EvaluateOptions, OpenRunOptions {}

/**
 * Plays whole episodes with the policy of a run, in the environment that it was trained on.
 *
 * @throws InputError if the folder is missing, foreign or damaged.
 */
export async function evaluateRun(run: string, options: EvaluateRunOptions = {}): Promise<Evaluation> {
  const { policy, env } = await openRun(run, options);
  try {
    return await evaluate(policy, env, options);
  } finally {
    env.close?.();
  }
}
