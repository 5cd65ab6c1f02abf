// polgrad benchmark <suite>: algorithms × environments × seeds, with tables, figures and a report.

import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { InputError } from "../errors.ts";
import { runBenchmark } from "../suites/run-suite.ts";
import type { BenchmarkResult, BoardRun } from "../suites/run-suite.ts";
import { builtinSuite, builtinSuiteNames, unknownSuite } from "../suites/builtin-suites.ts";
import { suiteFiles, readSuite } from "../suites/folder.ts";
import { checkJobs, scaleSuite, selectJobs } from "../suites/suite.ts";
import type { Suite, SuiteJob } from "../suites/suite.ts";
import { seedCount, targetText, withInterval } from "../suites/tables.ts";
import { positiveInteger, typedSeeds } from "./arguments.ts";
import { addAllowFlag, allowModules, type AllowFlags } from "./foreign-environment.ts";
import { createSuiteProgress, noSuiteProgress } from "./suite-progress.ts";
import type { Context } from "./context.ts";
import { parseEnv } from "./env-argument.ts";
import { displayPath } from "./train.ts";
import { addSharedFlags, commandLine } from "./watch-run.ts";
import type { SharedFlags } from "./watch-run.ts";

interface BenchmarkFlags extends SharedFlags, AllowFlags {
  out?: string;
  jobs?: number;
  only?: string;
  seeds?: number[];
  fraction: number;
  check?: true;
}

/** Defines `polgrad benchmark`; `done` takes the exit code. */
export function defineBenchmark(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Train every algorithm of a suite with every seed, several at a time, evaluate the policies, and write tables, " +
        "figures and a report. Once interrupted, the same command resumes it; what is done is not done again. " +
        `A suite is one of ${builtinSuiteNames().join(", ")}, a JSON file, or the folder of an earlier benchmark; ` +
        "without one, the suites are listed.",
    )
    .argument("[suite]")
    .option("--out <folder>", "the benchmark's folder [default benchmarks/<suite>]")
    .option("--jobs <integer>", "runs at the same time [default: the machine's threads]", positiveInteger("--jobs"))
    .option("--only <pattern>", 'run only jobs such as "ppo", "*Pendulum*", "trpo on CartPole-v1"; several by commas')
    .option("--seeds <list>", "other seeds than the suite's: 1-5, or 1,2,9", typedSeeds)
    .option("--fraction <number>", "of each job's steps, for trying out: above 0, at most 1", typedFraction, 1)
    .option("--check", "exit code 1 where a target is missed too");
  addAllowFlag(command, "the suite");
  addSharedFlags(command);
  command.action(async (name: string | undefined, flags: BenchmarkFlags) => {
    if (name === undefined) {
      context.stdout.write(flags.json ? `${JSON.stringify(suites())}\n` : listing());
      return done(0);
    }
    const { suite: whole, folder } = await findSuite(name, context, flags);
    const suite = scaleSuite(whole, flags.fraction);
    const out = flags.out ?? (flags.fraction === 1 ? folder : undefined) ?? join("benchmarks", suite.name);
    done(await runSuite(suite, displayPath(out, context.cwd), context, flags));
  });
}

async function runSuite(suite: Suite, out: string, context: Context, flags: BenchmarkFlags): Promise<number> {
  const output = flags.json ? context.stderr : context.stdout;
  const say = (text: string) => flags.quiet || output.write(`${text}\n`);
  let progress = noSuiteProgress;
  let started: readonly BoardRun[] = [];
  let result: BenchmarkResult;
  const interruption = context.interruption();
  interruption.signal.addEventListener("abort", () => {
    progress.clear();
    say("Stopping: runs in progress finish their update and save. Ctrl-C again stops at once.");
  });
  try {
    result = await runBenchmark(suite, {
      out,
      only: flags.only,
      seeds: flags.seeds,
      jobs: flags.jobs,
      signal: interruption.signal,
      command: commandLine(context.argv),
      carryOut: context.library.carryOut,
      onStart(board, folder, atATime) {
        started = board;
        const earlier = board.filter(({ status }) => status === "earlier").length;
        const before = earlier === 0 ? "" : `, ${earlier} of them done already`;
        say(`${suite.name}: ${board.length} runs${before}, up to ${atATime} at a time, in ${folder}`);
        if (!flags.quiet) progress = createSuiteProgress(output, board, atATime);
      },
      onChange: (run) => progress.change(run),
    });
  } finally {
    progress.clear();
  }
  output.write(resultText(result, started, commandLine(context.argv)));
  if (flags.json) context.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.status === "interrupted") return interruption.exitCode;
  const missed = result.jobs.some(({ reached }) => reached === false);
  return result.failed > 0 || (flags.check && missed) ? 1 : 0;
}

