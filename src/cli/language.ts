// What the commands that train language models share: flags of their options, and the run.

import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { Command } from "commander";
import { InputError } from "../errors.ts";
import { describedAlgorithm } from "../language/algorithms/descriptions.ts";
import type { LanguageRunSettings } from "../runs/language/train.ts";
import { checkPlace } from "../runs/run-folder.ts";
import type { RunResult } from "../runs/train-run.ts";
import { didYouMean } from "../text/nearest.ts";
import { optionsSchema, resolveOptions } from "../training/index.ts";
import type { Context } from "./context.ts";
import { addFlags, mergeOptions, optionFields, readConfigFile } from "./options.ts";
import { displayPath } from "./train.ts";
import { addSharedFlags, commandLine, watchRun, type SharedFlags } from "./watch-run.ts";

/** The flags of commands that train a language model. */
export interface LanguageFlags extends SharedFlags {
  config?: string;
  estimate?: true;
  runDir: string;
  name?: string;
}

/** Adds the flags of every such command, and one for each option of its algorithm but those that are left out. */
export function addLanguageFlags(command: Command, algorithm: string, without: readonly string[] = []): void {
  command
    .option("--config <file>", "a JSON file of options, by their names in camelCase; flags win over it")
    .option("--run-dir <folder>", "where the run's folder is made", "runs")
    .option("--name <name>", "the name of the run's folder [default: from algorithm, seed and time]");
  command.option("--estimate", "tell how long it would take and how much memory, and leave it at that");
  addSharedFlags(command);
  command.optionsGroup("Options of the algorithm:");
  addFlags(command, fieldsOf(algorithm, without), {});
}

/** The length follows from the data. */
const fieldsOf = (algorithm: string, without: readonly string[]) =>
  optionFields(optionsSchema(describedAlgorithm(algorithm)!)).filter(({ name }) => name !== "totalSteps" && !without.includes(name)); // prettier-ignore

/** Options as flags and the file of --config give them, checked. */
export function givenOptions(
  algorithm: string,
  flags: LanguageFlags,
  { cwd }: Context,
  without: readonly string[] = [],
): Record<string, unknown> {
  const file = flags.config === undefined ? null : readConfigFile(flags.config, cwd);
  const { values, originOf } = mergeOptions(fieldsOf(algorithm, without), file, { ...flags });
  resolveOptions(describedAlgorithm(algorithm)!, values, { originOf });
  checkPlace(flags);
  return values;
}

/** Trains with progress; gives the exit code. @param more what --json tells besides */
export function watchLanguageRun(
  context: Context,
  flags: LanguageFlags,
  train: (settings: LanguageRunSettings) => Promise<RunResult>,
  more?: (run: string) => object,
): Promise<number> {
  const runDir = displayPath(flags.runDir, context.cwd);
  const settings = { runDir, name: flags.name, command: commandLine(context.argv) };
  return watchRun(context, flags, (watch) => train({ ...settings, ...watch }), undefined, more);
}

/** A path as it was typed, from this process; names of what is built in stay. @throws InputError if it is missing */
export function sourceAt(text: string, { cwd }: Context, builtIn: readonly string[] = []): string {
  if (builtIn.includes(text)) return text;
  const path = displayPath(text, cwd);
  if (existsSync(path)) return path;
  if (text === "mini")
    throw new InputError(
      `"mini" is a new model, which knows nothing yet: train it with polgrad sft first, and then give its run`,
    );
  const near = didYouMean(text, builtIn);
  const others = builtIn.length === 0 ? "" : `; built in is ${builtIn.map((name) => `"${name}"`).join(" or ")}`;
  const looked = isAbsolute(text) ? "" : ` (looked for ${resolve(cwd, text)})`;
  throw new InputError(`there is no file or folder ${text}${looked}${near === "" ? others : `.${near}`}`);
}
