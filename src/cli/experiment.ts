// polgrad experiment [name]: the lecture's claims, put to the test.

import { availableParallelism } from "node:os";
import { styleText } from "node:util";
import type { Command } from "commander";
import { InputError } from "../errors.ts";
import { experimentNames, loadExperiments } from "../experiments/catalog.ts";
import type { Experiment, ExperimentResult, Verdict } from "../experiments/experiment.ts";
import { estimateExperiments, probeMachine, type ExperimentsEstimate } from "../experiments/estimate.ts";
import { plain } from "../experiments/prose.ts";
import {
  planExperiments,
  runExperiments,
  type ExperimentsResult,
  type TrialJob,
} from "../experiments/run-experiments.ts";
import { mebibytes } from "../text/numbers.ts";
import { positiveInteger } from "./arguments.ts";
import type { Context } from "./context.ts";
import { columnsOf, useColor } from "./live-lines.ts";
import { createTrialProgress, noTrialProgress } from "./trial-progress.ts";
import { clockTime } from "./progress.ts";
import { displayPath } from "./train.ts";
import { addSharedFlags, commandLine, type SharedFlags } from "./watch-run.ts";

interface ExperimentFlags extends SharedFlags {
  quick?: true;
  estimate?: true;
  out?: string;
  jobs?: number;
}

/** Defines `polgrad experiment`; `done` takes the exit code. */
export function defineExperiment(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Put the lecture's claims to the test: run an experiment, or all, and see which claims the data support. Each " +
        "leaves a page, its data and its figures. Once interrupted, the same command goes on. Without a name, they are listed.",
    )
    .argument("[names...]", "of experiments, or all")
    .option("--quick", "the short protocol: fewer seeds, shorter trainings")
    .option("--estimate", "say how long it would take, and how much memory, and run nothing")
    .option("--out <folder>", "where it all goes [default experiments, or experiments/quick]")
    .option("--jobs <integer>", "trials at the same time [default: the machine's threads]", positiveInteger("--jobs"));
  addSharedFlags(command);
  command.action(async (names: string[], flags: ExperimentFlags) => {
    if (names.length === 0) {
      const experiments = await loadExperiments();
      context.stdout.write(
        flags.json ? `${JSON.stringify(listed(experiments))}\n` : listing(experiments, columnsOf(context.stdout)),
      );
      return done(0);
    }
    if (names.includes("all") && names.length > 1)
      throw new InputError(`"all" is every experiment: leave out ${names.filter((name) => name !== "all").join(", ")}`);
    const chosen = names[0] === "all" ? "all" : names;
    done(flags.estimate ? await estimate(chosen, context, flags) : await run(chosen, context, flags));
  });
}

const folderOf = ({ out, quick }: ExperimentFlags, context: Context): string =>
  displayPath(out ?? (quick ? "experiments/quick" : "experiments"), context.cwd);

/** Tells how long it would take. */
async function estimate(names: readonly string[] | "all", context: Context, flags: ExperimentFlags): Promise<number> {
  const { quick = false, jobs = availableParallelism() } = flags;
  const board = await planExperiments(names, quick, folderOf(flags, context));
  const expected = estimateExperiments(board, quick, jobs, await probeMachine(jobs));
  context.stdout.write(flags.json ? `${JSON.stringify(expected)}\n` : estimateText(expected));
  return 0;
}

/** Exported for tests. */
export function estimateText({ seconds, experiments, bytes, atATime, slowness }: ExperimentsEstimate): string {
  const left = experiments.filter(({ trials }) => trials > 0);
  if (left.length === 0) return "All trials are done: there is nothing left to estimate.\n";
  const width = Math.max(...left.map(({ name }) => name.length));
  const processes = `${atATime} process${atATime > 1 ? "es" : ""} at a time`;
  return [
    `Time    ${clockTime(seconds)}, ${processes}`,
    ...left.map(
      ({ name, seconds: of, trials }) =>
        `        ${name.padEnd(width)}  ${clockTime(of)} of work, ${trials} trial${trials > 1 ? "s" : ""}`,
    ),
    `Memory  ${mebibytes(bytes)}; those of rlhf take half as much again`,
    `Known   by a training of a second: this machine takes ${slowness.toFixed(1)} times as long as the one on which the trials were timed.`,
    "        Nothing was written.\n",
  ].join("\n");
}

