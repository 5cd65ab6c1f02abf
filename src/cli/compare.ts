// polgrad compare <runs...>: runs side by side, as a table and as a page.

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { compareRuns, type Comparison } from "../comparison/compare.ts";
import { InputError } from "../errors.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { isFew } from "../runs/statistics.ts";
import { score, withInterval } from "../suites/tables.ts";
import { whole } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import type { Context } from "./context.ts";

interface CompareFlags {
  out: string;
  json?: true;
  debug?: true;
}

/** Defines `polgrad compare`; `done` takes the exit code. */
export function defineCompare(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Show runs side by side: their learning curves by steps and by seconds, their final evaluations, and the options " +
        "in which they differ. Runs that differ in their seeds alone are one group; each environment has figures of its own.",
    )
    .argument("<runs...>", "folders of runs, or folders that hold some, such as runs/*")
    .option("--out <file>", "the page", "comparison.html")
    .option("--json", "one line of JSON on stdout, with the figures and without the curves")
    .option("--debug", "show where in the code an error arose")
    .action(async (paths: readonly string[], { out, json }: CompareFlags) => {
      const { comparisonPage, titleStart } = await import("../comparison/page.ts"); // Plot takes a third of a second to load
      const path = resolve(context.cwd, out);
      if (existsSync(path) && !readFileSync(path, "utf8").includes(`<title>${titleStart}`))
        throw new InputError(`${out} is there already, and is no comparison: name another file with --out`);
      const comparison = compareRuns(paths.map((run) => (resolve(context.cwd) === process.cwd() ? run : resolve(context.cwd, run)))); // prettier-ignore
      writeFileAtomic(path, comparisonPage(path, comparison));
      context.stdout.write(
        json ? `${JSON.stringify(facts(comparison, out))}\n` : `${text(comparison)}\n  Page  ${out}\n`,
      );
      done(0);
    });
}

const facts = ({ environments, skipped }: Comparison, page: string) => ({
  environments: environments.map(({ groups, ...environment }) => ({
    ...environment,
    groups: groups.map(({ group }) => ({ ...group, seeds: group.seeds.map(({ seed }) => seed) })),
  })),
  skipped,
  page,
});

function text({ environments, skipped }: Comparison): string {
  const tables = environments.map(({ env, groups }) => {
    const rows = groups.map(({ group }) => {
      const reached = group.seeds.flatMap(({ reachedAtStep }) => reachedAtStep ?? []);
      const unfinished = group.runs.length - group.runs.filter(({ status }) => status === "finished").length;
      return [
        inOneLine(group.name),
        String(group.seeds.length),
        withInterval(group.finalMean, group.finalInterval),
        score(group.trainingMean),
        reached.length === 0 ? "–" : `${whole(Math.min(...reached))} (${reached.length} of ${group.seeds.length})`,
        unfinished === 0 ? "" : `${unfinished} not finished`,
      ];
    });
    const table = [["", "seeds", "final [95 %]", "in training", "threshold first at", ""], ...rows];
    const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
    const lines = table.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i])).join("  ")}`.trimEnd());
    const hasFew = groups.some(({ group }) => group.finalInterval !== null && isFew(group.seeds));
    const note = hasFew ? ["  Of fewer than five seeds the interval is Student's t of the mean."] : [];
    return [inOneLine(env), ...lines, ...note].join("\n");
  });
  const left = skipped.map(({ path, reason }) => `Left out: ${inOneLine(path)}: ${inOneLine(reason)}.`);
  return [...tables, ...(left.length > 0 ? [left.join("\n")] : [])].join("\n\n");
}
