// polgrad list: the algorithms, environments and presets that there are.

import type { Command } from "commander";
import type { Context } from "./context.ts";
import { optionFields } from "./options.ts";
import { termLines } from "./term-lines.ts";
import { kebabCase } from "../text/names.ts";
import { shellQuoted } from "../text/shell.ts";
import { show } from "../training/option-values.ts";
import { optionsSchema } from "../training/by-name.ts";

/** Defines `polgrad list`; `done` takes the exit code. */
export function defineList(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description("List the algorithms, the environments, and the presets: options found by measuring.")
    .option("--json", "one line of JSON on stdout")
    .action(({ json }: { json?: true }) => {
      context.stdout.write(json ? `${JSON.stringify(listing(context))}\n` : text(context));
      done(0);
    });
}

function listing({ library }: Context) {
  return {
    algorithms: Object.values(library.algorithms).map(({ name, summary }) => ({ name, summary })),
    environments: library.environments().map(({ id, summary, maxEpisodeSteps = null, rewardThreshold = null }) => {
      return { id, summary, maxEpisodeSteps, rewardThreshold };
    }),
    presets: Object.fromEntries(Object.values(library.algorithms).map(({ name, presets }) => [name, presets])),
  };
}

function text(context: Context): string {
  const { algorithms, environments } = listing(context);
  const presetRows = Object.values(context.library.algorithms).flatMap((algorithm) => {
    const flags = new Map(optionFields(optionsSchema(algorithm)).map(({ name, flag }) => [name, flag]));
    return Object.entries(algorithm.presets).map(([env, preset]) => {
      const values = Object.entries(preset).map(([name, value]) => typed(flags.get(name) ?? kebabCase(name), value));
      return [`${algorithm.name} ${env}`, values.length === 0 ? "the defaults" : values.join(" ")];
    });
  });
  const environmentRows = environments.map(({ id, summary, maxEpisodeSteps, rewardThreshold }) => {
    const limit = maxEpisodeSteps === null ? [] : [`at most ${maxEpisodeSteps} steps`];
    const solved = rewardThreshold === null ? [] : [`solved at ${rewardThreshold}`];
    return [id, [summary, ...limit, ...solved].join("; ")];
  });
  const { columns = Infinity } = context.stdout; // for a program, an item is a line
  const section = (title: string, rows: string[][]): string => {
    const width = Math.max(0, ...rows.map(([name = ""]) => name.length));
    return `${title}\n${rows.map(([name = "", rest = ""]) => `${termLines(name, rest, width, columns)}\n`).join("")}`;
  };
  return [
    section(
      "Algorithms",
      algorithms.map(({ name, summary }) => [name, summary]),
    ),
    section("Environments, or a file of your own such as ./my-env.js", environmentRows),
    section("Presets, which flags win over", presetRows),
  ].join("\n");
}

/** A flag with its value, as a shell takes it; a switch has no value. */
function typed(flag: string, value: unknown): string {
  if (typeof value === "boolean") return value ? `--${flag}` : `--no-${flag}`;
  return `--${flag} ${shellQuoted(show(value))}`;
}