/** The suite of that name, or in that file or folder, checked as far as it is to run. */
async function findSuite(
  name: string,
  context: Context,
  flags: BenchmarkFlags,
): Promise<{ suite: Suite; folder?: string }> {
  const { cwd, library } = context;
  const { only } = flags;
  const checked = (suite: Suite) => {
    checkJobs(only === undefined ? suite.jobs : selectJobs(suite.jobs, only), suite.name);
    return suite;
  };
  if (builtinSuiteNames().includes(name)) return { suite: checked(builtinSuite(name)) };
  const path = resolve(cwd, name);
  if (!existsSync(path)) {
    if (/[\\/]|\.json$/.test(name)) throw new InputError(`there is no suite ${name}`);
    throw unknownSuite(name);
  }
  const isFolder = statSync(path).isDirectory();
  const file = isFolder ? suiteFiles(path).suite : path;
  if (!existsSync(file)) throw new InputError(`${name} is not the folder of a benchmark: it has no suite.json`);
  const suite = readSuite(file);
  const jobs = suite.jobs.map((job): SuiteJob => {
    if (typeof job.env !== "string") return job;
    const env = parseEnv(job.env, dirname(file));
    return { ...job, env: env as SuiteJob["env"] };
  });
  const chosen = only === undefined ? jobs : selectJobs(jobs, only);
  await allowModules(
    chosen.map(({ env }) => env),
    name,
    flags,
    context,
  );
  for (const { env, options } of chosen)
    await library.checkEnvironment(env, options.envOptions as Record<string, unknown> | undefined);
  return { suite: checked({ ...suite, jobs }), ...(isFolder ? { folder: name } : {}) };
}

function resultText(result: BenchmarkResult, board: readonly BoardRun[], command: string): string {
  const { out, jobs, status, failed } = result;
  const files = suiteFiles(out);
  const rows = jobs.map((job) => [
    `${job.name} on ${job.env}`,
    withInterval(job.mean, job.interval),
    job.missing.length + job.failed.length > 0 ? `seeds ${seedCount(job)}` : "",
    job.target === null ? "" : `target ${targetText(job)}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column].length)));
  const lines = rows.map(([name, value, ...rest]) => {
    const notes = rest.filter((text) => text !== "").join("; ");
    return `  ${name.padEnd(widths[0])}  ${value.padEnd(widths[1])}  ${notes}`.trimEnd();
  });
  const over = board.filter(({ status }) => status === "finished" || status === "earlier").length;
  const failures = failed === 0 ? "" : ` ${failed} failed, and will be tried again by the same command.`;
  const first =
    status === "interrupted"
      ? `Stopped: ${over} of ${board.length} runs are done, and all is saved. Resume with\n  npx ${command}`
      : `${over} of ${board.length} runs are done.${failures}`;
  const mean = "Mean return of the final evaluation over seeds, with its 95 % interval:";
  const where = [`  Report  ${files.report}`, `  Tables  ${files.table}`];
  return `${[first, ...(lines.length === 0 ? [] : ["", mean, ...lines]), "", ...where].join("\n")}\n`;
}

function suites() {
  return builtinSuiteNames().map((name) => {
    const { summary, jobs, seeds } = builtinSuite(name);
    return { name, summary, jobs: jobs.length, seeds: seeds.length };
  });
}

function listing(): string {
  const rows = suites().map(({ name, summary, jobs, seeds }) => [name, `${summary} (${jobs} jobs, ${seeds} seeds)`]);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, rest]) => `  ${name.padEnd(width)}  ${rest}`);
  return `Suites, or a JSON file of your own\n${lines.join("\n")}\n\nFor example: polgrad benchmark quick\n`;
}

function typedFraction(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) {
    throw new InputError(`--fraction must be a number above 0 and at most 1, not ${JSON.stringify(text)}`);
  }
  return value;
}
