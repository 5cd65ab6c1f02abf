// polgrad rlhf: RLHF of a language model, for one weight of the KL penalty or several; without a model of one's own the
// built-in case.

import type { Command } from "commander";
import { existsSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { extname, join } from "node:path";
import { InputError, RunError } from "../errors.ts";
import { inProcess } from "../jobs/fork-job.ts";
import { isLeft, newJob, runJobs } from "../jobs/run-jobs.ts";
import { describedAlgorithm } from "../language/algorithms/descriptions.ts";
import { reviews } from "../language/index.ts";
import { diskProblem, writeFileAtomic } from "../runs/files.ts";
import { lockFolder } from "../runs/folder-lock.ts";
import { isRewardFile } from "../runs/foreign-module.ts";
import { openRlhf, placeOf, type RlhfSources } from "../runs/language/inputs.ts";
import { rlhfRunOf, type RlhfRun } from "../runs/language/rlhf-run.ts";
import { estimateRlhfRun } from "../runs/language/estimate.ts";
import { trainRlhfToRun } from "../runs/language/train.ts";
import { checkPlace, makeFolders, readConfig, runFiles, timestamp } from "../runs/run-folder.ts";
import { fixed, short } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import { resolveOptions } from "../training/index.ts";
import { valueText } from "../text/values.ts";
import { shellQuoted } from "../text/shell.ts";
import { positiveInteger, typedSeeds } from "./arguments.ts";
import type { Context, Output } from "./context.ts";
import { tellEstimate } from "./language-estimate.ts";
import { addLanguageFlags, givenOptions, sourceAt, watchLanguageRun, type LanguageFlags } from "./language.ts";
import { displayPath } from "./train.ts";
import type { RlhfProgress, RlhfTask } from "./rlhf-job.ts";
import { createGroupProgress, noGroupProgress, type RlhfJob } from "./rlhf-progress.ts";
import { outcomesOf, percent, verdicts } from "./rlhf-verdict.ts";
import { commandLine } from "./watch-run.ts";

interface RlhfFlags extends LanguageFlags {
  model?: string;
  reward?: string;
  prompts?: string;
  klCoefficient?: number[];
  strict?: boolean;
  seeds?: number[];
  jobs?: number;
  bestOfN: boolean;
}

/** Has a flag of its own, which takes several values. */
const listed = ["klCoefficient"];
/** What the built-in case begins with. */
const caseSeed = 11;

/** Defines `polgrad rlhf`; `done` takes the exit code. */
export function defineRlhf(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Train a language model by PPO against a reward, with a penalty of weight β that holds it near the model that it " +
        "began as. Several β are trained at a time, each in a process and a run folder of its own, kl-<β>; the same command " +
        "with the same --name goes on with what is there. Without --model, --reward and --prompts it is the built-in case: a " +
        "language of reviews whose true reward is known, so that it shows what the reward model was taken advantage of.",
    )
    .option("--model <model>", 'the model to train: a folder of a GPT-2, a run, or "reviews"')
    .option(
      "--reward <reward>",
      'a run of reward-model, "reviews", "lexicon", or a file that exports (prompt, text, ended) => number',
    )
    .option("--prompts <file>", 'a prompt a line, or JSON lines of {prompt}; or "reviews"')
    .option(
      "--kl-coefficient <list>",
      "weights β of the KL penalty, by commas [default 0.1; of the built-in case 0,0.03,0.1,0.3]",
      numbers,
    ) // prettier-ignore
    .option("--seeds <list>", "instead of one seed several, 11-15 or 1,2,9: means with 95 % intervals", typedSeeds)
    .option("--jobs <integer>", "runs at the same time [default: the machine's threads]", positiveInteger("--jobs"))
    .option("--no-best-of-n", "of the built-in case: no comparison with the best of n texts, and no calibration");
  addLanguageFlags(command, "rlhf", listed);
  command.action(async (flags: RlhfFlags) => {
    const options = givenOptions("rlhf", flags, context, listed);
    const isCase = flags.model === undefined && flags.reward === undefined && flags.prompts === undefined;
    const sources = isCase ? { model: "reviews", reward: "reviews", prompts: "reviews" } : sourcesOf(flags, context);
    const coefficients = flags.klCoefficient ?? (isCase ? [0, 0.03, 0.1, 0.3] : [Number(options.klCoefficient ?? 0.1)]);
    const seed = Number(options.seed ?? (isCase ? caseSeed : 1));
    if (flags.estimate) {
      const of = { ...sources, ...options, klCoefficient: coefficients[0], seed: flags.seeds?.[0] ?? seed };
      const runs = coefficients.length * (flags.seeds?.length ?? 1);
      const atATime = flags.jobs ?? availableParallelism();
      done(tellEstimate(context, flags, await estimateRlhfRun(of), { runs, atATime }));
    } else if (!isCase && coefficients.length === 1 && !flags.seeds) {
      const all = { ...sources, ...options, klCoefficient: coefficients[0] };
      done(await watchLanguageRun(context, flags, (settings) => trainRlhfToRun(all, settings), (run) => ({ runs: [counted(rlhfRunOf(run, coefficients[0]))] }))); // prettier-ignore
    } else {
      done(await trainAll(context, flags, sources, { iterations: 100, ...options, seed }, coefficients));
    }
  });
  const ofSeed = command.options.find(({ long }) => long === "--seed");
  if (ofSeed) ofSeed.description = ofSeed.description.replace("]", `; of the built-in case ${caseSeed}]`);
}

