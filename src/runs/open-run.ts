// The policy of a run, and the environment that it was trained on.

import { makeEnv, type AsyncEnv, type EnvSource } from "../envs/index.ts";
import type { Policy } from "../policies/index.ts";
import { loadPolicy, type LoadPolicyOptions } from "../training/index.ts";
import { readPolicyBytes } from "./checkpoints.ts";
import { assertAllowed, type AllowedModules } from "./foreign-module.ts";
import { envNotKept, playedEnv, readConfig, type RunConfig } from "./run-folder.ts";

/** Which policy of a run is opened, and with what networks. */
export interface OpenPolicyOptions extends Pick<LoadPolicyOptions, "networks"> {
  /** The best policy of the run, rather than its last. Default false. */
  readonly best?: boolean;
}

/** Which policy of a run is opened, and in which environment. */
export interface OpenRunOptions extends OpenPolicyOptions {
  /**
   * The environment: where the run was started with a function, which its folder cannot keep, or in the place of what
   * the folder names.
   */
  readonly env?: EnvSource;
  /**
   * Modules that the folder may name as its environment: paths of files, or of folders with all that is below them. A
   * module is code, and whoever wrote the folder chose it. Default: none.
   */
  readonly allowModules?: AllowedModules;
}

/** A run's policy and environment, ready to play. */
export interface OpenedRun {
  readonly config: RunConfig;
  readonly envName: string;
  readonly policy: Policy;
  /** The caller closes it. */
  readonly env: AsyncEnv;
}

/** The policy alone. @throws InputError if the folder is missing, foreign or damaged. */
export function openPolicy(run: string, { best, networks }: OpenPolicyOptions = {}): Promise<Policy> {
  return loadPolicy(readPolicyBytes(run, best), { name: `the policy of ${run}`, networks });
}

/** @throws InputError if the folder is missing, foreign or damaged, or names a module that is not allowed */
export async function openRun(run: string, options: OpenRunOptions = {}): Promise<OpenedRun> {
  const config = readConfig(run);
  const name = playedEnv(run, config);
  const env = (options.env ?? config.options.env) as EnvSource | undefined;
  if (env === undefined) throw envNotKept(run, "name it in a program, as in evaluateRun(run, { env })");
  if (options.env === undefined) assertAllowed(env, run, options.allowModules);
  const policy = await openPolicy(run, options);
  return {
    config,
    envName: name,
    policy,
    env: await makeEnv(
      env,
      config.options.envOptions as Record<string, unknown>,
      config.options.maxEpisodeSteps as number | null | undefined,
    ),
  };
}
