// polgrad worker: this machine carries out trainings that sweeps hand to a Redis, until it is stopped.

import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { runWorker } from "../cluster/worker.ts";
import { whole } from "../text/numbers.ts";
import { positiveInteger } from "./arguments.ts";
import type { Context } from "./context.ts";
import { addAllowFlag, type AllowFlags } from "./foreign-environment.ts";
import { addRedisFlag, addressOf, type RedisFlag } from "./redis-flag.ts";

interface WorkerFlags extends AllowFlags, RedisFlag {
  jobs?: number;
  lockSeconds: number;
  workDir?: string;
  quiet?: true;
}

/** Defines `polgrad worker`; `done` takes the exit code. */
export function defineWorker(worker: Command, context: Context, done: (exitCode: number) => void): void {
  worker.description(
    "Carry out trainings that polgrad sweep --redis hands to a Redis, until this is stopped. It may be stopped or killed at " +
      "any moment: another worker goes on from the last checkpoint, to the same bits.",
  );
  addRedisFlag(worker, "take trainings from this Redis");
  worker.option(
    "--jobs <integer>",
    "trainings at the same time [default: the machine's threads]",
    positiveInteger("--jobs"),
  );
  addAllowFlag(worker, "a sweep");
  worker
    .option(
      "--lock-seconds <integer>",
      "a training whose worker is not heard of for so long goes on elsewhere",
      positiveInteger("--lock-seconds"),
      30,
    )
    .option(
      "--work-dir <folder>",
      "where runs lie while they are trained [default: the system's folder for temporary files]",
    ) // prettier-ignore
    .option("--quiet", "tell of what is wrong, and of nothing else")
    .option("--debug", "show where in the code an error arose")
    .action(async (flags: WorkerFlags) => done(await work(context, flags)));
}

async function work(context: Context, flags: WorkerFlags): Promise<number> {
  const { jobs = availableParallelism(), quiet, allowModule = [], lockSeconds, workDir } = flags;
  const { stdout, stderr } = context;
  const say = (text: string): void => void (quiet || stdout.write(`${text}\n`));
  const address = addressOf(flags);
  const interruption = context.interruption();
  interruption.signal.addEventListener("abort", () =>
    say("Stopping: trainings save, and go on elsewhere. Ctrl-C again stops at once."),
  );
  await runWorker({
    ...{ address, jobs, lockSeconds, workDir, allowModules: allowModule, signal: interruption.signal },
    onReady: (machine, queues) =>
      say(`${machine} takes up to ${jobs} training${jobs === 1 ? "" : "s"} at a time from ${address.shown}, of ${queues.join(", ")}`), // prettier-ignore
    onStart: (title, step) => say(`  ${title}: begun${step === 0 ? "" : `, from step ${whole(step)} on`}`),
    onEnd: (title, how, words) => say(`  ${title}: ${how}${words === undefined ? "" : `, ${words}`}`),
    onTrouble: (problem) => stderr.write(problem === null ? "Redis is there again\n" : `polgrad: ${problem}\n`),
  });
  return interruption.exitCode;
}
