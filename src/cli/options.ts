// The options of an algorithm as they are typed: flags with their help, from the schema, and what flags and a file give,
// merged. src/training/options.ts checks them.

import { resolve } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import type { Presets } from "../algorithms/index.ts";
import { InputError } from "../errors.ts";
import type { OptionsSchema, ValueSchema } from "../learning/option-schema.ts";
import { readJson } from "../runs/json.ts";
import type { OptionOrigin } from "../training/index.ts";
import { camelCase, kebabCase } from "../text/names.ts";
import { sameOptions } from "../training/other-names.ts";
import { alternatives, describeRange, isDescribed, show } from "../training/option-values.ts";
import { parseValue, placeholder } from "./values.ts";

/** Options that have no flag: the environment is an argument. */
const withoutFlag = ["env"];

/** One option of an algorithm. */
export interface OptionField {
  name: string;
  /** Kebab-case, without dashes. */
  flag: string;
  /** What other libraries call it, where they mean the same by it: flags that are understood, and not in the help. */
  others: readonly string[];
  schema: ValueSchema;
}

/** The options of a schema that a flag can set: all that JSON can hold (functions are not), and that have a choice. */
export function optionFields({ shape }: OptionsSchema): OptionField[] {
  return Object.entries(shape)
    .filter(([name, field]) => !withoutFlag.includes(name) && isDescribed(field) && field.type !== "null")
    .map(([name, field]) => ({
      name,
      flag: field.flag ?? kebabCase(name),
      others: (sameOptions[name] ?? []).map(kebabCase),
      schema: field,
    }));
}

/** The flag that gives an option, by whichever name, and what commander parsed of it. @throws InputError for two */
function typedFlag({ flag, others }: OptionField, flags: Readonly<Record<string, unknown>>) {
  const [first, second] = [flag, ...others].filter((name) => flags[camelCase(name)] !== undefined);
  if (second !== undefined) throw new InputError(`--${first} and --${second} are one option: leave one of them out`);
  return first === undefined ? undefined : { flag: `--${first}`, value: flags[camelCase(first)] };
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
  for (const { name, flag, others, schema } of fields) {
    const help = helpText(name, schema, presets);
    const value = schema.type === "boolean" ? "" : ` ${placeholder(schema)}`;
    command.addOption(new Option(`--${flag}${value}`, help).hideHelp(!isShown(name)));
    for (const other of others) command.addOption(new Option(`--${other}${value}`).hideHelp());
    // One line of help for a pair; which of them was given shows in the value.
    if (schema.type === "boolean")
      for (const each of [flag, ...others]) command.addOption(new Option(`--no-${each}`).hideHelp());
  }
}

/**
 * Adds a flag for each option, which takes several values: by commas or, where an option is a list or an object itself,
 * by repeating the flag.
 */
export function addListFlags(command: Command, fields: readonly OptionField[], presets: Presets): void {
  const collect = (text: string, before: readonly string[] = []) => [...before, text];
  for (const { name, flag, others, schema } of fields) {
    const values = placeholder(schema).slice(1, -1);
    const argument = schema.type === "boolean" ? "[true,false]" : hasCommas(schema) ? `<${values}>` : `<${values},…>`;
    const help = `${helpText(name, schema, presets)}${hasCommas(schema) ? "; repeated for several" : ""}`;
    for (const each of [flag, ...others]) {
      const shown = new Option(`--${each} ${argument}`, help).argParser(collect).preset("true");
      command.addOption(shown.hideHelp(each !== flag));
      if (schema.type === "boolean") command.addOption(new Option(`--no-${each}`).hideHelp());
    }
  }
}

/** The values that such flags give, and how; flags are what commander parsed. */
export function listedOptions(fields: readonly OptionField[], flags: Readonly<Record<string, unknown>>) {
  const given = fields.flatMap((field) => {
    const typed = typedFlag(field, flags);
    const texts = typed?.value as readonly string[] | false | undefined;
    return texts === undefined ? [] : [{ ...field, flag: typed!.flag, texts: texts === false ? ["false"] : texts }];
  });
  const values = given.map(({ name, schema, texts }): [string, unknown[]] => {
    const single = texts.flatMap((text) => (isWhole(text, schema) ? text : text.split(",")));
    return [name, single.map((text) => parseValue(text.trim(), schema))];
  });
  const flagOf = new Map(given.map(({ name, flag }) => [name, flag]));
  const originOf = (name: string): OptionOrigin | undefined =>
    flagOf.has(name) ? { flag: flagOf.get(name)! } : undefined;
  return { values: Object.fromEntries(values), originOf };
}

/** Whether a text is one value, and not several with commas between them. */
const isWhole = (text: string, schema: ValueSchema): boolean =>
  alternatives(schema).some(({ type }) => type === "array" || (type === "object" && text.startsWith("{")));

/** Whether a value of the option may have commas in it. */
const hasCommas = (schema: ValueSchema): boolean =>
  alternatives(schema).some(({ type }) => type === "array" || type === "object");

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
  for (const field of fields) {
    const typed = typedFlag(field, flags);
    if (typed === undefined) continue;
    const { flag, value } = typed;
    values[field.name] = typeof value === "string" ? parseValue(value, field.schema) : value;
    origins.set(field.name, { flag });
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
