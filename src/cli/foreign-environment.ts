// Environments that a run's folder or a file names are code of whoever wrote it: the person at the terminal is asked,
// or has named or allowed them by flags.

import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import type { EnvModule, EnvSource } from "../envs/index.ts";
import { isRewardFile, moduleOf, moduleToAllow, notAllowed, type ModuleUse } from "../runs/foreign-module.ts";
import { readConfig, type RunConfig } from "../runs/run-folder.ts";
import { shellQuoted } from "../text/shell.ts";
import type { Context } from "./context.ts";
import { parseEnv } from "./env-argument.ts";

/** The flag of commands that may meet a module that a file names. */
export interface AllowFlags {
  allowModule?: string[];
}

/** The flags of commands that play in a run's environment. */
export interface EnvironmentFlags extends AllowFlags {
  env?: string;
}

/** Adds `--allow-module`. */
export function addAllowFlag(command: Command, who: string): Command {
  const collect = (path: string, others: string[] = []) => [...others, path];
  const help = `run the code of an environment or a reward that ${who} names, if it is this file, or in this folder; may be repeated`;
  return command.option("--allow-module <path>", help, collect);
}

/** Adds `--env` and `--allow-module`. */
export function addEnvironmentFlags(command: Command): Command {
  command.option("--env <env>", "the environment, in the place of the one that the run's folder names");
  return addAllowFlag(command, "the run's folder");
}

/**
 * The environment of a run as the person wants it: named by `--env`, or allowed by a flag or by an answer.
 *
 * @throws InputError if the folder names a module that is not allowed
 */
export async function settleEnvironment(
  run: string,
  { env, allowModule }: EnvironmentFlags,
  context: Context,
): Promise<{ env?: EnvSource; allowModules?: string[] }> {
  const config = readConfig(run);
  const reward = rewardModule(config);
  if (reward) return { allowModules: await allowModules([reward], run, { allowModule }, context, "reward") };
  const inFolder = config.options.env;
  if (env === undefined) return { allowModules: await allowModules([inFolder], run, { allowModule }, context) };
  const named = parseEnv(env, context.cwd);
  const isSameKind = moduleOf(named) !== undefined && moduleOf(inFolder) !== undefined;
  return { env: isSameKind ? { ...(inFolder as EnvModule), ...(named as EnvModule) } : named };
}

/**
 * The modules that are allowed: those of the flags, and of `envs`, which a file names, those that the person says yes to.
 *
 * @param where the file or folder that names them
 * @throws InputError if one is not allowed
 */
export async function allowModules(
  envs: readonly unknown[],
  where: string,
  { allowModule = [] }: AllowFlags,
  { cwd, confirm }: Context,
  what: ModuleUse = "environment",
): Promise<string[]> {
  const allowed = allowModule.flatMap((path) => [path, resolve(cwd, path)]);
  for (const env of envs) {
    const module = moduleToAllow(env, where, allowed, what);
    if (module === undefined) continue;
    const question = `${where} names ${what === "environment" ? "an environment" : "a reward"} of its own, whose code would run with all your rights:
  ${module}
Run it? (y/N) `;
    if (!(await confirm?.(question))) throw notAllowed(module, where, what);
    allowed.push(module);
  }
  return allowed;
}

/** What a command line about a run needs so that it may play in an environment that this person trained it in. */
export function allowFlagFor(env: unknown): string {
  const module = moduleOf(env);
  if (module === undefined) return "";
  const below = relative(process.cwd(), module);
  return ` --allow-module ${shellQuoted(below.startsWith("..") ? module : below)}`;
}

/** The same of a run whose reward is a file. */
export const allowFlagOfReward = (run: string): string => allowFlagFor(rewardModule(readConfig(run)));

/** The file of a run's reward, as a module; undefined where it has none. */
function rewardModule({ inputs }: RunConfig): EnvModule | undefined {
  const reward = inputs?.sources.reward;
  return typeof reward === "string" && isRewardFile(reward) ? { module: pathToFileURL(reward).href } : undefined;
}
