// Playing episodes with the policy that a run has learned.

import { makeEnv } from "../envs/index.ts";
import type { EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { evaluate, loadPolicy } from "../training/index.ts";
import type { EvaluateOptions, Evaluation, LoadPolicyOptions } from "../training/index.ts";
import { readPolicyBytes } from "./checkpoints.ts";
import { readConfig } from "./run-folder.ts";

export interface EvaluateRunOptions extends EvaluateOptions, Pick<LoadPolicyOptions, "networks"> {
  /** The best policy of the run, rather than its last. Default false. */
  readonly best?: boolean;
  /** The environment, where the run was started with a function, which its folder cannot keep. */
  readonly env?: EnvSource;
}

/**
 * Plays whole episodes with the policy of a run, in the environment that it was trained on.
 *
 * @throws InputError where the folder is missing, foreign or damaged.
 */
export async function evaluateRun(run: string, options: EvaluateRunOptions = {}): Promise<Evaluation> {
  const config = readConfig(run);
  const env = (options.env ?? config.options.env) as EnvSource | undefined;
  if (env === undefined) {
    throw new InputError(
      `${run} was trained with an environment that was passed as a function, which its folder cannot keep: ` +
        "evaluate it from a program, with evaluateRun(run, { env })",
    );
  }
  const bytes = readPolicyBytes(run, options.best);
  const policy = await loadPolicy(bytes, { name: `the policy of ${run}`, networks: options.networks });
  const made = await makeEnv(env, config.options.envOptions as Record<string, unknown>);
  try {
    return await evaluate(policy, made, options);
  } finally {
    made.close?.();
  }
}
