// polgrad evaluate <run>: plays episodes with the policy that a run has learned.

import type { Command } from "commander";
import { playedEnv, readConfig } from "../runs/run-folder.ts";
import { short } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import type { Evaluation } from "../training/index.ts";
import { naturalNumber, positiveInteger } from "./arguments.ts";
import type { Context } from "./context.ts";
import { addEnvironmentFlags, settleEnvironment, type EnvironmentFlags } from "./foreign-environment.ts";

interface EvaluateFlags extends EnvironmentFlags {
  episodes: number;
  seed: number;
  stochastic?: true;
  best?: true;
  json?: true;
  debug?: true;
}

/** Defines `polgrad evaluate`; `done` takes the exit code. */
export function defineEvaluate(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description("Play episodes with the policy of a run, and tell their returns.")
    .argument("<run>", "the run's folder")
    .option("--episodes <integer>", "how many episodes", positiveInteger("--episodes"), 100)
    .option("--seed <integer>", "of the environment, and of the actions if they are drawn", naturalNumber("--seed"), 1)
    .option("--stochastic", "draw actions from the policy, rather than take the likeliest")
    .option("--best", "the best policy of the run, rather than its last")
    .option("--json", "one line of JSON on stdout")
    .option("--debug", "show where in the code an error arose");
  addEnvironmentFlags(command);
  command.action(async (run: string, flags: EvaluateFlags) => {
    const { episodes, seed, stochastic, best, json } = flags;
    const env = playedEnv(run, readConfig(run));
    const environment = await settleEnvironment(run, flags, context);
    const interruption = context.interruption();
    const { signal } = interruption;
    signal.addEventListener("abort", () => {
      context.stderr.write("Stopping after this episode. Ctrl-C again stops at once.\n");
    });
    const deterministic = stochastic !== true;
    const options = { episodes, seed, deterministic, best, signal, ...environment };
    const evaluation = await context.library.evaluateRun(run, options);
    for (const warning of evaluation.warnings ?? []) context.stderr.write(`Warning: ${warning}.\n`);
    const facts = { run, env, episodes: evaluation.returns.length, seed, deterministic, ...describe(evaluation) };
    context.stdout.write(json ? `${JSON.stringify(facts)}\n` : text(facts, episodes));
    done(signal.aborted ? interruption.exitCode : 0);
  });
}

function describe({ returns, lengths, mean, std, values }: Evaluation) {
  const sorted = [...returns].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return { mean, std, min: at(0), median: at(0.5), max: at(1), meanLength, ...(values && { values }) };
}

function text(
  facts: ReturnType<typeof describe> & { env: string; episodes: number; seed: number; deterministic: boolean },
  wanted: number,
): string {
  const { env, episodes, seed, deterministic, mean, std, min, median, max, meanLength, values = {} } = facts;
  const played = `${episodes === wanted ? "" : `${episodes} of `}${wanted} episode${wanted === 1 ? "" : "s"}`;
  return `${inOneLine(env)}, ${played} from seed ${seed}, ${deterministic ? "likeliest actions" : "actions drawn from the policy"}
  Mean return  ${short(mean)} ± ${short(std)}
  Range        ${short(min)} to ${short(max)}, median ${short(median)}
  Mean length  ${short(meanLength)} steps
${Object.entries(values)
  .map(([name, value]) => `  ${inOneLine(name).padEnd(11)}  ${short(value)}\n`)
  .join("")}`;
}
