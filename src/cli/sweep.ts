// polgrad sweep: a grid or a list of settings × seeds, trained several at a time, and which of them is best.

import { existsSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { Option, type Command, type CommanderError } from "commander";
import type { Algorithm } from "../algorithms/index.ts";
import { keepChoices, type Keep } from "../cluster/job.ts";
import type { Machine } from "../cluster/machines.ts";
import { withoutPasswords } from "../cluster/redis.ts";
import { InputError } from "../errors.ts";
import { readJson } from "../runs/json.ts";
import { withInterval } from "../suites/tables.ts";
import { sweepFiles } from "../sweeps/folder.ts";
import { caveat, ranked, verdicts } from "../sweeps/results.ts";
import {
  boardOf,
  defaultFolder,
  estimateSweep,
  runSweep,
  tasksOf,
  withSeeds,
  type SweepResult,
  type SweepRun,
  type SweepSettings,
} from "../sweeps/run-sweep.ts";
import { parseSweep, type Sweep } from "../sweeps/sweep.ts";
import { camelCase, fileNameOf } from "../text/names.ts";
import { unknownName } from "../text/nearest.ts";
import { mebibytes, whole } from "../text/numbers.ts";
import { optionsSchema } from "../training/by-name.ts";
import { describeUnknown } from "../training/wrong-options.ts";
import { positiveInteger, typedSeeds } from "./arguments.ts";
import type { Context } from "./context.ts";
import { parseEnv } from "./env-argument.ts";
import { addAllowFlag, allowModules, type AllowFlags } from "./foreign-environment.ts";
import { addListFlags, listedOptions, optionFields } from "./options.ts";
import { addRedisFlag, addressOf, type RedisFlag } from "./redis-flag.ts";
import { noSuiteProgress } from "./suite-progress.ts";
import { trainingEstimateData, trainingEstimateText } from "./training-estimate.ts";
import { createSweepProgress } from "./sweep-progress.ts";
import { displayPath, envFlags, typedEnv } from "./train.ts";
import { addSharedFlags, commandLine, type SharedFlags } from "./watch-run.ts";

interface SweepFlags extends SharedFlags, AllowFlags, RedisFlag {
  seeds?: number[];
  name?: string;
  runDir?: string;
  jobs?: number;
  finalEpisodes?: number;
  estimate?: true;
  keep?: Keep;
}

/** Of the schema, what is no flag here: seeds are. */
const withoutFlag = ["seed"];

const example = "polgrad sweep ppo CartPole-v1 --learning-rate 1e-4,3e-4,1e-3 --seeds 1-5";

/** Defines `polgrad sweep`; `done` takes the exit code. */
export function defineSweep(sweep: Command, context: Context, done: (exitCode: number) => void): void {
  const { algorithms } = context.library;
  sweep
    .description(
      "Train every setting of some options with every seed, several at a time, evaluate the policies, and tell which " +
        "setting is best. Once interrupted, the same command resumes it; what is done is not done again. A sweep is a " +
        "JSON file, the folder of an earlier one, or an algorithm and an environment with several values for its flags.",
    )
    .helpCommand(false)
    .argument("[file]", "a sweep, or its folder; or an algorithm, whose flags polgrad sweep <algorithm> --help shows")
    .argument("[rest...]")
    .usage("<file> [options]\n       polgrad sweep <algorithm> <env> [options]")
    .allowUnknownOption();
  addSweepFlags(sweep);
  addAllowFlag(sweep, "the sweep");
  sweep.action(async (name: string | undefined, rest: readonly string[], flags: SweepFlags) => {
    const wrong = [name, ...rest].find((word) => word?.startsWith("-"));
    const isFile = name !== undefined && (existsSync(resolve(context.cwd, name)) || /[\\/]|\.json$/.test(name));
    if (name === undefined || name.startsWith("-")) throw new InputError(`which sweep? For example: ${example}`);
    if (!isFile) throw new InputError(unknownName("algorithm or file", name, Object.keys(algorithms)));
    if (wrong !== undefined) throw new InputError(`unknown option "${wrong}" of a sweep in a file; polgrad sweep --help shows what there is`); // prettier-ignore
    if (rest.length > 0) throw new InputError(`${name} is a file, which names environments itself: leave ${rest[0]} out`); // prettier-ignore
    const { found, folder } = await sweepOf(name, flags, context);
    done(await carryOut(withSeeds(found, flags.seeds), flags.runDir ?? folder, context, flags));
  });

  for (const algorithm of Object.values(algorithms).filter(({ environments }) => environments > 0)) {
    const command = sweep.command(algorithm.name, { hidden: true }).exitOverride((error) => {
      throw reworded(error, algorithm, command);
    });
    command
      .description(
        `${algorithm.summary}\n\nEach flag of the algorithm takes several values by commas; all combinations are trained.`,
      )
      .argument("[env]", "the environment, or several by commas");
    if (!context.argv.includes(algorithm.name)) continue;
    addSweepFlags(command);
    command.optionsGroup("Options of the algorithm:");
    const fields = optionFields(optionsSchema(algorithm)).filter(({ name }) => !withoutFlag.includes(name));
    addListFlags(command, fields, algorithm.presets);
    for (const flag of envFlags) command.addOption(new Option(`--${flag} <name>`).hideHelp());
    command.action(async (argument: string | undefined) => {
      // The flags of the command above are its parser's, wherever they stand.
      const flags = command.optsWithGlobals<SweepFlags & Record<string, unknown>>();
      const envText = typedEnv(argument, flags);
      if (envText === undefined) throw new InputError(`which environment? For example: ${example}`);
      const { values, originOf } = listedOptions(fields, flags);
      const { name, seeds, finalEpisodes: episodes } = flags;
      if (flags.redis !== undefined) values.strict ??= [true];
      const typed = { name, algorithm: algorithm.name, env: envText.split(","), options: values, seeds, episodes };
      const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined));
      const envOf = (text: string) => parseEnv(text, context.cwd);
      done(await carryOut(parseSweep(given, "the sweep", { originOf, envOf }), flags.runDir, context, flags));
    });
  }
}

