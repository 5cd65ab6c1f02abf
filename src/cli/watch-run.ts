// What training and resuming share: flags, progress, Ctrl-C, and the text at the end.

import { returnText, whole } from "../text/numbers.ts";
import type { Command } from "commander";
import { isBuiltIn } from "../envs/index.ts";
import { InputError, RunError, wouldRecur } from "../errors.ts";
import type { Training } from "../training/index.ts";
import { playedEpisodes, type FinalEvaluation } from "../runs/final-evaluation.ts";
import { runFiles } from "../runs/run-folder.ts";
import { windowOf } from "../runs/recent-returns.ts";
import { furtherTotal, type RunSummary } from "../runs/summary.ts";
import type { RunResult, RunSettings } from "../runs/train-run.ts";
import { kebabCase } from "../text/names.ts";
import { inOneLine, printable } from "../text/printable.ts";
import { shellQuoted } from "../text/shell.ts";
import { naturalNumber } from "./arguments.ts";
import type { Context } from "./context.ts";
import { allowFlagFor, allowFlagOfReward } from "./foreign-environment.ts";
import { languageGoal, lengthFlag, sampleOf, stepUnit } from "./language-progress.ts";
import { clockTime, createProgress, noProgress } from "./progress.ts";
import type { Goal, Progress } from "./progress.ts";

/** The flags of commands that train. */
export interface SharedFlags {
  /** Of those that train a policy. */
  finalEpisodes?: number;
  json?: true;
  quiet?: true;
  debug?: true;
}

/** Adds the flags of commands that train. */
export function addSharedFlags(command: Command): void {
  command
    .option("--json", "end with one line of JSON on stdout; everything else goes to stderr")
    .option("--quiet", "no progress, only the result")
    .option("--debug", "show where in the code an error arose");
}

/** Adds the flag of commands that train a policy. @param fallback what a run has that is given no number */
export function addFinalEpisodesFlag(command: Command, fallback: number | undefined): void {
  command.option(
    "--final-episodes <integer>",
    `episodes that the policy plays at the end, for 2 s at most; 0 for none${fallback === undefined ? " (as the run was started)" : ""}`,
    naturalNumber("--final-episodes"),
    fallback,
  );
}

/**
 * Runs a training with progress on the terminal.
 *
 * @param start Starts it with the settings that let it be watched.
 * @param note text to show before it starts
 * @param more what --json tells besides of a language model's run
 * @returns The exit code: 0, or that of an interruption.
 */
