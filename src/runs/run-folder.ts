// A run's folder: its name, what config.json in it says, and the messages for one that is missing, foreign or damaged.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import * as z from "zod/mini";
import { InputError } from "../errors.ts";
import { fileNameOf, longestFileName } from "../text/names.ts";
import { inOneLine } from "../text/printable.ts";
import { nearestNames } from "../text/nearest.ts";
import { twoDigits } from "../text/numbers.ts";
import { version } from "../version.ts";
import { diskProblem, writeError, writeFileAtomic } from "./files.ts";
import { assertShape, readJson } from "./json.ts";

const runFormat = "polgrad-run";
const runFormatVersion = 1;

/** config.json: everything that a run was started from. */
export interface RunConfig {
  format: typeof runFormat;
  formatVersion: number;
  algorithm: string;
  /** The environment's name, as the folder and the report show it; null if the algorithm plays in none. */
  env: string | null;
  seed: number;
  /** All options, resolved: `createTraining(algorithm, options)` starts the same training again. `env` is left out
   * where it was a function, which no file can keep. */
  options: Record<string, unknown>;
  versions: { polgrad: string; node: string };
  platform: { os: string; arch: string; cpu: string };
  startedAt: string;
  command: string;
  /** The run or policy whose weights it began with, where it did. */
  from?: string;
  /** Episodes that its policy plays once training is over, where it does. */
  finalEpisodes?: number;
  /** Where what it learns from lies, and what that was, where a run of a language model was started with files. */
  inputs?: RunInputs;
  /** Each time the run was resumed, and what that changed. */
  resumed: { at: string; fromStep: number; command: string; changed: Record<string, { from: unknown; to: unknown }> }[];
}

/** What a run learns from. */
export interface RunInputs {
  /** Files, folders, or the names of what is built in. */
  readonly sources: Readonly<Record<string, string | boolean>>;
  /** SHA-256 of what was in them, by what messages call it. */
  readonly sha256: Readonly<Record<string, string>>;
}

const anything = z.record(z.string(), z.unknown());
const configShape = z.looseObject({
  algorithm: z.string(),
  env: z.nullable(z.string()),
  seed: z.number(),
  options: anything,
  versions: z.looseObject({ polgrad: z.string(), node: z.string() }),
  platform: z.looseObject({ os: z.string(), arch: z.string(), cpu: z.string() }),
  startedAt: z.string(),
  command: z.string(),
  finalEpisodes: z.optional(z.int().check(z.minimum(0))),
  inputs: z.optional(
    z.looseObject({
      sources: z.record(z.string(), z.union([z.string(), z.boolean()])),
      sha256: z.record(z.string(), z.string()),
    }),
  ),
  resumed: z.array(
    z.looseObject({
      at: z.string(),
      fromStep: z.number(),
      command: z.string(),
      changed: z.record(z.string(), anything),
    }),
  ),
});

/** The paths of the files of a run. */
export function runFiles(run: string) {
  return {
    config: join(run, "config.json"),
    lock: join(run, ".running"),
    metrics: join(run, "metrics.jsonl"),
    progress: join(run, "progress.csv"),
    checkpoints: join(run, "checkpoints"),
    last: join(run, "checkpoints", "last.safetensors"),
    best: join(run, "checkpoints", "best.safetensors"),
    policy: join(run, "policy.safetensors"),
    /** In its place, where a learner plays in no environment. */
    weights: join(run, "weights.safetensors"),
    /** What a learner of a language model tells of itself, and the model as a folder of its own. */
    texts: join(run, "texts.jsonl"),
    model: join(run, "model"),
    /** What it warned of, as it occurred. */
    warnings: join(run, "warnings.jsonl"),
    summary: join(run, "summary.json"),
    /** What an episode of the last policy looks like, where one was played at the end and the environment draws. */
    episode: join(run, "episode.svg"),
    report: join(run, "report.html"),
  };
}

/** What a new run's folder is named after, and what its config.json says. */
export interface NewRun {
  algorithm: string;
  env: string | null;
  seed: number;
  options: Record<string, unknown>;
  command: string;
  startedAt: Date;
  /** The folder's name, where it is to have one of its own. */
  name?: string;
  /** The run or policy whose weights it begins with. */
  from?: string;
  /** Episodes that its policy plays once training is over. Default 0. */
  finalEpisodes?: number;
  inputs?: RunInputs;
}

/**
 * Makes `<parent>/<env>-<algorithm>-<seed>-<timestamp>/` (without an environment, the name begins with the algorithm), or
 * `<parent>/<name>/`, with config.json in it, and `-2`, `-3`, … at the end of the name where that is taken.
 *
 * @returns The folder's path, below `parent` as it was given.
 * @throws InputError if no folder can be made there; RunError if the disk is full.
 */
