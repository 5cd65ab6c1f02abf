// polgrad evaluate <run>: plays episodes with the policy that a run has learned.

import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { EnvSource } from "../envs/env.ts";
import { InputError } from "../errors.ts";
import { readBytes } from "../runs/files.ts";
import { readConfig, runFiles } from "../runs/run-folder.ts";
import { decodeSafetensors } from "../training/safetensors.ts";
import { naturalNumber, positiveInteger } from "./arguments.ts";
import type { Context, Evaluation } from "./context.ts";

interface EvaluateFlags {
  episodes: number;
  seed: number;
  stochastic?: true;
  best?: true;
  json?: true;
  debug?: true;
}

export function addEvaluateCommand(program: Command, context: Context, done: (exitCode: number) => void): void {
  program
    .command("evaluate")
    .summary("play episodes with a trained policy")
    .description("Play episodes with the policy of a run, and tell their returns.")
    .argument("<run>", "the run's folder")
    .option("--episodes <integer>", "how many episodes", positiveInteger("--episodes"), 100)
    .option("--seed <integer>", "of the environment, and of the actions if they are drawn", naturalNumber("--seed"), 0)
    .option("--stochastic", "draw actions from the policy, rather than take the likeliest")
    .option("--best", "the best policy of the run, rather than its last")
    .option("--json", "one line of JSON on stdout")
    .option("--debug", "show where in the code an error arose")
    .action(async (run: string, { episodes, seed, stochastic, best, json }: EvaluateFlags) => {
      const { env, options } = readConfig(run);
      if (options.env === undefined) {
        throw new InputError(
          `${run} was trained with an environment that was passed as a function, which its folder cannot keep: ` +
            "evaluate its policy from a program, with loadPolicy and evaluate",
        );
      }
      const policy = await context.library.loadPolicy(readPolicy(run, best === true));
      const deterministic = stochastic !== true;
      const evaluation = await context.library.evaluate(policy, options.env as EnvSource, {
        episodes,
        seed,
        deterministic,
      });
      const facts = { run, env, episodes, seed, deterministic, ...describe(evaluation) };
      context.stdout.write(json ? `${JSON.stringify(facts)}\n` : text(facts));
      done(0);
    });
}

function readPolicy(run: string, best: boolean): Uint8Array {
  const files = runFiles(run);
  const path = best ? files.best : files.policy;
  if (!existsSync(path)) throw new InputError(`${run} has no policy yet: ${path} does not exist`);
  const bytes = readBytes(path);
  decodeSafetensors(bytes, path); // tells a damaged file by its name
  return bytes;
}

function describe({ returns, lengths, mean, std }: Evaluation) {
  const sorted = [...returns].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return { mean, std, min: at(0), median: at(0.5), max: at(1), meanLength };
}

function text(
  facts: ReturnType<typeof describe> & { env: string; episodes: number; seed: number; deterministic: boolean },
): string {
  const { env, episodes, seed, deterministic, mean, std, min, median, max, meanLength } = facts;
  const short = (value: number) => String(Number(value.toFixed(1)));
  return `${env}, ${episodes} episode${episodes === 1 ? "" : "s"} from seed ${seed}, ${deterministic ? "likeliest actions" : "actions drawn from the policy"}
  Mean return  ${short(mean)} ± ${short(std)}
  Range        ${short(min)} to ${short(max)}, median ${short(median)}
  Mean length  ${short(meanLength)} steps
`;
}
