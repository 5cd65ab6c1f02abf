// Playing episodes with the policy that a run has learned.

import { closeEnvs } from "../envs/index.ts";
import { evaluateInSlices } from "../training/evaluate.ts";
import { createTurns, runInTurns, type EvaluateOptions, type Evaluation } from "../training/index.ts";
import { openRun, type OpenRunOptions } from "./open-run.ts";

/** Options of {@link evaluateRun}. */
export interface EvaluateRunOptions extends EvaluateOptions, OpenRunOptions {}

/**
 * Plays whole episodes with the policy of a run, in the environment that it was trained on.
 *
 * @throws InputError if the folder is missing, foreign or damaged, or names a module as its environment that is not
 *   allowed
 */
export async function evaluateRun(run: string, options: EvaluateRunOptions = {}): Promise<Evaluation> {
  const { policy, env, envName } = await openRun(run, options);
  try {
    return await runInTurns(evaluateInSlices(policy, env, options, envName), createTurns());
  } finally {
    closeEnvs([env], console.warn);
  }
}
