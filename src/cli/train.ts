// polgrad train <algorithm> <env>: trains, shows how far it is, and leaves a run folder.

import { isAbsolute, relative, resolve } from "node:path";
import { Option, type Command, type CommanderError } from "commander";
import type { Algorithm } from "../algorithms/index.ts";
import { camelCase } from "../text/names.ts";
import { unknownName } from "../text/nearest.ts";
import type { EnvSource } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { trainToRun } from "../runs/train-run.ts";
import { readPolicyAt } from "../runs/checkpoints.ts";
import { policyOptions, readPolicy } from "../training/index.ts";
import { optionsSchema, resolveOptions } from "../training/by-name.ts";
import { describeUnknown } from "../training/wrong-options.ts";
import type { Context } from "./context.ts";
import { parseEnv } from "./env-argument.ts";
import { addAllowFlag, allowModules, type AllowFlags } from "./foreign-environment.ts";
import { addFlags, mergeOptions, optionFields, readConfigFile } from "./options.ts";
import { addFinalEpisodesFlag, addSharedFlags, commandLine, watchRun } from "./watch-run.ts";
import type { SharedFlags } from "./watch-run.ts";

interface TrainFlags extends SharedFlags, AllowFlags {
  config?: string;
  from?: string;
  runDir: string;
}

/** Defines `polgrad train`; `done` takes the exit code. */
export function defineTrain(train: Command, context: Context, done: (exitCode: number) => void): void {
  const { algorithms } = context.library;
  const names = Object.keys(algorithms);
  train
    .description("Train a policy, and leave a folder with its configuration, logs, checkpoints and a report.")
    .helpCommand(false)
    .argument("[algorithm]")
    .argument("[rest...]")
    .allowUnknownOption()
    .addHelpText("after", "\nOptions differ by algorithm: polgrad train <algorithm> --help shows them.")
    .action((name?: string) => {
      if (name === undefined || name.startsWith("-"))
        throw new InputError(`which algorithm? There are ${names.join(", ")}`);
      throw new InputError(unknownName("algorithm", name, names));
    });

  for (const algorithm of Object.values(algorithms)) {
    const { name, summary } = algorithm;
    const plays = algorithm.environments > 0;
    const command = train
      .command(name)
      .summary(summary)
      .exitOverride((error) => {
        throw reworded(error, algorithm, command);
      })
      .description(
        plays
          ? `${summary}\n\nTrains on an environment: a name that \`polgrad list\` shows, or a file such as ./my-env.js.`
          : summary,
      )
      .argument("[env]", plays ? "the environment; may also be named by --config" : "none: it plays in no environment");
    if (!context.argv.includes(name)) continue; // train --help shows no options
    const fields = optionFields(optionsSchema(algorithm));
    command
      .option("--config <file>", "a JSON file of options, by their names in camelCase; flags win over it")
      .option("--run-dir <folder>", "where the run's folder is made", "runs");
    if (plays) {
      command.option("--from <run or file>", "a run, or a policy's file, whose weights and normalizer to begin with");
      addAllowFlag(command, "the file of --config");
      for (const flag of envFlags) command.addOption(new Option(`--${flag} <name>`).hideHelp());
      addFinalEpisodesFlag(command, 20);
    }
    addSharedFlags(command);
    command.optionsGroup("Options of the algorithm:");
    addFlags(command, fields, algorithm.presets);
    command.action(async (argument: string | undefined, flags: TrainFlags & Record<string, unknown>) => {
      const envText = typedEnv(argument, flags);
      const file = flags.config === undefined ? null : readConfigFile(flags.config, context.cwd);
      if (!plays && envText !== undefined)
        throw new InputError(`${name} plays in no environment: leave ${envText} out`);
      const env = plays ? chooseEnv(envText, file?.values.env, context.cwd, name) : null;
      if (envText === undefined && env !== null) await allowModules([env], flags.config!, flags, context);
      const { values, originOf } = mergeOptions(fields, file, flags);
      const from = flags.from === undefined ? undefined : resolve(context.cwd, flags.from);
      const inherited = from === undefined ? {} : policyOptions(readPolicy(readPolicyAt(from), from), algorithm);
      const given = { ...inherited, ...values };
      const options = resolveOptions(algorithm, env === null ? given : { ...given, env }, { originOf });
      if (env !== null) await context.library.checkEnvironment(env, options.envOptions);
      const runDir = displayPath(flags.runDir, context.cwd);
      const settings = { runDir, from, finalEpisodes: flags.finalEpisodes, command: commandLine(context.argv) };
      done(
        await watchRun(context, flags, (watch) =>
          trainToRun(name, options, { ...settings, ...watch }, context.library.createTraining),
        ),
      );
    });
  }
}

/** An error of the parser; one about an unknown flag in the wording that src/training/options.ts has for options. */
function reworded(error: CommanderError, algorithm: Algorithm, command: Command): Error {
  const [, flag, name] = /^error: unknown option '(--(?:no-)?([\w-]+))/.exec(error.message) ?? [];
  if (flag === undefined) return error;
  const known = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  return new InputError(describeUnknown(algorithm, camelCase(name), { flag: flag.replace("--no-", "--") }, known));
}

/** What other libraries take the environment by, which is an argument here; understood, and not in the help. */
export const envFlags = ["env", "env-id", "gym-id"];

/** The environment by argument or flag. @throws InputError if it is named twice */
export function typedEnv(argument: string | undefined, flags: Readonly<Record<string, unknown>>): string | undefined {
  const typed = [argument, ...envFlags.map((flag) => flags[camelCase(flag)] as string | undefined)].filter(
    (text) => text !== undefined,
  );
  if (new Set(typed).size > 1) throw new InputError(`which environment, ${typed.join(" or ")}?`);
  return typed[0];
}

/** The environment that was typed, or else the one in the configuration file. */
function chooseEnv(text: string | undefined, inFile: unknown, cwd: string, algorithm: string): EnvSource {
  if (text !== undefined) return parseEnv(text, cwd);
  if (typeof inFile === "string") return parseEnv(inFile, cwd);
  if (typeof inFile === "object" && inFile !== null && "module" in inFile) return inFile as EnvSource;
  throw new InputError(`which environment? For example: polgrad train ${algorithm} CartPole-v1`);
}

/** A path that works in this process and is short to read: relative to the working folder where it is inside. */
export function displayPath(path: string, cwd: string): string {
  if (resolve(cwd) === process.cwd()) return path;
  const absolute = resolve(cwd, path);
  const below = relative(process.cwd(), absolute);
  return below.startsWith("..") || isAbsolute(below) ? absolute : below;
}