function addSweepFlags(command: Command): void {
  command
    .option("--seeds <list>", "seeds of each setting: 1-5, or 1,2,9 [default: the file's, or 1-5]", typedSeeds)
    .option("--name <name>", "of the sweep [default: the file's, or from what is trained and what varies]")
    .option("--run-dir <folder>", "the folder of the sweep and of its runs [default sweeps/<name>]")
    .option("--jobs <integer>", "runs at the same time [default: the machine's threads]", positiveInteger("--jobs"))
    .option(
      "--final-episodes <integer>",
      "episodes of each final evaluation [default 100]",
      positiveInteger("--final-episodes"),
    ) // prettier-ignore
    .option("--estimate", "tell how long it would take and how much memory, and train nothing");
  addRedisFlag(command, "train on all machines that run polgrad worker with the same Redis");
  command.addOption(
    new Option("--keep <which>", "with --redis: the checkpoints that are kept of each run [default all]").choices(keepChoices), // prettier-ignore
  );
  addSharedFlags(command);
}

/** An error of the parser; one about an unknown flag in the wording that src/training/options.ts has for options. */
function reworded(error: CommanderError, algorithm: Algorithm, command: Command): Error {
  const [, flag, name] = /^error: unknown option '(--(?:no-)?([\w-]+))/.exec(error.message) ?? [];
  if (flag === undefined) return error;
  const known = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  return new InputError(describeUnknown(algorithm, camelCase(name), { flag: flag.replace("--no-", "--") }, known));
}

/** The sweep in that file or folder; what it names is found beside it, allowed, and tried out. */
async function sweepOf(
  name: string,
  flags: SweepFlags,
  context: Context,
): Promise<{ found: Sweep; folder: string | undefined }> {
  const path = resolve(context.cwd, name);
  if (!existsSync(path)) throw new InputError(`there is no sweep ${name}`);
  const isFolder = statSync(path).isDirectory();
  const file = isFolder ? sweepFiles(path).sweep : path;
  const missing = [file, ...(isFolder ? [sweepFiles(path).jsonLines] : [])].find((one) => !existsSync(one));
  if (missing !== undefined)
    throw new InputError(`${name} is not the folder of a sweep: it has no ${basename(missing)}`);
  const read = readJson(file, isFolder ? undefined : name);
  const given = flags.redis === undefined || isFolder ? read : strictUnlessSaid(read);
  const found = parseSweep(given, name, { envOf: (text) => parseEnv(text, dirname(file)) });
  const envs = found.settings.map(({ env }) => env);
  await allowModules(envs, name, flags, context);
  const own = (given as { name?: string }).name ?? fileNameOf(basename(file).replace(/\.json$/, ""));
  const named = { ...found, name: nameOf(flags) ?? own };
  const episodes = flags.finalEpisodes ?? found.episodes;
  return { found: { ...named, episodes }, folder: isFolder ? name : undefined };
}

