// polgrad resume <run>: resumes a run that was interrupted, or extends one.

import { whole } from "../text/numbers.ts";
import type { Command } from "commander";
import { readConfig } from "../runs/run-folder.ts";
import { resumeRun } from "../runs/train-run.ts";
import type { Training } from "../training/index.ts";
import { positiveInteger } from "./arguments.ts";
import type { Context } from "./context.ts";
import { spacedWords } from "../text/names.ts";
import { addSharedFlags, commandLine, watchRun } from "./watch-run.ts";
import type { SharedFlags } from "./watch-run.ts";

interface ResumeFlags extends SharedFlags {
  steps?: number;
  episodes?: number;
}

/** Adds `polgrad resume`; `done` takes the exit code. */
export function addResumeCommand(program: Command, context: Context, done: (exitCode: number) => void): void {
  const command = program
    .command("resume")
    .summary("resume a run, or extend it")
    .description(
      "Resume a run from its last checkpoint. Without a new total the result is exactly that of an uninterrupted run; " +
        "with one the run is extended, and its schedules follow the new total.",
    )
    .argument("<run>", "the run's folder")
    .option("--steps <integer>", "a new total of environment steps", positiveInteger("--steps"))
    .option("--episodes <integer>", "a new total of episodes", positiveInteger("--episodes"));
  addSharedFlags(command);
  command.action(async (run: string, flags: ResumeFlags) => {
    const before = readConfig(run).options;
    const settings = { totalSteps: flags.steps, totalEpisodes: flags.episodes, command: commandLine(context.argv) };
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

/** Where the run is resumed, and what a new total does to its schedules. */
function resumeNote(before: Readonly<Record<string, unknown>>, training: Training): string {
  const from = `Resuming at step ${whole(training.step)}`;
  const changed = (["totalSteps", "totalEpisodes"] as const).filter((name) => before[name] !== training.options[name]);
  if (changed.length === 0) return `${from}.`;
  const what = changed.map((name) => {
    const unit = name === "totalSteps" ? "steps" : "episodes";
    return `${whole(Number(before[name] ?? 0))} to ${whole(Number(training.options[name]))} ${unit}`;
  });
  const scheduled = Object.entries(training.options)
    .filter(([name, value]) => name.endsWith("Schedule") && value === "linear")
    .map(([name]) => spacedWords(name.replace(/Schedule$/, "")));
  const schedules =
    scheduled.length === 0
      ? "No option follows a schedule, so nothing else changes."
      : `The schedules (${scheduled.join(", ")}) follow the new total: they jump back to where a run of that length would be.`;
  return `${from}, extended from ${what.join(" and ")}. ${schedules}`;
}
