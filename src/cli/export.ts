// polgrad export <run> <file>: a trained policy as an ONNX model.

import { resolve } from "node:path";
import type { Command } from "commander";
import type { OnnxValue } from "../onnx/index.ts";
import { exportRun } from "../runs/export-run.ts";
import { whole } from "../text/numbers.ts";
import type { Context } from "./context.ts";

interface ExportFlags {
  best?: true;
  force?: true;
  json?: true;
  debug?: true;
}

/** Defines `polgrad export`; `done` takes the exit code. */
export function defineExport(command: Command, context: Context, done: (exitCode: number) => void): void {
  command
    .description(
      "Write the policy of a run, its observation normalizer included, as an ONNX model for ONNX Runtime and others. " +
        "It takes observations as the environment gives them, and gives the most probable action.",
    )
    .argument("<run>", "the run's folder")
    .argument("<file>", "what to write, such as policy.onnx")
    .option("--best", "the best policy of the run, rather than its last")
    .option("--force", "write over a file that is there already")
    .option("--json", "one line of JSON on stdout")
    .option("--debug", "show where in the code an error arose")
    .action(async (run: string, file: string, { best, force, json }: ExportFlags) => {
      const { bytes, inputs, outputs } = await exportRun(run, resolve(context.cwd, file), { best, overwrite: force });
      const facts = { run, file, bytes, inputs: inputs.map(described), outputs: outputs.map(described) };
      context.stdout.write(json ? `${JSON.stringify(facts)}\n` : text(facts));
      done(0);
    });
}

const described = ({ name, type, shape, description }: OnnxValue) => ({ name, type, shape, description });

type Described = ReturnType<typeof described>;

function text(facts: { file: string; bytes: number; inputs: Described[]; outputs: Described[] }): string {
  const kilobytes = whole(Math.max(1, facts.bytes / 1000));
  const signature = ({ type, shape }: Described) => `${type} [${shape.join(", ")}]`;
  const all = [...facts.inputs, ...facts.outputs];
  const nameWidth = Math.max(...all.map(({ name }) => name.length));
  const typeWidth = Math.max(...all.map((value) => signature(value).length));
  const lines = (title: string, values: Described[]) =>
    values.map((value, i) => {
      const name = value.name.padEnd(nameWidth);
      return `  ${(i === 0 ? title : "").padEnd(7)}  ${name}  ${signature(value).padEnd(typeWidth)}  ${value.description}\n`;
    });
  return [`${facts.file}: ${kilobytes} kB\n`, ...lines("Input", facts.inputs), ...lines("Output", facts.outputs)].join(
    "",
  );
}