/** Many machines have the same bits where they train strictly, so a sweep that does not say otherwise does. */
function strictUnlessSaid(read: unknown): unknown {
  const { options } = (read ?? {}) as { options?: unknown };
  const isObject = typeof read === "object" && read !== null && (options === undefined || (typeof options === "object" && options !== null)); // prettier-ignore
  return isObject ? { ...read, options: { strict: true, ...options } } : read;
}

/** @throws InputError if a folder cannot be named so */
function nameOf({ name }: SweepFlags): string | undefined {
  if (name !== undefined && fileNameOf(name) !== name)
    throw new InputError(`--name may have letters, digits, and . _ + - only, and not end in a dot, not "${name}"`);
  return name;
}

async function carryOut(
  sweep: Sweep,
  runDir: string | undefined,
  context: Context,
  flags: SweepFlags,
): Promise<number> {
  const { library } = context;
  for (const { env, options } of distinctEnvironments(sweep))
    await library.checkEnvironment(env, options.envOptions as Record<string, unknown> | undefined);
  const out = displayPath(runDir ?? defaultFolder(sweep), context.cwd);
  if (flags.redis === undefined && flags.keep !== undefined) throw new InputError("--keep is for sweeps with --redis");
  if (flags.estimate) return estimate(sweep, out, context, flags);
  if (flags.redis === undefined) return train(sweep, out, context, flags, here(context, flags));
  const cluster = await openSweepCluster(sweep, out, context, flags);
  try {
    return await train(sweep, out, context, flags, cluster);
  } finally {
    await cluster.close();
  }
}

/** Where the runs of a sweep are carried out. */
interface Place {
  readonly jobs?: number;
  readonly carryOut: SweepSettings["carryOut"];
  /** For the report, where it is not this machine alone. */
  readonly where?: string;
  /** Runs at the same time, now. */
  atATime(): number;
  /** "up to 4 at a time". */
  readonly words: string;
  /** What is told before the start. */
  readonly note?: string;
  /** What goes below the table. */
  foot?(): string;
}

function here({ library }: Context, { jobs = availableParallelism() }: SweepFlags): Place {
  return { jobs, carryOut: library.carryOut, atATime: () => jobs, words: `up to ${jobs} at a time` };
}

async function openSweepCluster(sweep: Sweep, out: string, context: Context, flags: SweepFlags) {
  const { openCluster } = await import("../cluster/cluster.ts");
  const { roomOf } = await import("../cluster/estimate.ts");
  const address = addressOf(flags);
  const cluster = await openCluster({
    address,
    folder: out,
    keep: flags.keep,
    onTrouble: (problem) => context.stderr.write(problem === null ? "Redis is there again\n" : `polgrad: ${problem}\n`),
  });
  const tasks = boardOf(sweep, tasksOf(sweep, out, "")).filter(({ status }) => status === "waiting");
  const room = await roomOf(tasks.map(({ task }) => task), flags.keep ?? "all"); // prettier-ignore
  const note = `Without logs, which grow with the length of a run: ${bytesText(room.redis)} in Redis for each run in progress, ${bytesText(room.disk)} here for all (--keep ${flags.keep ?? "all"})`; // prettier-ignore
  const slots = () => cluster.machines().reduce((sum, machine) => sum + machine.slots, 0);
  const place: Place & { close(): Promise<void> } = {
    jobs: Infinity,
    carryOut: cluster.carryOut,
    where: "on machines that ran polgrad worker, over Redis",
    atATime: slots,
    words: `on the workers of ${address.shown}`,
    ...(tasks.length > 0 && { note }),
    foot: () => machinesText(cluster.machines()),
    close: () => cluster.close(),
  };
  return place;
}

const bytesText = (bytes: number): string =>
  bytes < 2 ** 20 ? `${whole(Math.ceil(bytes / 1024))} KiB` : mebibytes(bytes);

/** "3 machines, 8 of 12 at work: a 4, b 4". */
function machinesText(machines: readonly Machine[]): string {
  if (machines.length === 0) return "no machine yet: start polgrad worker on one";
  const sum = (of: (machine: Machine) => number) => machines.reduce((total, one) => total + of(one), 0);
  const each = machines.map(({ machine, busy }) => `${machine} ${busy}`).join(", ");
  return `${machines.length} machine${machines.length === 1 ? "" : "s"}, ${sum(({ busy }) => busy)} of ${sum(({ slots: s }) => s)} at work: ${each}`;
}

