// polgrad resume <run>: resumes a run that was interrupted, extends one, or goes on with other options.

import { whole } from "../text/numbers.ts";
import type { Command } from "commander";
import { describedAlgorithm } from "../language/algorithms/descriptions.ts";
import { readConfig } from "../runs/run-folder.ts";
import { resumeRun } from "../runs/train-run.ts";
import { canChange, optionsSchema, type Training } from "../training/index.ts";
import { show } from "../training/option-values.ts";
import { positiveInteger } from "./arguments.ts";
import type { Context } from "./context.ts";
import { addFlags, mergeOptions, optionFields, type OptionField } from "./options.ts";
import { addEnvironmentFlags, settleEnvironment, type EnvironmentFlags } from "./foreign-environment.ts";
import { spacedWords } from "../text/names.ts";
import { stepUnit } from "./language-progress.ts";
import { addFinalEpisodesFlag, addSharedFlags, commandLine, watchRun } from "./watch-run.ts";
import type { SharedFlags } from "./watch-run.ts";

interface ResumeFlags extends SharedFlags, EnvironmentFlags {
  steps?: number;
  episodes?: number;
}

/** Defines `polgrad resume`; `done` takes the exit code. */
export function defineResume(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Resume a run from its last checkpoint. Without flags the result is exactly that of an uninterrupted run; with a " +
        "new total the run is extended, and its schedules follow it. Options of its algorithm may change from here on, " +
        "as --learning-rate 1e-4: resume <run> --help shows them. Of a run that is done, what is missing is made anew.",
    )
    .argument("<run>", "the run's folder");
  const { fields, isOfLanguage } = fieldsOfTypedRun(context);
  // How long the run of a language model is follows from its options.
  if (!isOfLanguage)
    command
      .option("--steps <integer>", "a new total of environment steps", positiveInteger("--steps"))
      .option("--episodes <integer>", "a new total of episodes", positiveInteger("--episodes"));
  // Those of a run that is known are among its options.
  if (fields.length === 0)
    command
      .option("--iterations <integer>", "of a run of rlhf: a new total of iterations", positiveInteger("--iterations"))
      .option("--epochs <integer>", "of a run of sft or reward-model: a new total of epochs", positiveInteger("--epochs")); // prettier-ignore
  addEnvironmentFlags(command);
  if (!isOfLanguage) addFinalEpisodesFlag(command, undefined);
  addSharedFlags(command);
  command.optionsGroup("Options of the run's algorithm that may change:");
  addFlags(command, fields, {}, canChange);
  command.action(async (run: string, flags: ResumeFlags) => {
    const before = readConfig(run).options;
    const options = mergeOptions(fields, null, { ...flags }).values;
    const environment = await settleEnvironment(run, flags, context);
    const settings = {
      ...environment,
      ...(!isOfLanguage && {
        totalSteps: flags.steps,
        totalEpisodes: flags.episodes,
        finalEpisodes: flags.finalEpisodes,
      }),
      options,
      command: commandLine(context.argv),
    };
    const note = (training: Training) => resumeNote(before, training);
    done(
      await watchRun(
        context,
        flags,
        (watch) => resumeRun(run, { ...settings, ...watch }, context.library.createTraining),
        note,
      ),
    );
  });
}

/** The options of the algorithm whose run was typed; none if there is no such run, or its algorithm is not built in. */
function fieldsOfTypedRun({ argv, library }: Context): { fields: OptionField[]; isOfLanguage: boolean } {
  if (argv[0] !== "resume") return { fields: [], isOfLanguage: false };
  for (const word of argv.slice(1)) {
    if (word.startsWith("-")) continue;
    try {
      const { algorithm: name } = readConfig(word);
      const ofLanguage = describedAlgorithm(name);
      const schema = optionsSchema(library.algorithms[name] ?? ofLanguage);
      const ofTotals = ["totalSteps", "totalEpisodes"];
      const fields = optionFields(schema).filter((field) => !ofTotals.includes(field.name));
      return { fields, isOfLanguage: ofLanguage !== undefined };
    } catch {
      // the value of a flag, or the command will say what is wrong with it
    }
  }
  return { fields: [], isOfLanguage: false };
}

/** Where the run is resumed, with what other options, and what a new total does to its schedules. */
function resumeNote(before: Readonly<Record<string, unknown>>, training: Training): string {
  const others = Object.entries(training.options).filter(
    ([name, value]) =>
      !["env", "totalSteps", "totalEpisodes"].includes(name) &&
      Object.hasOwn(before, name) &&
      JSON.stringify(before[name]) !== JSON.stringify(value),
  );
  const withOthers = others.map(([name, value]) => `${name} from ${show(before[name])} to ${show(value)}`);
  const from = `Resuming at step ${whole(training.step)}${withOthers.length > 0 ? `, with ${withOthers.join(", ")}` : ""}`;
  const changed = (["totalSteps", "totalEpisodes"] as const).filter((name) => before[name] !== training.options[name]);
  if (changed.length === 0) return `${from}.`;
  const what = changed.map((name) => {
    const unit = name === "totalSteps" ? stepUnit(training.algorithm) : "episodes";
    return `${whole(Number(before[name] ?? 0))} to ${whole(Number(training.options[name]))} ${unit}`;
  });
  const scheduled = Object.entries(training.options)
    .filter(([name, value]) => name.endsWith("Schedule") && value !== "constant" && value !== "adaptive")
    .map(([name]) => spacedWords(name.replace(/Schedule$/, "")));
  const schedules =
    scheduled.length === 0
      ? "No option follows a schedule, so nothing else changes."
      : `The schedules (${scheduled.join(", ")}) follow the new total: they jump back to where a run of that length would be.`;
  return `${from}, extended from ${what.join(" and ")}. ${schedules}`;
}