async function run(names: readonly string[] | "all", context: Context, flags: ExperimentFlags): Promise<number> {
  const output = flags.json ? context.stderr : context.stdout;
  const say = (text: string) => flags.quiet || output.write(`${text}\n`);
  const many = names === "all" || names.length > 1;
  let progress = noTrialProgress;
  let board: readonly TrialJob[] = [];
  let result: ExperimentsResult;
  const interruption = context.interruption();
  interruption.signal.addEventListener("abort", () => {
    progress.clear();
    say("Stopping: trials in progress will begin anew. Ctrl-C again stops at once.");
  });
  const print = (text: string) => {
    progress.clear();
    output.write(text);
  };
  try {
    result = await runExperiments(names, {
      quick: flags.quick ?? false,
      out: folderOf(flags, context),
      jobs: flags.jobs,
      signal: interruption.signal,
      command: commandLine(context.argv),
      onStart(all, folder, atATime) {
        board = all;
        const earlier = all.filter(({ status }) => status === "earlier").length;
        const before = earlier === 0 ? "" : `, ${earlier} of them done already`;
        say(`${all.length} trial${all.length === 1 ? "" : "s"}${before}, up to ${atATime} at a time, in ${folder}`);
        if (!flags.quiet) progress = createTrialProgress(output, all, atATime);
      },
      onChange: () => progress.change(),
      onDone: (each) => flags.quiet || print(verdicts(each, columnsOf(output))),
    });
  } finally {
    progress.clear();
  }
  output.write(ending(result, board, many, commandLine(context.argv)));
  if (flags.json) {
    const experiments = result.experiments.map(({ name, claims, page }) => ({
      name,
      claims: claims.map((each) => ({ ...each, claim: plain(each.claim), measured: plain(each.measured) })),
      page,
    }));
    context.stdout.write(`${JSON.stringify({ ...result, experiments })}\n`);
  }
  if (result.status === "interrupted") return interruption.exitCode;
  return result.failures.length > 0 ? 1 : 0;
}

const listed = (experiments: readonly Experiment[]) =>
  experiments.map(({ name, title, place, question, claims }) => ({
    name,
    title,
    place,
    question: plain(question),
    claims: claims.map(({ claim }) => plain(claim)),
  }));

function listing(experiments: readonly Experiment[], width: number): string {
  const longest = Math.max(...experimentNames.map(({ length }) => length));
  const lines = experiments.map(({ name, place, question }) => `  ${name.padEnd(longest)}  ${place}\n${indented(plain(question), width)}`); // prettier-ignore
  return `Experiments, each with the question that it answers\n\n${lines.join("\n")}\n\nFor example: polgrad experiment gae-lambda --quick\n`;
}

const marks: Readonly<Record<Verdict, readonly [mark: string, style: "green" | "red" | "yellow"]>> = {
  supported: ["✓", "green"],
  "not supported": ["✗", "red"],
  inconclusive: ["?", "yellow"],
};

/** The verdicts of an experiment in a few lines. */
function verdicts({ title, place, claims, page }: ExperimentResult, width: number): string {
  const lines = claims.map(({ claim, verdict, measured }) => {
    const [mark, style] = marks[verdict];
    const head = useColor() ? styleText(style, `${mark} ${verdict}`) : `${mark} ${verdict}`;
    return `  ${head}: ${wrapped(plain(claim), width - 4, 14)}\n${indented(plain(measured), width)}`;
  });
  return `\n${title} (${place})\n${lines.join("\n")}\n  Page  ${page}\n`;
}

const indented = (text: string, width: number): string => `    ${wrapped(text, width - 4)}`;

/** Broken into lines, those after the first indented. @param taken columns of the first line that are not free */
function wrapped(text: string, width: number, taken = 0): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    const room = last === 0 ? width - taken : width;
    if (lines[last] !== "" && lines[last].length + 1 + word.length > room) lines.push(word);
    else lines[last] += lines[last] === "" ? word : ` ${word}`;
  }
  return lines.join("\n    ");
}

function ending(
  { experiments, failures, status, out }: ExperimentsResult,
  board: readonly TrialJob[],
  many: boolean,
  command: string,
): string {
  const over = board.filter(({ status }) => status === "finished" || status === "earlier").length;
  const count = (verdict: Verdict) =>
    experiments.flatMap(({ claims }) => claims).filter((claim) => claim.verdict === verdict).length;
  const lines: string[] = [];
  if (status === "interrupted")
    lines.push(`Stopped: ${over} of ${board.length} trials are done. Go on with\n  npx ${command}`);
  for (const { trial, error } of failures) lines.push(`Failed: ${trial}: ${error}`);
  if (many && experiments.length > 0)
    lines.push(
      `${experiments.length} experiments: ${count("supported")} claims supported, ${count("not supported")} not supported, ${count("inconclusive")} inconclusive.\n  Index  ${out}/index.html`,
    );
  return lines.length === 0 ? "" : `\n${lines.join("\n")}\n`;
}