export function createRunFolder(parent: string, run: NewRun): string {
  const { algorithm, env, seed, options, command, startedAt, from, finalEpisodes = 0, inputs } = run;
  const place = env === null ? [] : [env.replace(/\.[cm]?[jt]s$/, "")];
  const subject = fileNameOf([...place, algorithm].join("-"));
  const name = run.name === undefined ? `${subject}-${seed}-${timestamp(startedAt)}` : fileNameOf(run.name);
  const path = makeUnique(join(parent, name));
  writeConfig(path, {
    format: runFormat,
    formatVersion: runFormatVersion,
    algorithm,
    env,
    seed,
    options,
    versions: { polgrad: version, node: process.versions.node },
    platform: { os: process.platform, arch: process.arch, cpu: cpus()[0]?.model.trim() ?? "unknown" },
    startedAt: startedAt.toISOString(),
    command,
    ...(from !== undefined && { from }),
    ...(finalEpisodes > 0 && { finalEpisodes }),
    ...(inputs !== undefined && { inputs }),
    resumed: [],
  });
  return path;
}

/** Writes config.json, and waits until it is on the disk. */
export function writeConfig(run: string, config: RunConfig): void {
  writeFileAtomic(runFiles(run).config, `${JSON.stringify(config, null, 2)}\n`, true);
}

/**
 * Reads the config.json of a run's folder.
 *
 * @throws InputError if the folder is missing (with the nearest names beside it), not a run's, or damaged.
 */
export function readConfig(run: string): RunConfig {
  if (!existsSync(run)) throw new InputError(`there is no run folder ${run}${besideIt(run)}`);
  if (!statSync(run).isDirectory()) throw new InputError(`${run} is a file, not the folder of a run`);
  const path = runFiles(run).config;
  if (!existsSync(path)) {
    throw new InputError(`${run} is not the folder of a run: it has no config.json${runsIn(run)}`);
  }
  const config = readJson(path) as RunConfig | null;
  if (typeof config !== "object" || config?.format !== runFormat) {
    throw new InputError(`${run} is not the folder of a polgrad run: its config.json is not one that polgrad wrote`);
  }
  if (config.formatVersion > runFormatVersion) {
    const newer = inOneLine(String(config.versions?.polgrad));
    throw new InputError(`${run} was written by a newer polgrad (${newer}); this is ${version}`);
  }
  return assertShape(config, configShape, path);
}

/**
 * Checks where a run's folder is to be made, before anything is made.
 *
 * @throws InputError if `name` is a path or nothing: the folder would lie elsewhere than in `runDir`
 */
export function checkPlace({ runDir = "", name = "run" }: { runDir?: string; name?: string }): void {
  if (typeof runDir !== "string" || runDir.includes("\0"))
    throw new InputError(`option "runDir" is ${JSON.stringify(runDir)}, but must be the path of a folder`);
  if (typeof name !== "string" || name.length > longestFileName || /[/\\\p{Cc}]|^[.\s]*$/u.test(name))
    throw new InputError(
      `option "name" is ${JSON.stringify(name)}, but must be the name of one folder, such as "first-try", ` +
        `of at most ${longestFileName} characters; "runDir" says where it is made`,
    );
}

/** Local time as YYYYMMDD-HHMMSS. */
export function timestamp(date: Date): string {
  const day = `${date.getFullYear()}${twoDigits(date.getMonth() + 1)}${twoDigits(date.getDate())}`;
  return `${day}-${twoDigits(date.getHours())}${twoDigits(date.getMinutes())}${twoDigits(date.getSeconds())}`;
}

/** As mkdir's `recursive`, which in Node 20 never returns where a file system has no room for folders, as /proc. */
export function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another run may have been faster
  }
}

/** Makes a folder that was not there before. Two runs that start in the same second get two folders. */
function makeUnique(path: string): string {
  try {
    makeFolders(dirname(path));
    for (let attempt = 1; ; attempt++) {
      const candidate = attempt === 1 ? path : `${path}-${attempt}`;
      try {
        mkdirSync(candidate);
        mkdirSync(runFiles(candidate).checkpoints);
        return candidate;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  } catch (error) {
    // A place where no folder can be is what the user named; a full disk is not.
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOSPC", "EDQUOT"].includes(code)) throw writeError(error, path);
    // Missing parents would have been made: the file system itself holds no folders, as /proc.
    const problem = code === "ENOENT" ? `no folder can be made there (${code})` : diskProblem(error);
    throw new InputError(`cannot make the run's folder in ${dirname(path)}: ${problem}`, { cause: error });
  }
}

function besideIt(run: string): string {
  const parent = dirname(resolve(run));
  if (!existsSync(parent)) return `; ${dirname(run)} does not exist either`;
  const names = nearestNames(basename(run), folderNames(parent));
  return names.length > 0 ? `; nearest are ${names.map((name) => join(dirname(run), name)).join(", ")}` : "";
}

function runsIn(folder: string): string {
  const runs = folderNames(folder).filter((name) => existsSync(runFiles(join(folder, name)).config));
  return runs.length > 0 ? `; it holds runs, such as ${join(folder, runs.sort().at(-1) as string)}` : "";
}

function folderNames(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) => name === inOneLine(name));
  } catch {
    return [];
  }
}

/** The name of the environment that a run plays in. @throws InputError if it plays in none */
export function playedEnv(run: string, { env }: RunConfig): string {
  if (env === null) throw new InputError(`${run} has no environment, so there are no episodes to play`);
  return env;
}

/** The error about a run whose environment is not in its folder; `way` is what helps. */
export const envNotKept = (run: string, way: string): InputError =>
  new InputError(
    `${run} was trained with an environment that was passed as a function, which its folder cannot keep: ${way}`,
  );
