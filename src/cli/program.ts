// The command line as a whole: commands, help, and what errors become.

import { Command, CommanderError, type Option } from "commander";
import { capitalized } from "../text/names.ts";
import { unknownName } from "../text/nearest.ts";
import { messageOf } from "../text/values.ts";
import { InputError, RunError } from "../errors.ts";
import { vectorSupport, type VectorSupport } from "../tensor/wasm/vectors.ts";
import { version } from "../version.ts";
import { commands } from "./commands.ts";
import type { Interruption, Surroundings, Terminal } from "./context.ts";
import { printableTerminal } from "./output.ts";
import { termLines } from "./term-lines.ts";

/**
 * Carries out a command line.
 *
 * @returns The exit code: 0; 1 for a failure while running; 2 for a mistake in what was typed; 130 after Ctrl-C,
 *   and 128 plus its number after another signal.
 */
export async function runCli({ library, ...surroundings }: Surroundings): Promise<number> {
  const context = printableTerminal(surroundings);
  let exitCode = 0;
  let interruption: Interruption | undefined;
  const listening: Terminal = { ...context, interruption: () => (interruption = context.interruption()) };
  try {
    const program = await buildProgram(listening, library, (code) => (exitCode = code));
    await program.parseAsync(withHyphens(withoutHelpCommand(context.argv)), { from: "user" });
    if (interruption?.failure) throw strayError(interruption.failure.cause);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help or version was asked for
    const isInput = error instanceof InputError || error instanceof CommanderError;
    context.stderr.write(`polgrad: ${inLines(message(error, context.argv))}\n`);
    if (context.argv.includes("--debug")) context.stderr.write(`${stack(error)}\n`);
    else if (!isInput && !isExpected(error))
      context.stderr.write("This looks like a bug; --debug shows where it arose.\n");
    else if (!isInput && hasForeignCause(error)) context.stderr.write("--debug shows where in the code it arose.\n");
    return isInput ? 2 : 1;
  }
}

/** An error that reached nobody: of a timer, a promise, an event. What polgrad starts is waited for. */
export const strayError = (cause: unknown): RunError =>
  new RunError(
    `an error outside of all calls, as in a timer or a promise that an environment started: ${messageOf(cause)}`,
    { cause },
  );

function versions({ bits, reason }: VectorSupport): string {
  const off = bits === 256 ? "; POLGRAD_VECTORS=128 turns them off" : "";
  return `${version}\nvectors of ${bits} bits in Node ${process.versions.node}: ${reason}${off}`;
}

/** The program with its commands; only those in the command line have more than a name and a summary. */
async function buildProgram(
  context: Terminal,
  library: Surroundings["library"],
  done: (exitCode: number) => void,
): Promise<Command> {
  const program = new Command("polgrad")
    .description("Train agents by policy gradients, from REINFORCE to PPO and RLHF.")
    .version(
      versions(vectorSupport(process.env)),
      "--version",
      "the version of polgrad, and how wide its vectors are here",
    )
    .helpOption("-h, --help", "this help")
    .helpCommand(false)
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: () => {}, // errors are written once, above
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 100, 120),
    })
    .configureHelp({
      optionTerm: (option) => (pairs.has(option) ? option.flags.replace("--", "--[no-]") : option.flags),
      subcommandTerm: (command) => `${command.name()} ${command.usage()}`,
      formatItem: (term, termWidth, description, { helpWidth }) =>
        termLines(term, description, termWidth, helpWidth ?? 100),
    });
  const pairs = new Set<Option>(); // those that their command also has with "--no-"
  for (const [name, { usage, summary, load }] of Object.entries(commands)) {
    const command = program.command(name).usage(usage).summary(summary);
    if (!context.argv.includes(name)) continue;
    const define = await load();
    define(command, { ...context, library: typeof library === "function" ? await library() : library }, done);
  }
  for (const command of allCommands(program)) {
    for (const { long } of command.options.filter(({ negate }) => negate))
      for (const option of command.options) if (option.long === long?.replace("--no-", "--")) pairs.add(option);
  }
  program
    .usage("<command> [options]")
    .argument("[command]")
    .argument("[rest...]")
    .allowUnknownOption()
    .action((name?: string) => {
      if (name === undefined) return program.help();
      if (name.startsWith("-")) throw new InputError(`unknown option "${name}"; polgrad --help shows what there is`);
      throw new InputError(unknownName("command", name, Object.keys(commands)));
    });
  return program;
}