export async function watchRun(
  context: Context,
  flags: SharedFlags,
  start: (settings: RunSettings) => Promise<RunResult>,
  note?: (training: Training) => string,
  more?: (run: string) => object,
): Promise<number> {
  const output = flags.json ? context.stderr : context.stdout;
  const say = (text: string) => flags.quiet || output.write(`${text}\n`);
  const interruption = context.interruption();
  let progress: Progress = noProgress;
  let isOver = false;
  interruption.signal.addEventListener("abort", () => {
    progress.clear();
    progress = noProgress; // the update that is still to come would draw the line again
    say(
      isOver
        ? "The final evaluation is left out; training is done and saved."
        : "Stopping after this update, and saving. Ctrl-C again stops at once.",
    );
  });

  let updates = 0;
  const metrics: Record<string, number> = {}; // the last of each: some are not measured at each update
  let figures = "";
  let result: RunResult;
  let goal: Goal | undefined;
  let resumption: string | undefined; // from when there is a checkpoint
  try {
    result = await start({
      signal: interruption.signal,
      onStart(run, training) {
        resumption = resumeWith(run, training);
        const kept = `The last checkpoint is ${runFiles(run).last}\n${resumption}`;
        context.keep?.(kept);
        if (isForeign(training))
          interruption.guard?.(
            printable(
              `The environment is in a call of its step or reset that has not returned, so nothing can be saved now.\n` +
                `Ctrl-C again stops at once. ${kept}`,
            ),
          );
        goal = goalOf(training);
        const { algorithm, envName, options } = training;
        const what = envName === null ? algorithm : `${algorithm} on ${envName}`;
        say(`${inOneLine(what)}, seed ${options.seed}, ${whole(goal.total)} ${goal.unit}, in ${run}`);
        if (note) say(note(training));
        if (options.memory === "gru" && Number(options.rollout) >= longSequence)
          say(
            `Its first update begins by compiling sequences of ${whole(Number(options.rollout))} steps, for some seconds.`,
          );
        if (!flags.quiet) progress = createProgress(output, goal);
      },
      onFinalEvaluation() {
        isOver = true;
        progress.clear();
      },
      onWarning(message) {
        progress.clear();
        context.stderr.write(`Warning: ${message}.\n`);
      },
      onUpdate(report, clock, told) {
        updates++;
        Object.assign(metrics, report.metrics);
        figures = goal?.figures?.(report) ?? "";
        if (report.warnings) {
          progress.clear();
          for (const text of report.warnings) context.stderr.write(`Warning: ${withFlags(text)}.\n`);
        }
        progress.update(report, clock, sampleOf(told));
      },
    });
  } catch (error) {
    throw resumption === undefined ? error : withResumption(error as Error, resumption);
  } finally {
    progress.clear();
  }

  const { summary, status, training } = result;
  if (status === "interrupted") output.write(interruptedText(summary, training));
  else output.write(finishedText(result, updates, figures));
  const told = training.keepsakes && updates > 0 ? { ...summary, metrics, ...more?.(summary.run) } : summary;
  if (flags.json) context.stdout.write(`${JSON.stringify(told)}\n`);
  return status === "interrupted" ? interruption.exitCode : 0;
}

/** Steps of a rollout from which a policy with memory takes more than a second or two to compile. */
const longSequence = 512;

/** Whether its environment is not one of polgrad's own, whose calls return. */
const isForeign = ({ options: { env } }: Training): boolean =>
  env !== undefined && !(typeof env === "string" && isBuiltIn(env));

/** A text about options, with their flags in place of their names. */
const withFlags = (text: string): string =>
  text.replace(/option "(\w+)"/g, (_, name: string) => `--${kebabCase(name)}`);

/** The command line, quoted so that a shell reads it back the same. */
export function commandLine(argv: readonly string[]): string {
  return ["polgrad", ...argv].map(shellQuoted).join(" ");
}

function goalOf(training: Training): Goal {
  const { totalSteps, totalEpisodes } = training.options as {
    totalSteps?: number | null;
    totalEpisodes?: number | null;
  };
  if (training.envName === null)
    return languageGoal(training.algorithm, totalSteps ?? 0) ?? { unit: "steps", total: totalSteps ?? 0, figures: () => "" }; // prettier-ignore
  return totalEpisodes ? { unit: "episodes", total: totalEpisodes } : { unit: "steps", total: totalSteps ?? 0 };
}

function interruptedText(summary: RunSummary, training: Training): string {
  const { unit, total } = goalOf(training);
  const done = unit === "episodes" ? summary.episodes : summary.steps;
  return `Stopped at ${whole(done)} of ${whole(total)} ${unit}; all is saved. ${resumeWith(summary.run, training)}
`;
}

const resumeWith = (run: string, { options }: Training): string => `Resume with
  npx polgrad resume ${shellQuoted(run)}${allowFlagFor(options.env)}${allowFlagOfReward(run)}`;

/** The failure, of its kind, with the command that resumes from what was kept. */
function withResumption(error: Error, resumption: string): Error {
  const Kind = error instanceof InputError ? InputError : RunError;
  const advice = wouldRecur(error)
    ? `With the same options it would come to the same numbers again. ${resumption} --learning-rate …`
    : resumption;
  return new Kind(`${error.message}\n${advice}`, { cause: error });
}