/** @throws InputError for what is missing */
function sourcesOf({ model = "reviews", reward, prompts }: RlhfFlags, context: Context): RlhfSources {
  const isOfReviews = model === "reviews";
  const given = (value: string | undefined, flag: string, what: string): string => {
    if (value !== undefined) return value;
    if (isOfReviews) return "reviews";
    throw new InputError(`which ${what}? For example: polgrad rlhf --model ${model} ${flag}`);
  };
  const ofReward = given(reward, "--reward runs/<run> --prompts prompts.txt", "reward");
  return {
    model: sourceAt(model, context, ["reviews"]),
    reward: sourceAt(ofReward, context, ["reviews", "lexicon"]),
    prompts: sourceAt(given(prompts, "--prompts prompts.txt", "prompts"), context, ["reviews"]),
  };
}

/** Options of several runs. */
type GroupOptions = Readonly<Record<string, unknown>> & { readonly iterations: number; readonly seed: number };

/** Trains with each β in a folder below one, in which no other process works meanwhile. */
async function trainAll(
  context: Context,
  flags: RlhfFlags,
  sources: RlhfSources,
  options: GroupOptions,
  coefficients: readonly number[],
): Promise<number> {
  const seeds = flags.seeds ?? [options.seed];
  const folder = groupFolder(context, flags, seeds[0]);
  // What is wrong is told once and before anything is made; code of a reward is then run where it is used alone.
  if (!isRewardFile(sources.reward)) {
    const { notes } = await openRlhf(sources, { seed: seeds[0], episodes: Number(options.episodes ?? 128) });
    for (const note of notes) context.stderr.write(`Warning: ${note}.\n`);
  }
  const command = commandLine(context.argv);
  const jobs = seeds.flatMap((seed) =>
    coefficients.map((klCoefficient): RlhfJob => {
      const name = `kl-${klCoefficient}${flags.seeds ? `-seed-${seed}` : ""}`;
      const given = { ...options, seed, klCoefficient };
      return newJob<RlhfTask, RlhfProgress, RlhfRun>({ sources, options: given, runDir: folder, name, command }, null);
    }),
  );
  const unlock = lockGroup(folder);
  try {
    for (const { task } of jobs) assertSame(join(folder, task.name), task);
    return await trainGroup(context, flags, folder, jobs);
  } finally {
    unlock();
  }
}

