// What an option's values may be, as data: the part of JSON Schema that options need. Help, messages, types for editors and
// the checks of a training all read it.

import { isList } from "../text/values.ts";

/** What values may be. */
export interface ValueSchema {
  readonly type?: "integer" | "number" | "boolean" | "string" | "null" | "array" | "object";
  readonly default?: unknown;
  readonly description?: string;
  /** Words, of which a value is one. */
  readonly enum?: readonly string[];
  /** The only value. */
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: ValueSchema;
  readonly anyOf?: readonly ValueSchema[];
  /** What the values of an object are, where they are of one kind. */
  readonly additionalProperties?: ValueSchema;
  /** What else is wrong with a value, in words; undefined if nothing is. */
  readonly problem?: (value: unknown) => string | undefined;
  /** What may be given, where types do not tell. */
  readonly words?: string;
  /** The flag's name where it differs from the option's. */
  readonly flag?: string;
  /** The value that "none" means where the option is left out. */
  readonly otherwise?: unknown;
}

/** An option: what its values may be, of type `T`, and the one where it is left out. */
export interface Option<T = unknown> extends ValueSchema {
  readonly default?: T;
}

/** The options of something, by name. */
export interface OptionsSchema<Shape = Readonly<Record<string, Option>>> {
  readonly shape: Shape;
}

/** The values of all options of a schema. */
export type OptionsOf<Schema extends OptionsSchema> = {
  -readonly [Name in keyof Schema["shape"]]: Schema["shape"][Name] extends Option<infer T> ? T : never;
};

/** What is wrong with the value of an option: of the wrong kind if nothing is said. */
export interface OptionProblem {
  readonly name: string;
  readonly said?: string;
}

/** The values of all options where none is given. */
export const defaultsOf = <Schema extends OptionsSchema>(schema: Schema): OptionsOf<Schema> =>
  completeOptions(schema, {}).options as OptionsOf<Schema>;

/** Options with their defaults, those that are given and wrong left out, and what is wrong with these. */
export function completeOptions(
  { shape }: OptionsSchema,
  given: Readonly<Record<string, unknown>>,
): { options: Record<string, unknown>; problems: OptionProblem[] } {
  const options: Record<string, unknown> = {};
  const problems: OptionProblem[] = [];
  for (const [name, option] of Object.entries(shape)) {
    const value = given[name];
    if (value === undefined && option.default === undefined) continue;
    const copy = copied(value === undefined ? option.default : value, option);
    const problem = value === undefined ? undefined : problemOf(copy, option);
    if (problem === undefined) options[name] = copy;
    else problems.push(problem === "" ? { name } : { name, said: problem });
  }
  return { options, problems };
}

/** A list or an object that an option takes, as a new one, which nobody else changes later. */
function copied(value: unknown, option: ValueSchema): unknown {
  const takes = (type: ValueSchema["type"]) => [option, ...(option.anyOf ?? [])].some((one) => one.type === type);
  if (takes("array") && isList(value)) return [...(value as unknown[])];
  return takes("object") && isPlainObject(value) ? { ...value } : value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.hasOwn(prototype, "isPrototypeOf"); // another realm's Object.prototype as well
}

/** What is wrong with a value, in words, or "" where it is of another kind; undefined if nothing is. */
function problemOf(value: unknown, schema: ValueSchema): string | undefined {
  if (schema.anyOf) {
    const problems = schema.anyOf.map((one) => problemOf(value, one));
    return problems.includes(undefined) ? undefined : problems.join("");
  }
  return fits(value, schema) ? schema.problem?.(value) : "";
}

function fits(value: unknown, schema: ValueSchema): boolean {
  if ("const" in schema) return value === schema.const;
  if (schema.enum) return schema.enum.includes(value as string);
  switch (schema.type) {
    case "integer":
      return Number.isSafeInteger(value) && isWithin(value as number, schema);
    case "number":
      return Number.isFinite(value) && isWithin(value as number, schema);
    case "array": {
      if (!isList(value)) return false;
      const { minItems = 0, maxItems = Infinity, items = {} } = schema;
      const list = value as unknown[];
      return list.length >= minItems && list.length <= maxItems && list.every((item) => fits(item, items));
    }
    case "object":
      return isPlainObject(value) && Object.values(value).every((one) => fits(one, schema.additionalProperties ?? {}));
    case "null":
      return value === null;
    case "boolean":
    case "string":
      return typeof value === schema.type;
    case undefined:
      return true;
  }
}

const isWithin = (
  value: number,
  { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity }: ValueSchema,
): boolean => value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum;
