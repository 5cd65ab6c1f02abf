// What an option's values may be, as the part of JSON Schema that options need, and in words: for messages and help.

import * as z from "zod/mini";

/** The part of JSON Schema that options use. */
export interface ValueSchema {
  type?: string;
  default?: unknown;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  items?: ValueSchema;
  anyOf?: ValueSchema[];
  /** What the values of an object are, where they are of one kind. */
  additionalProperties?: ValueSchema;
  /** What may be given, where types do not tell. */
  words?: string;
  /** The flag's name where it differs from the option's. */
  flag?: string;
  /** The value that "none" means where the option is left out. */
  otherwise?: unknown;
}

type Write = (value: unknown) => string;

/** The JSON Schemas of a schema's options, by name; of those that JSON cannot hold, such as functions, an empty one. */
export const valueSchemas = (schema: z.ZodMiniObject): Record<string, ValueSchema> =>
  Object.fromEntries(Object.entries(schema.shape).map(([name, option]) => [name, valueSchema(option)]));

/** What zod's own toJSONSchema gives, for the types that options have: that is a tenth of what a page would load. */
function valueSchema(schema: z.core.$ZodType): ValueSchema {
  return { ...ofType((schema as z.core.$ZodTypes)._zod.def), ...z.globalRegistry.get(schema) };
}

function ofType(def: z.core.$ZodTypes["_zod"]["def"]): ValueSchema {
  switch (def.type) {
    case "default":
      return { ...valueSchema(def.innerType), default: def.defaultValue };
    case "optional":
    case "readonly":
      return valueSchema(def.innerType);
    case "nullable":
      return { anyOf: [valueSchema(def.innerType), { type: "null" }] };
    case "union":
      return { anyOf: def.options.map(valueSchema) };
    case "number":
      return { type: isWhole(def) ? "integer" : "number", ...bounds(def.checks) };
    case "array": {
      const { minimum, maximum } = bounds(def.checks);
      return {
        type: "array",
        items: valueSchema(def.element),
        ...(minimum !== undefined && { minItems: minimum }),
        ...(maximum !== undefined && { maxItems: maximum }),
      };
    }
    case "enum":
      return { type: "string", enum: Object.values(def.entries) };
    case "literal":
      return def.values.length === 1 ? { const: def.values[0] } : { enum: [...def.values] };
    case "record": {
      const values = valueSchema(def.valueType);
      return { type: "object", ...(isDescribed(values) && { additionalProperties: values }) };
    }
    case "object":
      return { type: "object" };
    case "string":
    case "boolean":
    case "null":
      return { type: def.type };
    default:
      return {};
  }
}

/** Of a format such as safeint: `z.int()` has it itself, `z.number().check(z.int())` among its checks. */
const isWhole = (def: z.core.$ZodNumberDef): boolean =>
  [def, ...(def.checks ?? []).map((check) => check._zod.def)].some(
    (one) => "format" in one && String(one.format).includes("int"),
  );

/** The bounds of numbers, and of lengths; the narrowest where there are several. */
function bounds(checks: readonly z.core.$ZodCheck<never>[] = []): ValueSchema {
  const found: ValueSchema = {};
  for (const check of checks) {
    const def = (check as unknown as z.core.$ZodChecks)._zod.def;
    switch (def.check) {
      case "greater_than": {
        const key = def.inclusive ? "minimum" : "exclusiveMinimum";
        found[key] = Math.max(found[key] ?? -Infinity, Number(def.value));
        break;
      }
      case "less_than": {
        const key = def.inclusive ? "maximum" : "exclusiveMaximum";
        found[key] = Math.min(found[key] ?? Infinity, Number(def.value));
        break;
      }
      case "multiple_of":
        found.multipleOf = Number(def.value);
        break;
      case "min_length":
        found.minimum = def.minimum;
        break;
      case "max_length":
        found.maximum = def.maximum;
        break;
      case "length_equals":
        found.minimum = found.maximum = def.length;
        break;
      default: // says nothing of numbers or lists
    }
  }
  return found;
}

/** Whether JSON can hold an option's values, so that words can tell what they may be. */
export const isDescribed = ({ type, anyOf, enum: choices, const: only }: ValueSchema): boolean =>
  (type ?? anyOf ?? choices ?? only) !== undefined;

/**
 * What may be given, in words: "a number from 0 to 1", "one of none, constant, learned".
 *
 * @param write writes values as the reader would: typed, or in a program
 */
export function describeAllowed(schema: ValueSchema, write: Write = show): string {
  return alternatives(schema)
    .map((alternative) => {
      const { type, enum: choices, const: only, words } = alternative;
      if (words !== undefined) return words;
      if (only !== undefined) return write(only);
      if (choices) return choices.length === 1 ? write(choices[0]) : `one of ${choices.map(write).join(", ")}`;
      if (type === "null") return write(null);
      if (type === "boolean") return "true or false";
      if (type === "integer") return `a whole number${range(alternative)}`;
      if (type === "number") return `a number${range(alternative)}`;
      if (type === "array") return list(alternative, write);
      if (type === "object") return "an object";
      return type === "string" ? "text" : "a value of another kind";
    })
    .join(", or ");
}

/** The bounds of a number alone, for help: "0 to 1", "at least 1"; empty if any will do. */
export function describeRange(schema: ValueSchema): string {
  const numbers = alternatives(schema).flatMap((alternative) =>
    alternative.type === "array" ? [] : [range(alternative)],
  );
  return numbers
    .join("")
    .trim()
    .replace(/^from /, "")
    .replace(/^of /, "");
}

/** A value as a user would type it as a flag. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return value.map(show).join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The schemas of a union, or the one. */
export function alternatives(schema: ValueSchema): ValueSchema[] {
  if (schema.anyOf) return schema.anyOf.flatMap(alternatives);
  // A nullable type without bounds is written as a list of types.
  const type = schema.type as string | string[] | undefined;
  return typeof type === "object" ? type.map((one) => ({ ...schema, type: one })) : [schema];
}

/** " from 0 to 1", " of at least 1", " above 0 and at most 1"; zod's own bounds of safe integers say nothing. */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: ValueSchema): string {
  const low = isBound(minimum) ? minimum : undefined;
  const high = isBound(maximum) ? maximum : undefined;
  const bounds: string[] = [];
  if (low !== undefined && high !== undefined) bounds.push(`from ${low} to ${high}`);
  else {
    if (exclusiveMinimum !== undefined) bounds.push(`above ${exclusiveMinimum}`);
    if (low !== undefined) bounds.push(`of at least ${low}`);
    if (high !== undefined) bounds.push(`${bounds.length > 0 ? "and " : "of "}at most ${high}`);
    if (exclusiveMaximum !== undefined) bounds.push(`${bounds.length > 0 ? "and " : ""}below ${exclusiveMaximum}`);
  }
  if (multipleOf !== undefined && multipleOf !== 1) bounds.push(`that is a multiple of ${multipleOf}`);
  return bounds.map((bound) => ` ${bound}`).join("");
}

function isBound(bound: number | undefined): boolean {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}

function list({ items, minItems, maxItems }: ValueSchema, write: Write): string {
  const each = items
    ? describeAllowed(items, write)
        .replace(/^an? /, "")
        .replace(/^whole number/, "whole numbers")
    : "values";
  const count = minItems && minItems === maxItems ? ` ${minItems}` : minItems ? ` at least ${minItems}` : "";
  const example = items?.type === "integer" || items?.type === "number" ? `, such as ${write([64, 64])}` : "";
  return `a list of${count} ${each.replace(/^number/, "numbers")}${example}`;
}