async function trainGroup(
  context: Context,
  flags: RlhfFlags,
  folder: string,
  jobs: readonly RlhfJob[],
): Promise<number> {
  const output = flags.json ? context.stderr : context.stdout;
  const say = (text: string) => flags.quiet || output.write(`${text}\n`);
  const [{ sources, options }] = jobs.map(({ task }) => task);
  const coefficients = [...new Set(jobs.map(({ task }) => task.options.klCoefficient))];
  const seeds = [...new Set(jobs.map(({ task }) => task.options.seed))];
  const interruption = context.interruption();
  const { signal } = interruption;
  say(`RLHF, seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}, ${options.iterations} iterations for each of β = ${coefficients.join(", ")}, in ${folder}`); // prettier-ignore
  let progress = flags.quiet ? noGroupProgress : createGroupProgress(output, jobs);
  signal.addEventListener("abort", () => {
    progress.clear();
    progress = noGroupProgress; // the iterations that are still to come would draw it again
    say("Stopping each run after its iteration in progress, and saving. Ctrl-C again stops at once.");
  });
  const start = performance.now();
  await runJobs<RlhfTask, RlhfProgress, RlhfRun, RlhfJob>(jobs, {
    atATime: flags.jobs ?? availableParallelism(),
    carryOut: inProcess<RlhfTask, RlhfProgress>(new URL(`./rlhf-job${extname(import.meta.url)}`, import.meta.url).href),
    resultOf: ({ runDir, name, options: { klCoefficient } }) => rlhfRunOf(join(runDir, name), klCoefficient),
    signal,
    onChange: (job) => progress.change(job),
  });
  progress.clear();
  const failed = jobs.find(({ status }) => status === "failed");
  if (failed)
    throw new RunError(
      `β = ${failed.task.options.klCoefficient}: ${failed.error}\n${stateText(jobs, folder)}\n${goOnText(context, flags, folder)}`,
    );
  const runs = jobs.flatMap(({ result }) => result ?? []);
  const wallSeconds = (performance.now() - start) / 1000;
  const isStopped = jobs.some(isLeft);
  if (runs.length > 0) output.write(summary(runs, isStopped));
  if (isStopped) output.write(`\nStopped. ${stateText(jobs, folder)}\n${goOnText(context, flags, folder)}\n`);
  else {
    const isCase = Object.values(sources).every((source) => source === "reviews");
    if (isCase && flags.bestOfN) await measureCase(folder, output, flags);
    (await import("../runs/report.ts")).writeReport(folder);
    const best = runs.reduce((a, b) => ((b.truth ?? b.proxy) > (a.truth ?? a.proxy) ? b : a));
    output.write(
      `\n  Report    ${runFiles(folder).report}\n  Write     npx polgrad generate ${shellQuoted(best.run)}\n`,
    );
  }
  if (flags.json) {
    const ofRuns = jobs.flatMap(({ task, result }) => (result ? { seed: task.options.seed, ...counted(result) } : []));
    const judged = runs.filter(isJudgedRun);
    const outcomes = isStopped || judged.length === 0 ? undefined : outcomesOf(judged);
    context.stdout.write(`${JSON.stringify({ wallSeconds, seeds, folder, runs: ofRuns, outcomes })}\n`);
  }
  return isStopped ? interruption.exitCode || 1 : 0;
}

/** How far each run is: "All is saved in runs/x: kl-0 at iteration 12 of 100, kl-0.1 not begun." */
function stateText(jobs: readonly RlhfJob[], folder: string): string {
  const states = jobs.map(({ task: { name, options }, status, result, progress }) => {
    const done = result?.steps.at(-1)?.iteration ?? progress?.update;
    if (status === "failed") return `${name} failed`;
    return done === undefined ? `${name} not begun` : `${name} at iteration ${done} of ${options.iterations}`;
  });
  return `All is saved in ${folder}: ${states.join(", ")}.`;
}

/** The command that goes on with all that are not done. */
function goOnText({ argv }: Context, { name }: RlhfFlags, folder: string): string {
  const ofName = name === undefined ? ` --name ${shellQuoted(nameOf(folder))}` : "";
  return `Go on with\n  npx ${commandLine(argv)}${ofName}`;
}

/** What the report compares the built-in case with; it is the same for all runs, and made once. */
async function measureCase(folder: string, output: Output, { quiet, strict }: RlhfFlags): Promise<void> {
  const make = async (name: string, values: () => Promise<unknown>): Promise<void> => {
    const path = join(folder, name);
    if (!existsSync(path)) writeFileAtomic(path, `${JSON.stringify(await values())}\n`);
  };
  if (!quiet) output.write("Best of n texts, and how well the reward model knows what is preferred …\n");
  const models = await reviews.reviewsModels();
  await make("best-of-n.json", () => reviews.reviewsBestOfN(models, { strict }));
  await make("calibration.json", () => reviews.reviewsCalibration(models, { strict }));
}