async function estimate(sweep: Sweep, out: string, context: Context, flags: SweepFlags): Promise<number> {
  const interruption = context.interruption();
  const { signal } = interruption;
  const found = await estimateSweep(sweep, { runDir: out, jobs: flags.jobs, signal });
  if (found === null) return interruption.exitCode;
  const output = flags.json ? context.stderr : context.stdout;
  output.write(trainingEstimateText(found, process.availableMemory?.()));
  if (flags.json) context.stdout.write(`${JSON.stringify(trainingEstimateData(found))}\n`);
  return 0;
}

/** One setting of each environment and its options. */
const distinctEnvironments = ({ settings }: Sweep) => [
  ...new Map(settings.map((one) => [JSON.stringify([one.env, one.options.envOptions]), one])).values(),
];

async function train(
  sweep: Sweep,
  out: string,
  context: Context,
  flags: SweepFlags,
  { jobs, carryOut, where, atATime, words, note, foot }: Place,
): Promise<number> {
  const command = commandLine(context.argv.map(withoutPasswords));
  const output = flags.json ? context.stderr : context.stdout;
  const say = (text: string) => flags.quiet || output.write(`${text}\n`);
  let progress = noSuiteProgress;
  let started: readonly SweepRun[] = [];
  let result: SweepResult;
  const interruption = context.interruption();
  interruption.signal.addEventListener("abort", () => {
    progress.clear();
    say("Stopping: runs in progress finish their update and save. Ctrl-C again stops at once.");
  });
  try {
    result = await runSweep(sweep, {
      runDir: out,
      jobs,
      signal: interruption.signal,
      command,
      carryOut,
      where,
      onStart(board, folder) {
        started = board;
        const earlier = board.filter(({ status }) => status === "earlier").length;
        const before = earlier === 0 ? "" : `, ${earlier} of them done already`;
        const { settings, seeds } = sweep;
        const size = `${settings.length} setting${settings.length > 1 ? "s" : ""} × ${seeds.length} seed${seeds.length > 1 ? "s" : ""}`;
        say(`${sweep.name}: ${size}, ${board.length} runs${before}, ${words}, in ${folder}`);
        if (note !== undefined) say(note);
        if (!flags.quiet) progress = createSweepProgress(output, board, atATime, { foot });
      },
      onChange: (run) => progress.change(run),
    });
  } finally {
    progress.clear();
  }
  output.write(resultText(result, started, command));
  if (flags.json) context.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.status === "interrupted") return interruption.exitCode;
  return result.failed > 0 ? 1 : 0;
}

/** Rows of the table at the end; the report has all. */
const mostRows = 12;

function resultText(result: SweepResult, board: readonly SweepRun[], command: string): string {
  const { out, settings, status, failed } = result;
  const files = sweepFiles(out);
  const over = board.filter(({ status }) => status === "finished" || status === "earlier").length;
  const failures = failed === 0 ? "" : ` ${failed} failed, and will be tried again by the same command.`;
  const first =
    status === "interrupted"
      ? `Stopped: ${over} of ${board.length} runs are done, and all is saved. Resume with\n  npx ${command}`
      : `${over} of ${board.length} runs are done.${failures}`;
  const wrapped = settings.map((result) => ({ result }));
  const judged = verdicts(wrapped);
  const tables = [...ranked(wrapped)].flatMap(([env, group]) => {
    const verdict = judged.find((one) => one.env === env);
    if (verdict === undefined) return [];
    const rows = group.filter(({ result }) => result.seeds.length > 0);
    const shown = rows.slice(0, mostRows).map(({ result: one }) => {
      const of = one.seeds.length + one.failed.length + one.missing.length;
      const note = one.seeds.length < of ? `  seeds ${one.seeds.length} of ${of}` : "";
      return [one.name, `${withInterval(one.interquartileMean, one.interquartileInterval)}${note}`];
    });
    const width = Math.max(...shown.map(([name]) => name.length));
    return [
      "",
      `Interquartile mean of the final evaluations${judged.length > 1 ? ` on ${env}` : ""} over seeds, 95 % interval:`,
      ...shown.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
      ...(rows.length > mostRows ? [`  and ${rows.length - mostRows} more`] : []),
      `Best: ${verdict.best.name}. ${caveat(verdict)}`,
    ];
  });
  const where = [`  Report  ${files.report}`, `  Tables  ${files.csv}`];
  return `${[first, ...tables, "", ...where].join("\n")}\n`;
}
