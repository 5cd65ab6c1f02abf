// The environment as it is typed: its name, or a file.

import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";

/**
 * `CartPole-v1` stays what it is; `./my-env.js`, `/a/b.mjs` and `file:///a/b.js` become the module of an environment,
 * by its absolute URL, so that the run can be resumed from any folder.
 *
 * @throws InputError if the file does not exist.
 */
export function parseEnv(text: string, cwd: string): EnvSource {
  const isUrl = /^file:/i.test(text);
  const isPath = isAbsolute(text) || /^\.{0,2}[\\/]/.test(text) || /\.[cm]?[jt]s$/i.test(text);
  if (!isUrl && !isPath) return text;
  const path = isUrl ? pathOf(text) : resolve(cwd, text);
  if (!existsSync(path))
    throw new InputError(`there is no environment file ${text}${path === text ? "" : ` (looked for ${path})`}`);
  if (!statSync(path).isFile()) throw new InputError(`the environment ${text} is a folder, not a file`);
  return { module: pathToFileURL(path).href };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InputError(`${url} is not the URL of a file: ${(error as Error).message}`, { cause: error });
  }
}