const nameOf = (folder: string): string => folder.replace(/^.*[\\/]/, "");

/** The folder of all β: of the name that was given, or a new one. */
function groupFolder({ cwd }: Context, { runDir, name }: RlhfFlags, seed: number): string {
  checkPlace({ runDir, name });
  const parent = displayPath(runDir, cwd);
  const folder = join(parent, name ?? `rlhf-${seed}-${timestamp(new Date())}`);
  if (
    name !== undefined &&
    existsSync(folder) &&
    (!statSync(folder).isDirectory() || existsSync(runFiles(folder).config))
  )
    throw new InputError(`${folder} is no folder of several β: give another --name`);
  return folder;
}

/**
 * Makes the folder of all β where there is none, and locks it for this process.
 *
 * @returns unlocks it
 * @throws InputError if it cannot be made, or another process works in it
 */
function lockGroup(folder: string): () => void {
  try {
    makeFolders(folder);
  } catch (error) {
    throw new InputError(`cannot make the folder ${folder}: ${diskProblem(error)}`, { cause: error });
  }
  return lockFolder(runFiles(folder).lock, folder);
}

/** @throws InputError if a run that is there already was started from something else, or with other options */
function assertSame(run: string, { sources, options }: RlhfTask): void {
  if (!existsSync(runFiles(run).config)) return;
  const config = readConfig(run);
  const assertEqual = (name: string, before: unknown, now: unknown): void => {
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    throw new InputError(
      `${run} was started with ${name} = ${valueText(before)}, and not ${valueText(now)}: go on with that, or give another --name`,
    );
  };
  for (const [name, source] of Object.entries(sources as unknown as Record<string, string>))
    assertEqual(name, config.inputs?.sources[name], placeOf(source));
  // What was not given is its default in the runs that begin now.
  const all = resolveOptions(describedAlgorithm("rlhf")!, { ...options });
  for (const [name, before] of Object.entries(config.options))
    if (!["iterations", "totalSteps", "totalEpisodes"].includes(name)) assertEqual(name, before, all[name]);
}

function numbers(text: string): number[] {
  const values = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (values.every((value) => Number.isFinite(value) && value >= 0)) return [...new Set(values)];
  throw new InputError(`--kl-coefficient must be numbers of at least 0, by commas, such as 0,0.03,0.1, not "${text}"`);
}

/** @param cut whether it was stopped before the end, so that nothing follows from the numbers */
function summary(runs: readonly RlhfRun[], cut: boolean): string {
  const isJudged = runs.some((run) => isJudgedRun(run));
  const head = isJudged
    ? "      β  reward   truth  its peak    KL  well-formed  distinct clauses"
    : "      β  reward    KL  length";
  const rows = runs.map(
    (r) =>
      `${String(r.klCoefficient).padStart(7)}${fixed(r.proxy, 2).padStart(8)}` +
      (isJudgedRun(r)
        ? `${fixed(r.truth, 2).padStart(8)}${fixed(r.truthPeak, 2).padStart(10)}${fixed(r.kl, 1).padStart(6)}` +
          `${percent(r.wellFormed).padStart(13)}${percent(r.distinct).padStart(18)}`
        : `${fixed(r.kl, 1).padStart(6)}${short(r.length).padStart(8)}`),
  );
  const firstOfEach = runs.filter((r, i) => runs.findIndex((s) => s.klCoefficient === r.klCoefficient) === i);
  const samples = firstOfEach.flatMap((r) => [
    `\nβ = ${r.klCoefficient} writes:`,
    ...r.samples.slice(0, 2).map((s) => `  ${inOneLine(s)}`),
  ]);
  return `\n${[head, ...rows, ...samples, ...(cut || !isJudged ? [] : ["", ...verdicts(outcomesOf(runs.filter(isJudgedRun)))])].join("\n")}\n`;
}

/** As --json tells it: how many steps, not each. */
const counted = (run: RlhfRun | null) => run && { ...run, steps: run.steps.length };

/** Whether the truth is known. */
const isJudgedRun = (run: RlhfRun): run is RlhfRun & reviews.ReviewsRun => run.truth !== undefined;
