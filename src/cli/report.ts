// polgrad report <run>: writes a run's report anew, from what is in its folder.

import type { Command } from "commander";
import { runFiles } from "../runs/run-folder.ts";
import type { Context } from "./context.ts";

/** Defines `polgrad report`; `done` takes the exit code. */
export function defineReport(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Write report.html of a run from its configuration, metrics and summary, as a run does at its end. No environment " +
        "is loaded. Of a folder that `polgrad rlhf` made, the report is about all weights of the KL penalty.",
    )
    .argument("<run>", "the run's folder")
    .option("--debug", "show where in the code an error arose")
    .action(async (run: string) => {
      const { writeReport } = await import("../runs/report.ts"); // Plot takes a third of a second to load
      writeReport(run);
      context.stdout.write(`${runFiles(run).report}\n`);
      done(0);
    });
}
