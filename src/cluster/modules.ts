// Modules of environments on many machines. Their code does not travel: each machine has a copy that its person allowed,
// and copies are the same where their content is.

import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InputError } from "../errors.ts";
import { moduleOf } from "../runs/foreign-module.ts";
import { sha256 } from "./keys.ts";

/** Files that are modules of environments. */
const isModule = (path: string): boolean => /\.[cm]?[jt]s$/i.test(path) && !/\.d\.[cm]?ts$/i.test(path);

/** Files that fix the versions of what a module imports, of which the first there is counts. */
const lockFiles = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"];

/** Modules of a folder that is allowed: one queue each is looked at. */
const mostModules = 100;

/**
 * SHA-256 over a module, the files that it imports by relative paths, and the lock file of its dependencies. Copies of
 * equal content have the same, wherever they lie.
 *
 * @throws InputError if one of the files is not there
 */
export function contentHash(path: string): string {
  const files = new Map<string, Uint8Array>();
  const root = dirname(realpathSync(path));
  const add = (file: string, from: string): void => {
    if (files.has(file)) return;
    if (!existsSync(file)) throw new InputError(`${from} imports ${file}, which is not there`);
    const bytes = readFileSync(file);
    files.set(file, bytes);
    if (extname(file) === ".json") return;
    for (const found of importsOf(bytes.toString("utf8"))) add(resolved(resolve(dirname(file), found)), file);
  };
  add(realpathSync(path), path);
  const lock = lockFileOf(root);
  if (lock !== undefined) files.set(lock, readFileSync(lock));
  // By content and order alone: folders have other names elsewhere.
  return sha256(...[...files.values()].map((bytes) => `${sha256(bytes)}\n`));
}

/** What a module imports by relative paths, as far as that stands in it as text. */
const importsOf = (text: string): string[] =>
  Array.from(
    text.matchAll(/\b(?:from|import|require)\s*\(?\s*(["'`])(\.{1,2}\/[^"'`$\n]+)\1/g),
    ([, , path = ""]) => path,
  );

/** The file of a path that may lack its ending, as CommonJS allows. */
const resolved = (path: string): string =>
  ["", ".js", ".cjs", ".mjs", ".json", ".ts", "/index.js"].map((end) => path + end).find(isFile) ?? path;

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

function lockFileOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = lockFiles.map((name) => join(at, name)).find(existsSync);
    if (found !== undefined || dirname(at) === at) return found;
    if (existsSync(join(at, "package.json"))) return undefined;
  }
}

/** A module that is allowed on this machine. */
export interface AllowedModule {
  readonly path: string;
  readonly hash: string;
}

/**
 * The modules that were allowed: files, and all modules below folders, but for what is installed there.
 *
 * @throws InputError if one is not there, or there are too many
 */
export function allowedModules(paths: readonly string[], cwd: string): AllowedModule[] {
  const files = paths.flatMap((given) => {
    const path = resolve(cwd, given);
    if (!existsSync(path)) throw new InputError(`--allow-module ${given}: there is no such file or folder`);
    return statSync(path).isDirectory() ? modulesIn(path) : [path];
  });
  if (files.length > mostModules)
    throw new InputError(
      `--allow-module: there are ${files.length} modules, and at most ${mostModules} are possible: name those of environments`,
    );
  return files.map((path) => ({ path: realpathSync(path), hash: contentHash(path) }));
}

const modulesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && !name.startsWith("."))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return modulesIn(path);
      return entry.isFile() && isModule(path) ? [path] : [];
    });

/** The content hash of an environment's module; undefined of an environment that has none. @throws InputError */
export function moduleHash(env: unknown): string | undefined {
  const module = moduleOf(env);
  if (module === undefined) return undefined;
  if (!existsSync(module))
    throw new InputError(`the environment ${module} is of a package, and many machines need a file of your own for it`);
  return contentHash(module);
}

/** The address by which a module is imported. */
export const moduleUrl = (path: string): string => pathToFileURL(path).href;

/** The name of a module's file. */
export const moduleFile = (url: string): string => fileURLToPath(url).split(/[\\/]/).at(-1)!;
