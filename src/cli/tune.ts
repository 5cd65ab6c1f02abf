// polgrad tune: looks for options that learn, and trains what it found again with fresh seeds.

import { Option, type Command, type CommanderError } from "commander";
import type { Algorithm } from "../algorithms/index.ts";
import { InputError } from "../errors.ts";
import { searchFiles, usualFolder } from "../search/folder.ts";
import { makePlan } from "../search/make-plan.ts";
import type { Plan } from "../search/plan.ts";
import type { SearchResult } from "../search/results.ts";
import { runSearch } from "../search/run-search.ts";
import { titleOf, trainCommand, valuesText, verdictOf } from "../search/words.ts";
import { withInterval } from "../suites/tables.ts";
import type { SweepEnv } from "../sweeps/sweep.ts";
import { camelCase } from "../text/names.ts";
import { unknownName } from "../text/nearest.ts";
import { whole } from "../text/numbers.ts";
import { optionsSchema } from "../training/by-name.ts";
import type { OptionOrigin } from "../training/options.ts";
import { describeUnknown } from "../training/wrong-options.ts";
import { naturalNumber, number, positiveInteger, typedSeeds } from "./arguments.ts";
import type { Context } from "./context.ts";
import { parseEnv } from "./env-argument.ts";
import { addAllowFlag, allowModules, type AllowFlags } from "./foreign-environment.ts";
import { addListFlags, listedOptions, optionFields, readConfigFile } from "./options.ts";
import { createSearchProgress, noSearchProgress } from "./search-progress.ts";
import { noSuiteProgress } from "./suite-progress.ts";
import { createSweepProgress } from "./sweep-progress.ts";
import { displayPath, envFlags, typedEnv } from "./train.ts";
import { addSharedFlags, commandLine, type SharedFlags } from "./watch-run.ts";

interface TuneFlags extends SharedFlags, AllowFlags {
  config?: string;
  hours?: number;
  minutes?: number;
  trials?: number;
  only?: string[];
  seeds?: number[];
  rungs?: number;
  trialEpisodes?: number;
  synchronous?: true;
  searchSeed?: number;
  finalists?: number;
  freshSeeds?: number[];
  finalEpisodes?: number;
  jobs?: number;
  out?: string;
}

/** Of the schema, what is no flag here: seeds are. */
const withoutFlag = ["seed"];

const example = "polgrad tune ppo ./my-env.js --minutes 20";

