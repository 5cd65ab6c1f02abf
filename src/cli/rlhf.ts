// polgrad rlhf: the built-in case of RLHF, for several weights of the KL penalty.

import type { Command } from "commander";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { InputError, RunError } from "../errors.ts";
import { inProcess } from "../jobs/fork-job.ts";
import { newJob, runJobs, type Job } from "../jobs/run-jobs.ts";
import type { reviews } from "../language/index.ts";
import { short } from "../text/numbers.ts";
import { naturalNumber, positiveInteger, typedSeeds } from "./arguments.ts";
import type { Context } from "./context.ts";
import type { ReviewsProgress, ReviewsTask } from "./rlhf-job.ts";
import { outcomesOf, percent, verdicts } from "./rlhf-verdict.ts";

interface RlhfFlags {
  klCoefficient?: number[];
  iterations: number;
  seed: number;
  seeds?: number[];
  jobs?: number;
  strict?: true;
  quiet?: true;
  json?: true;
  debug?: true;
}

type ReviewsJob = Job<ReviewsTask, ReviewsProgress, reviews.ReviewsRun>;

/** Adds `polgrad rlhf`; `done` takes the exit code. */
export function addRlhfCommand(program: Command, context: Context, done: (exitCode: number) => void): void {
  program
    .command("rlhf")
    .summary("RLHF of a language model, on a built-in case")
    .description(
      "Train a language model by PPO against a reward model, once for each weight β of the KL penalty that holds it near " +
        "the model that it began as. The built-in language is one of reviews whose true reward is known, so that it shows " +
        "what the reward model was taken advantage of: with β = 0 its reward rises while the truth falls. Several run at " +
        "a time, each in a process of its own.",
    )
    .option("--kl-coefficient <list>", "weights β of the KL penalty, by commas [default 0,0.03,0.1,0.3]", numbers)
    .option(
      "--iterations <integer>",
      "of writing 128 texts and learning from them",
      positiveInteger("--iterations"),
      100,
    )
    .option("--seed <integer>", "the same seed gives the same texts", naturalNumber("--seed"), 11)
    .option("--seeds <list>", "instead of one seed several, 11-15 or 1,2,9: means with 95 % intervals", typedSeeds)
    .option("--jobs <integer>", "runs at the same time [default: the machine's threads]", positiveInteger("--jobs"))
    .option("--strict", "the same bits on every machine, somewhat slower")
    .option("--quiet", "no progress, only the result")
    .option("--json", "end with one line of JSON on stdout; everything else goes to stderr")
    .option("--debug", "show where in the code an error arose")
    .action(async (flags: RlhfFlags) => {
      const output = flags.json ? context.stderr : context.stdout;
      const interruption = context.interruption();
      const { signal } = interruption;
      const { klCoefficient: coefficients = [0, 0.03, 0.1, 0.3], iterations, seed, strict = false } = flags;
      const seeds = flags.seeds ?? [seed];
      const jobs = seeds.flatMap((seed) =>
        coefficients.map((klCoefficient): ReviewsJob =>
          newJob<ReviewsTask, ReviewsProgress, reviews.ReviewsRun>({ klCoefficient, seed, iterations, strict }, null),
        ),
      );
      const start = performance.now();
      const carryOut = inProcess<ReviewsTask, ReviewsProgress>(
        new URL(`./rlhf-job${extname(import.meta.url)}`, import.meta.url).href,
      );
      const every = Math.max(1, Math.floor(iterations / 10));
      await runJobs<ReviewsTask, ReviewsProgress, reviews.ReviewsRun, ReviewsJob>(jobs, {
        atATime: flags.jobs ?? availableParallelism(),
        carryOut,
        resultOf: (task) => jobs.find((job) => job.task === task)?.progress?.run ?? null,
        signal,
        onChange({ task, status, progress }) {
          if (flags.quiet || status !== "running" || !progress || progress.run) return;
          const { iteration, ...step } = progress.step;
          if (iteration % every === 0 || iteration === 1)
            output.write(`${seeds.length > 1 ? `seed ${task.seed}  ` : ""}${line(task, iteration, step)}\n`);
        },
      });
      const failed = jobs.find(({ status }) => status === "failed");
      if (failed) throw new RunError(`β = ${failed.task.klCoefficient}: ${failed.error}`);
      const runs = jobs.flatMap(({ result }) => result ?? []);
      const wallSeconds = (performance.now() - start) / 1000;
      if (runs.length > 0) output.write(summary(runs, signal.aborted));
      if (flags.json) {
        const told = jobs.flatMap(({ task, result }) =>
          result ? { seed: task.seed, ...result, steps: result.steps.length } : [],
        );
        const outcomes = signal.aborted ? undefined : outcomesOf(runs);
        context.stdout.write(`${JSON.stringify({ wallSeconds, seeds, runs: told, outcomes })}\n`);
      }
      done(signal.aborted ? interruption.exitCode : 0);
    });
}

function numbers(text: string): number[] {
  const values = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (values.every((value) => Number.isFinite(value) && value >= 0)) return values;
  throw new InputError(`--kl-coefficient must be numbers of at least 0, by commas, such as 0,0.03,0.1, not "${text}"`);
}

type Measured = Omit<reviews.ReviewsStep, "iteration">;

const line = ({ klCoefficient, iterations }: ReviewsTask, iteration: number, m: Measured): string =>
  `β ${String(klCoefficient).padEnd(5)} iteration ${String(iteration).padStart(3)} of ${iterations}  ` +
  `reward ${m.proxy.toFixed(2).padStart(5)}  truth ${m.truth.toFixed(2).padStart(5)}  KL ${m.kl.toFixed(1).padStart(5)}  ` +
  `well-formed ${percent(m.wellFormed)}  length ${short(m.length)}`;

/** @param cut whether it was stopped before the end, so that nothing follows from the numbers */
function summary(runs: readonly reviews.ReviewsRun[], cut: boolean): string {
  const head = "      β  reward   truth  its peak    KL  well-formed  distinct clauses";
  const rows = runs.map(
    (r) =>
      `${String(r.klCoefficient).padStart(7)}${r.proxy.toFixed(2).padStart(8)}${r.truth.toFixed(2).padStart(8)}` +
      `${r.truthPeak.toFixed(2).padStart(10)}${r.kl.toFixed(1).padStart(6)}${percent(r.wellFormed).padStart(13)}` +
      `${percent(r.distinct).padStart(18)}`,
  );
  const firstOfEach = runs.filter((r, i) => runs.findIndex((s) => s.klCoefficient === r.klCoefficient) === i);
  const samples = firstOfEach.flatMap((r) => [
    `\nβ = ${r.klCoefficient} writes:`,
    ...r.samples.slice(0, 2).map((s) => `  ${s}`),
  ]);
  return `\n${[head, ...rows, ...samples, ...(cut ? [] : ["", ...verdicts(outcomesOf(runs))])].join("\n")}\n`;
}
