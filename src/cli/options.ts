// The options of an algorithm as they are typed: flags with their help, from the schema, and what flags and a file give,
// merged. src/training/options.ts checks them.

import { resolve } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import type * as z from "zod/mini";
import type { Presets } from "../algorithms/index.ts";
import { InputError } from "../errors.ts";
import { readJson } from "../runs/json.ts";
import type { OptionOrigin } from "../training/index.ts";
import { camelCase, kebabCase } from "../text/names.ts";
import { describeRange, isDescribed, show, valueSchemas } from "../training/option-values.ts";
import type { ValueSchema } from "../training/option-values.ts";
import { parseValue, placeholder } from "./values.ts";

/** Options that have no flag: the environment is an argument. */
const withoutFlag = ["env"];

/** One option of an algorithm. */
export interface OptionField {
  name: string;
  /** Kebab-case, without dashes. */
  flag: string;
  schema: ValueSchema;
}

/** The options of a schema that a flag can set: all that JSON can hold (functions are not), and that have a choice. */
export function optionFields(schema: z.ZodMiniObject): OptionField[] {
  return Object.entries(valueSchemas(schema))
    .filter(([name, field]) => !withoutFlag.includes(name) && isDescribed(field) && field.type !== "null")
    .map(([name, field]) => ({ name, flag: field.flag ?? kebabCase(name), schema: field }));
}

/**
 * Adds a flag for each option to a command.
 *
 * @param presets Of the algorithm, by environment; the help shows their values next to the defaults.
 * @param isShown Whether the help shows an option. Default: all.
 */
export function addFlags(
  command: Command,
  fields: readonly OptionField[],
  presets: Presets,
  isShown: (name: string) => boolean = () => true,
): void {
  for (const { name, flag, schema } of fields) {
    const help = helpText(name, schema, presets);
    const value = schema.type === "boolean" ? "" : ` ${placeholder(schema)}`;
    command.addOption(new Option(`--${flag}${value}`, help).hideHelp(!isShown(name)));
    // One line of help for a pair; which of them was given shows in the value.
    if (schema.type === "boolean") command.addOption(new Option(`--no-${flag}`).hideHelp());
  }
}

function helpText(name: string, schema: ValueSchema, presets: Presets): string {
  const values = [`default ${show(schema.default ?? schema.otherwise)}`];
  for (const [env, preset] of Object.entries(presets)) {
    if (name in preset && show(preset[name]) !== show(schema.default)) values.push(`${env} ${show(preset[name])}`);
  }
  const range = describeRange(schema);
  return `${schema.description ?? ""}${range === "" ? "" : ` (${range})`} [${values.join("; ")}]`.trim();
}

/** Options as they were given, and how. */
export interface Merged {
  /** What was given: the file's, and flags over it. Presets and defaults are below both, and are filled in later. */
  values: Record<string, unknown>;
  /** How each was given. */
  originOf: (name: string) => OptionOrigin | undefined;
}

/**
 * Merges what file and flags give.
 *
 * @param flags What commander parsed: a value for each flag that was given, by the flag's camelCase.
 */
export function mergeOptions(
  fields: readonly OptionField[],
  file: ConfigFile | null,
  flags: Readonly<Record<string, unknown>>,
): Merged {
  const origins = new Map<string, OptionOrigin>();
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(file?.values ?? {})) {
    values[name] = value;
    origins.set(name, { file: file!.path });
  }
  for (const { name, flag, schema } of fields) {
    const given = flags[camelCase(flag)];
    if (given === undefined) continue;
    values[name] = typeof given === "string" ? parseValue(given, schema) : given;
    origins.set(name, { flag: `--${flag}` });
  }
  return { values, originOf: (name) => origins.get(name) };
}

/** The contents of a configuration file. */
export interface ConfigFile {
  path: string;
  values: Record<string, unknown>;
}

/**
 * Reads `--config file.json`: an object of options, which are not checked yet.
 *
 * @throws InputError if it is missing, not JSON, or not an object.
 */
export function readConfigFile(path: string, cwd: string): ConfigFile {
  const values = readJson(resolve(cwd, path), path);
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new InputError(`${path} must hold a JSON object of options, such as {"learningRate": 0.0003}`);
  }
  return { path, values: values as Record<string, unknown> };
}
