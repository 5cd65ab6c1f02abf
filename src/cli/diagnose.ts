// polgrad diagnose <run>: what its metrics say of a run, in words.

import type { Command } from "commander";
import { diagnoseRun, type Diagnosis, type Sign } from "../runs/diagnose.ts";
import { whole } from "../text/numbers.ts";
import { inOneLine, printable } from "../text/printable.ts";
import type { Context } from "./context.ts";

/** Defines `polgrad diagnose`; `done` takes the exit code. */
export function defineDiagnose(command: Command, { stdout }: Context, done: (exitCode: number) => void): void {
  command
    .description("Say in words what a run's metrics show: what is wrong with it, and what helps.")
    .argument("<run>", "the run's folder")
    .option("--json", "one line of JSON on stdout")
    .option("--debug", "show where in the code an error arose");
  command.action((run: string, { json }: { json?: true }) => {
    const diagnosis = diagnoseRun(run);
    stdout.write(json ? `${JSON.stringify(diagnosis)}\n` : text(diagnosis));
    done(0);
  });
}

const titles: Readonly<Record<Sign, string>> = {
  numbers: "Numbers",
  episodes: "Episodes",
  rewards: "Rewards",
  entropy: "Exploration",
  sigma: "σ",
  kl: "Step size",
  critic: "Critic",
};

function text({ algorithm, env, updates, steps, sound, findings }: Diagnosis): string {
  const lines = findings.map(({ sign, sound, seen, advice }) => {
    const mark = sound === null ? "·" : sound ? "✓" : "✗";
    const help = advice === undefined ? "" : `\n                 What helps: ${advice}`;
    return `  ${mark} ${titles[sign].padEnd(13)}${printable(seen)}${help}`;
  });
  const verdict = sound ? "Nothing looks wrong." : "Something is wrong:";
  const count = `${whole(updates)} update${updates === 1 ? "" : "s"}`;
  return `${algorithm} on ${inOneLine(env)}, ${count}, ${whole(steps)} steps. ${verdict}\n${lines.join("\n")}\n`;
}
