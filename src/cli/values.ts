// Option values between text and JSON, as told by the JSON Schema of an option: parsing, naming, describing.

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
  /** The flag's name where it differs from the option's. */
  flag?: string;
  /** What "none" comes to where the option is left out. */
  otherwise?: unknown;
}

/** The value that a flag's text stands for; the text itself where it fits no type, for validation to refuse. */
export function parseValue(text: string, schema: ValueSchema): unknown {
  for (const { type, items, enum: choices } of alternatives(schema)) {
    if (type === "null" && /^(none|null)$/i.test(text)) return null;
    if ((type === "number" || type === "integer") && isNumeric(text)) return Number(text.replaceAll("_", ""));
    if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
    if (type === "array" && items)
      return text === "" ? [] : text.split(",").map((part) => parseValue(part.trim(), items));
    if (type === "string" && (!choices || choices.includes(text))) return text;
    if (type === "object" && text.startsWith("{")) return tryJson(text);
  }
  return text;
}

/** What stands for the value in help: `<integer>`, `<none|constant|learned>`, `<integer,…>`. */
export function placeholder(schema: ValueSchema): string {
  return `<${[...new Set(alternatives(schema).map(shortName))].join("|")}>`;
}

/** What may be given, in words: "a number from 0 to 1", "one of none, constant, learned". */
export function describeAllowed(schema: ValueSchema): string {
  return alternatives(schema)
    .map((alternative) => {
      const { type, enum: choices, const: only } = alternative;
      if (only !== undefined) return show(only);
      if (choices) return choices.length === 1 ? show(choices[0]) : `one of ${choices.map(show).join(", ")}`;
      if (type === "null") return "none";
      if (type === "boolean") return "true or false";
      if (type === "integer") return `a whole number${range(alternative)}`;
      if (type === "number") return `a number${range(alternative)}`;
      if (type === "array") return list(alternative);
      if (type === "object") return "an object";
      return type === "string" ? "text" : "a value of another kind";
    })
    .join(", or ");
}

/** The bounds of a number alone, for help: "0 to 1", "at least 1"; empty where any will do. */
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

/** A value as a user would type it. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return value.map(show).join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function alternatives(schema: ValueSchema): ValueSchema[] {
  if (schema.anyOf) return schema.anyOf.flatMap(alternatives);
  // A nullable type without bounds is written as a list of types.
  const type = schema.type as string | string[] | undefined;
  return typeof type === "object" ? type.map((one) => ({ ...schema, type: one })) : [schema];
}

function shortName({ type, enum: choices, const: only, items }: ValueSchema): string {
  if (only !== undefined) return show(only);
  if (choices) return choices.map(show).join("|");
  if (type === "null") return "none";
  if (type === "array") return items ? `${shortName(items)},…` : "list";
  return type === "object" ? "json" : (type ?? "value");
}

/** " from 0 to 1", " of at least 1", " above 0 and at most 1"; zod's own bounds of safe integers say nothing. */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: ValueSchema): string {
  const low = tells(minimum) ? minimum : undefined;
  const high = tells(maximum) ? maximum : undefined;
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

function tells(bound: number | undefined): boolean {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}

function list({ items, minItems, maxItems }: ValueSchema): string {
  const each = items
    ? describeAllowed(items)
        .replace(/^an? /, "")
        .replace(/^whole number/, "whole numbers")
    : "values";
  const count = minItems && minItems === maxItems ? ` ${minItems}` : minItems ? ` at least ${minItems}` : "";
  const example = items?.type === "integer" || items?.type === "number" ? ", such as 64,64" : "";
  return `a list of${count} ${each.replace(/^number/, "numbers")}${example}`;
}

function isNumeric(text: string): boolean {
  return /^[+-]?(\d[\d_]*(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