function finishedText({ summary, training, mended = [] }: RunResult, updates: number, figures: string): string {
  const { run, steps, episodes, wallSeconds, stepsPerSecond, meanReturn100, env, finalEvaluation } = summary;
  const { rewardThreshold } = training;
  const lines: string[] = [];
  const { algorithm } = training;
  const unit = stepUnit(algorithm);
  if (updates === 0) lines.push(`${run} is complete already; ${lengthFlag(algorithm)} trains it on, to a new total.`);
  if (mended.length > 0) lines.push(`What was missing or out of date was made anew: ${mended.join(", ")}.`);
  if (finalEvaluation) lines.push(`${finalText(finalEvaluation)}.`);
  if (rewardThreshold !== null && env !== null) lines.push(`${solvedText(summary, env, rewardThreshold)}.`);
  if (env !== null)
    lines.push(
      meanReturn100 === null
        ? "No episode has ended yet in training."
        : `In training: mean return ${returnText(meanReturn100)} over the last ${Math.min(100, episodes)} episodes.`,
    );
  if (training.keepsakes && figures !== "") lines.push(`At the end: ${figures}.`);
  const time = wallSeconds < 60 ? `${wallSeconds.toFixed(1)} s` : clockTime(wallSeconds);
  const played = env === null ? "" : `, ${whole(episodes)} episodes`;
  lines.push(`${whole(steps)} ${unit}${played} in ${time}: ${whole(stepsPerSecond)} ${unit}/s.`, "");
  const further = training.keepsakes
    ? furtherOf(training)
    : typeof training.options.totalSteps === "number" && !training.options.totalEpisodes
      ? `--steps ${furtherTotal(training.options.totalSteps, steps)}`
      : training.options.totalEpisodes
        ? `--episodes ${furtherTotal(training.options.totalEpisodes as number, episodes)}`
        : "";
  const allowed = allowFlagFor(training.options.env) + allowFlagOfReward(run);
  lines.push(
    `  Report    ${runFiles(run).report}`,
    ...(training.keepsakes && algorithm !== "reward-model"
      ? [`  Write     npx polgrad generate ${shellQuoted(run)}`]
      : []),
    ...(env === null ? [] : [`  Evaluate  npx polgrad evaluate ${shellQuoted(run)} --episodes 100${allowed}`]),
    `  Train on  npx polgrad resume ${shellQuoted(run)} ${further}`.trimEnd() + allowed,
  );
  return `${lines.join("\n")}\n`;
}

/** "Final evaluation: mean return 500.0 ± 0.0 over 20 episodes". */
function finalText(final: FinalEvaluation): string {
  const { mean, std } = final;
  if (mean === null) return `No final evaluation: ${inOneLine(final.note ?? "no episode was played")}`;
  return `Final evaluation: mean return ${returnText(mean)} ± ${returnText(std ?? 0)} over ${inOneLine(playedEpisodes(final))}`;
}

/** When training reached the threshold: over a window of steps, and over its last 100 episodes. */
function solvedText({ reachedAtStep, solvedAtStep, steps }: RunSummary, env: string, threshold: number): string {
  const recently = `over the last ${whole(windowOf(steps))} steps`;
  if (solvedAtStep === null) {
    const reached = reachedAtStep == null ? "" : `; ${recently} it was reached at step ${whole(reachedAtStep)}`;
    return `Not solved: ${inOneLine(env)} asks for a mean return of ${threshold} over 100 episodes${reached}`;
  }
  const first = reachedAtStep == null ? "" : `at step ${whole(reachedAtStep)} ${recently}, `;
  return `Solved: a mean return of ${threshold} ${first}at step ${whole(solvedAtStep)} over the last 100 episodes`;
}

/** The flag that makes a run of a language model twice as long. */
function furtherOf({ algorithm, options }: Training): string {
  const flag = lengthFlag(algorithm);
  return `${flag} ${2 * Number(options[flag.slice(2)])}`;
}
