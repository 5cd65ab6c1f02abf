// The options of an algorithm, from its zod schema: flags with their help, and values from defaults, preset, file and
// flags, checked as one.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import type { z } from "zod";
import { nearestNames } from "../text/nearest.ts";
import { InputError } from "../errors.ts";
import { parseJson } from "../runs/json.ts";
import { describeAllowed, describeRange, isDescribed, show, valueSchemas } from "../training/option-values.ts";
import type { ValueSchema } from "../training/option-values.ts";
import { parseValue, placeholder } from "./values.ts";

/** Options that have no flag: the environment is an argument. */
const WITHOUT_FLAG = ["env"];

/** One option of an algorithm. */
export interface OptionField {
  name: string;
  /** Kebab-case, without dashes. */
  flag: string;
  schema: ValueSchema;
}

/** The options of a schema that a flag can set: all but those that JSON cannot hold, such as functions. */
export function optionFields(schema: z.ZodObject): OptionField[] {
  return Object.entries(valueSchemas(schema))
    .filter(([name, field]) => !WITHOUT_FLAG.includes(name) && isDescribed(field))
    .map(([name, field]) => ({ name, flag: field.flag ?? kebab(name), schema: field }));
}

/**
 * Adds a flag for each option to a command.
 *
 * @param presets Of the algorithm, by environment; the help shows their values beside the defaults.
 */
export function addFlags(command: Command, fields: readonly OptionField[], presets: Presets): void {
  for (const { name, flag, schema } of fields) {
    const help = helpText(name, schema, presets);
    if (schema.type === "boolean") {
      // One line of help for the pair; which of them was given shows in the value.
      command.addOption(new Option(`--${flag}`, help));
      command.addOption(new Option(`--no-${flag}`).hideHelp());
    } else command.addOption(new Option(`--${flag} ${placeholder(schema)}`, help));
  }
}

type Presets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function helpText(name: string, schema: ValueSchema, presets: Presets): string {
  const values = [`default ${show(schema.default ?? schema.otherwise)}`];
  for (const [env, preset] of Object.entries(presets)) {
    if (name in preset && show(preset[name]) !== show(schema.default)) values.push(`${env} ${show(preset[name])}`);
  }
  const range = describeRange(schema);
  return `${schema.description ?? ""}${range === "" ? "" : ` (${range})`} [${values.join("; ")}]`.trim();
}

/** Where an option's value came from, for messages. */
type Origin = (name: string) => string;

export interface Merged {
  /** What was given: the file's, and flags over it. Presets and defaults stand below both, and are filled in later. */
  values: Record<string, unknown>;
  originOf: Origin;
}

/**
 * Merges what file and flags say.
 *
 * @param flags What commander parsed: a value for each flag that was given, by the flag's camelCase.
 * @throws InputError for a file that is missing, not JSON, or has a key that is no option.
 */
export function mergeOptions(
  fields: readonly OptionField[],
  file: ConfigFile | null,
  flags: Readonly<Record<string, unknown>>,
): Merged {
  const origins = new Map<string, string>();
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(file?.values ?? {})) {
    values[name] = value;
    origins.set(name, `"${name}" in ${file?.path}`);
  }
  for (const { name, flag, schema } of fields) {
    const given = flags[camel(flag)];
    if (given === undefined) continue;
    values[name] = typeof given === "string" ? parseValue(given, schema) : given;
    origins.set(name, `--${flag}`);
  }
  return { values, originOf: (name) => origins.get(name) ?? name };
}

export interface ConfigFile {
  path: string;
  values: Record<string, unknown>;
}

/**
 * Reads `--config file.json`: an object of options.
 *
 * @param ownersOf The algorithms that have an option of some name, for messages.
 * @throws InputError where it is missing, not JSON, no object, or has a key that is no option.
 */
export function readConfigFile(
  path: string,
  cwd: string,
  fields: readonly OptionField[],
  ownersOf: (name: string) => string[] = () => [],
): ConfigFile {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new InputError(`cannot read the configuration ${path}: ${problem}`, { cause: error });
  }
  const values = parseJson(text.replace(/^\uFEFF/, ""), path);
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new InputError(`${path} must hold a JSON object of options, such as {"learningRate": 0.0003}`);
  }
  const known = [...fields.map(({ name }) => name), ...WITHOUT_FLAG];
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  const problems = unknown.map((key) => {
    const owners = ownersOf(key);
    if (owners.length > 0) return `${path} has "${key}", which is an option of ${owners.join(" and ")} only`;
    const near = nearestNames(camel(key), known);
    return `${path} has an unknown option "${key}"${near.length > 0 ? `; did you mean ${near.join(" or ")}?` : ""}`;
  });
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  return { path, values: values as Record<string, unknown> };
}

/**
 * Checks merged options against the schema.
 *
 * @throws InputError that names each wrong option as the user gave it, with what may be given.
 */
export function checkOptions(schema: z.ZodObject, fields: readonly OptionField[], { values, originOf }: Merged): void {
  const result = schema.safeParse(values);
  if (result.success) return;
  const messages = result.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? "");
    const field = fields.find((candidate) => candidate.name === name);
    if (!field || issue.code === "custom") return name === "" ? issue.message : `${originOf(name)}: ${issue.message}`;
    if (field.schema.type === "object" && typeof values[name] === "string" && originOf(name).startsWith("--"))
      return `${originOf(name)} is not a JSON object: ${values[name]}\nFor example: ${originOf(name)} '${JSON_EXAMPLE}'`;
    return `${originOf(name)} must be ${describeAllowed(field.schema)}, not ${shown(values[name])}`;
  });
  throw new InputError([...new Set(messages)].join("\n"));
}

/** What the environments with a name all take. */
const JSON_EXAMPLE = '{"maxEpisodeSteps": 200, "frameStack": 4}';

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? show(value) : JSON.stringify(value);
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function camel(flag: string): string {
  return flag.replace(/[-_]+(.)/g, (_, letter: string) => letter.toUpperCase());
}