/** Defines `polgrad tune`; `done` takes the exit code. */
export function defineTune(tune: Command, context: Context, done: (exitCode: number) => void): void {
  const { algorithms } = context.library;
  const playing = Object.values(algorithms).filter(({ environments }) => environments > 0);
  tune
    .description(
      "Look for options with which an algorithm learns, several trainings at a time, and train what was found again " +
        "with fresh seeds, beside the preset or the defaults. Once interrupted, the same command goes on.",
    )
    .helpCommand(false)
    .argument("[algorithm]")
    .argument("[rest...]")
    .usage("<algorithm> <env> [options]")
    .allowUnknownOption()
    .addHelpText("after", "\nOptions differ by algorithm: polgrad tune <algorithm> --help shows them.")
    .action((name?: string) => {
      const names = playing.map((algorithm) => algorithm.name);
      if (name === undefined || name.startsWith("-")) throw new InputError(`which algorithm? For example: ${example}`);
      throw new InputError(unknownName("algorithm", name, names));
    });

  for (const algorithm of playing) {
    const command = tune.command(algorithm.name, { hidden: true }).exitOverride((error) => {
      throw reworded(error, algorithm, command);
    });
    command
      .description(
        `${algorithm.summary}\n\nEach flag of the algorithm takes a value, which all trials then have; several values by ` +
          "commas; or a range, as 1e-4..1e-2. What is not given is looked for in a range of its own, where it has one.",
      )
      .argument("[env]", "the environment");
    if (!context.argv.includes(algorithm.name)) continue;
    addTuneFlags(command);
    command.optionsGroup("Options of the algorithm:");
    const fields = optionFields(optionsSchema(algorithm)).filter(({ name }) => !withoutFlag.includes(name));
    addListFlags(command, fields, algorithm.presets);
    for (const flag of envFlags) command.addOption(new Option(`--${flag} <name>`).hideHelp());
    command.action(async (argument: string | undefined, flags: TuneFlags & Record<string, unknown>) => {
      const file = flags.config === undefined ? null : readConfigFile(flags.config, context.cwd);
      const { env: inFile, ...fromFile } = file?.values ?? {};
      const typed = typedEnv(argument, flags) ?? (typeof inFile === "string" ? inFile : undefined);
      if (typed === undefined) throw new InputError(`which environment? For example: ${example}`);
      const env = parseEnv(typed, context.cwd) as SweepEnv;
      if (argument === undefined && file) await allowModules([env], flags.config!, flags, context);
      const { values, originOf: ofFlag } = listedOptions(fields, flags);
      // A list of one is what was typed.
      const single = Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.length === 1 ? list[0] : list])); // prettier-ignore
      const originOf = (name: string): OptionOrigin | undefined =>
        ofFlag(name) ?? (Object.hasOwn(fromFile, name) ? { file: flags.config! } : undefined);
      const options = { ...fromFile, ...single };
      await context.library.checkEnvironment(env, options.envOptions as Record<string, unknown> | undefined);
      const plan = await makePlan(
        {
          algorithm: algorithm.name,
          env,
          options,
          only: flags.only,
          seeds: flags.seeds,
          rungs: flags.rungs,
          episodes: flags.trialEpisodes,
          synchronous: flags.synchronous,
          seed: flags.searchSeed,
        },
        originOf,
      );
      done(await carryOut(plan, context, flags));
    });
  }
}

function addTuneFlags(command: Command): void {
  const positive = (flag: string) => number(flag, (value) => value > 0, "above 0");
  command
    .option("--minutes <number>", "time for all of it, the trainings at its end included", positive("--minutes"))
    .option("--hours <number>", "the same in hours", positive("--hours"))
    .option("--trials <integer>", "ends the search after so many sets of options", positiveInteger("--trials"))
    .option("--only <names>", "look for these options alone, by commas; all others stay as usual", typedNames)
    .option("--config <file>", "a JSON file of options: values, lists of values, or ranges as \"1e-4..1e-2\"; flags win over it") // prettier-ignore
    .option("--seeds <list>", "seeds of the search [default 1-3]", typedSeeds)
    .option("--rungs <integer>", "comparisons on the way to a whole training [default 3]", positiveInteger("--rungs"))
    .option("--trial-episodes <integer>", "episodes by which a trial is judged [default 20]", positiveInteger("--trial-episodes")) // prettier-ignore
    .option("--synchronous", "rungs wait for all their trials: the same search on any number of processes")
    .option("--search-seed <integer>", "of what is proposed [default 1]", naturalNumber("--search-seed"))
    .option("--finalists <integer>", "how many are trained again with fresh seeds [default 3]", positiveInteger("--finalists")) // prettier-ignore
    .option("--fresh-seeds <list>", "seeds for these [default 101-105]", typedSeeds)
    .option("--final-episodes <integer>", "episodes of each evaluation of these [default 100]", positiveInteger("--final-episodes")) // prettier-ignore
    .option("--out <folder>", "the search's folder [default searches/<algorithm>-<env>]")
    .option("--jobs <integer>", "trainings at the same time [default: the machine's threads]", positiveInteger("--jobs")); // prettier-ignore
  addAllowFlag(command, "the file of --config");
  addSharedFlags(command);
}

const typedNames = (text: string): string[] => text.split(",").map((name) => camelCase(name.trim().replace(/^--/, "")));