/** `help train ppo` as `train ppo --help`; for an unknown command the parser reports it. */
function withoutHelpCommand(argv: readonly string[]): string[] {
  const [first, ...rest] = argv;
  if (first !== "help") return [...argv];
  const isKnown = rest.length === 0 || rest[0].startsWith("-") || Object.hasOwn(commands, rest[0]);
  return isKnown ? [...rest, "--help"] : rest;
}

/** Flags with underscores, as other libraries have them, as ours: `--total_timesteps=9` as `--total-timesteps=9`. */
const withHyphens = (argv: readonly string[]): string[] =>
  argv.map((word) => word.replace(/^--[a-z][\w-]*/i, (flag) => flag.replaceAll("_", "-")));

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** A run's folder, in examples. */
const someRun = "runs/CartPole-v1-ppo-1-20260101-120000";

/** One message, without commander's prefix and line breaks. */
function message(error: unknown, argv: readonly string[]): string {
  const missing = error instanceof CommanderError && /missing required argument '(\w+)'/.exec(error.message)?.[1];
  if (missing) {
    const run = missing === "run" ? someRun : (argv.slice(1).find((word) => !word.startsWith("-")) ?? someRun);
    const file = argv[0] === "export" ? " policy.onnx" : "";
    if (missing === "runs") return "which runs? For example: polgrad compare runs/*";
    if (missing === "texts") return "which texts? For example: polgrad sft texts.txt --model mini";
    if (missing === "pairs") return "which pairs? For example: polgrad reward-model pairs.jsonl --model runs/<run>";
    if (missing === "env") return `which env? For example: polgrad ${argv[0]} TwoStep-v0`;
    if (missing === "model") return `which model? For example: polgrad ${argv[0]} reviews`;
    return `which ${missing}? For example: polgrad ${argv[0]} ${run}${file}`;
  }
  if (error instanceof CommanderError)
    return error.message
      .replace(/^error: /, "")
      .replaceAll("\n", " ")
      .trim();
  return messageOf(error);
}

/** Lines longer than this are broken between sentences. */
const longLine = 120;

/** A long message in lines: what happened alone in the first, then as many whole sentences as fit into each. */
function inLines(text: string): string {
  return text.split("\n").flatMap(brokenLine).join("\n");
}

function brokenLine(line: string): string[] {
  if (line.length <= longLine || line.startsWith("- ")) return [line];
  const [first = "", ...rest] = line.split(/(?<=\.) (?=[A-Z])/);
  const semicolon = first.indexOf("; ");
  const [event, detail] = semicolon < 0 ? [first, []] : inTwo(first.slice(0, semicolon), first.slice(semicolon + 2));
  const lines: string[] = [];
  for (const sentence of [...detail, ...rest]) {
    const joined = `${lines.at(-1)} ${sentence}`;
    if (lines.length > 0 && joined.length <= longLine) lines[lines.length - 1] = joined;
    else lines.push(sentence);
  }
  return [event, ...lines];
}

/** The two sides of a semicolon as two sentences; before a name in code the semicolon stays, and the name as it is. */
function inTwo(event: string, detail: string): [string, string[]] {
  if (!/^(an?|the|its?|there|this|those|what|which|nothing|did|all|give|make|use)\b/.test(detail))
    return [`${event};`, [detail]];
  return [`${event}.`, [capitalized(detail)]];
}

function isExpected(error: unknown): boolean {
  return error instanceof Error && error.name === "RunError";
}

/** Whether some code threw what polgrad did not raise on purpose, as an environment of the user's own. */
function hasForeignCause(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (!(error instanceof InputError) && !isExpected(error)) || hasForeignCause(error.cause);
}

function stack(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack ?? error.message}${error.cause === undefined ? "" : `\ncaused by: ${stack(error.cause)}`}`;
}
