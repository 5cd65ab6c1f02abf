// The module of an environment is code. One that a program passes or a person types is theirs; one that a file names,
// such as the config.json of a run, is of whoever wrote the file, and is loaded only where it was allowed.

import { existsSync, realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleAddress, type EnvModule } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { shellQuoted } from "../text/shell.ts";

/** Modules that a file may name: files, folders with all that is below them, and packages by name. */
export type AllowedModules = string | readonly string[];

/** What a module is of. */
export type ModuleUse = "environment" | "reward";

/** Whether a reward of RLHF is a file of code. */
export const isRewardFile = (reward: string): boolean => /\.[cm]?[jt]s$/i.test(reward);

/** Where the module of an environment is: a path without symbolic links, or the name of a package; undefined of others. */
export function moduleOf(env: unknown): string | undefined {
  if (typeof env !== "object" || env === null || !("module" in env)) return undefined;
  const address = moduleAddress((env as EnvModule).module);
  return /^file:/.test(address) ? realPath(pathOf(address)) : address;
}

/**
 * The module of an environment that a file names, where it is not allowed yet.
 *
 * @param where the file or folder that names it, for messages
 * @throws InputError if it is no module that anybody could allow, or is not there
 */
export function moduleToAllow(
  env: unknown,
  where: string,
  allowed: AllowedModules = [],
  what: ModuleUse = "environment",
): string | undefined {
  const module = moduleOf(env);
  if (module === undefined) return undefined;
  if (isBuiltin(module)) throw new InputError(`${where} names ${module} as its ${what}, which is a part of Node`);
  if (isAbsolute(module) && !existsSync(module))
    throw new InputError(
      `${where} names the ${what} ${module}, which is not there${what === "environment" ? ": name the file as --env <file>" : ""}`,
    );
  return isAllowed(module, [allowed].flat()) ? undefined : module;
}

/** @throws InputError if an environment that a file names is a module that is not allowed */
export function assertAllowed(env: unknown, where: string, allowed?: AllowedModules, what?: ModuleUse): void {
  const module = moduleToAllow(env, where, allowed, what);
  if (module !== undefined) throw notAllowed(module, where, what);
}

/** The error about a module that was not allowed. */
export const notAllowed = (module: string, where: string, what: ModuleUse = "environment"): InputError =>
  new InputError(
    `${where} names ${what === "environment" ? "an environment" : "a reward"} of its own, ${module}, whose code would run with all your rights.\n` +
      `If you trust it, add --allow-module ${shellQuoted(module)} (in a program: { allowModules: ${JSON.stringify(module)} })`,
  );

const isAllowed = (module: string, allowed: readonly string[]): boolean =>
  allowed.some((one) => {
    if (!isAbsolute(module)) return module === one;
    const way = relative(realPath(/^file:/i.test(one) ? pathOf(one) : resolve(one)), module);
    return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  });

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // it is not there: whoever loads it says so
  }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InputError(`${url} is not the URL of a file: ${(error as Error).message}`, { cause: error });
  }
}