/** An error of the parser; one about an unknown flag in the wording that src/training/options.ts has for options. */
function reworded(error: CommanderError, algorithm: Algorithm, command: Command): Error {
  const [, flag, name] = /^error: unknown option '(--(?:no-)?([\w-]+))/.exec(error.message) ?? [];
  if (flag === undefined) return error;
  const known = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  return new InputError(describeUnknown(algorithm, camelCase(name), { flag: flag.replace("--no-", "--") }, known));
}

async function carryOut(plan: Plan, context: Context, flags: TuneFlags): Promise<number> {
  const output = flags.json ? context.stderr : context.stdout;
  const say = (text: string) => flags.quiet || output.write(`${text}\n`);
  const out = displayPath(flags.out ?? usualFolder(plan), context.cwd);
  const minutes = (flags.hours ?? 0) * 60 + (flags.minutes ?? 0);
  const command = commandLine(context.argv);
  let progress: { clear(): void } = noSearchProgress;
  const interruption = context.interruption();
  interruption.signal.addEventListener("abort", () => {
    progress.clear();
    say("Stopping: trainings in progress finish their update and save. Ctrl-C again stops at once.");
  });
  let trials = noSearchProgress;
  let finals = noSuiteProgress;
  let result: SearchResult;
  try {
    result = await runSearch(plan, {
      out,
      trials: flags.trials,
      seconds: minutes > 0 ? 60 * minutes : undefined,
      jobs: flags.jobs,
      finalists: flags.finalists,
      freshSeeds: flags.freshSeeds,
      finalEpisodes: flags.finalEpisodes,
      signal: interruption.signal,
      command,
      carryOutTraining: context.library.carryOut,
      onStart(state, folder, jobs) {
        const there = state.search.trials.length;
        const before = there === 0 ? "" : `, ${whole(there)} trial${there === 1 ? "" : "s"} done already`;
        const names = Object.keys(plan.ranges);
        const what = names.length === 1 ? names[0] : `${names.length} options`;
        say(`${plan.algorithm}, ${what}${before}, up to ${jobs} at a time, in ${folder}`);
        if (!flags.quiet) progress = trials = createSearchProgress(output, state);
      },
      onChange: (state) => trials.change(state),
      onFinalStart(board) {
        progress.clear();
        const left = board.filter(({ status }) => status === "waiting").length;
        if (left === 0) return;
        say(`Training ${board.length / new Set(board.map(({ seed }) => seed)).size} sets of options with fresh seeds:`);
        if (!flags.quiet) progress = finals = createSweepProgress(output, board, () => flags.jobs ?? 1);
      },
      onFinalChange: (run) => finals.change(run),
    });
  } finally {
    progress.clear();
  }
  output.write(resultText(plan, result, command));
  if (flags.json) context.stdout.write(`${JSON.stringify(result)}\n`);
  return result.status === "interrupted" ? interruption.exitCode : 0;
}

function resultText(plan: Plan, result: SearchResult, command: string): string {
  const files = searchFiles(result.out);
  const { best, finals, status } = result;
  const width = Math.max(0, ...finals.map(({ trial }) => titleOf(trial).length));
  const rows = finals.map(
    ({ trial, result: { interquartileMean, interquartileInterval } }) =>
      `  ${titleOf(trial).padEnd(width)}  ${withInterval(interquartileMean, interquartileInterval)}`,
  );
  const lines =
    status === "interrupted"
      ? [`${verdictOf(result)} All is saved. Go on with`, `  npx ${command}`]
      : [
          ...(rows.length > 1 ? ["Interquartile mean of the final evaluations over fresh seeds, 95 % interval:", ...rows] : []), // prettier-ignore
          verdictOf(result),
          ...(best && best.trial !== 0 ? [`  ${valuesText(best.values)}`] : []),
        ];
  const where = [
    `  Report  ${files.report}`,
    ...(status === "finished" && best ? [`  Train   ${trainCommand(plan, result)}`] : []),
  ];
  return `${[...lines, "", ...where].join("\n")}\n`;
}
