// Option values between text and JSON, as told by the JSON Schema of an option: parsing and naming.

import type { ValueSchema } from "../learning/option-schema.ts";
import { alternatives, show } from "../training/option-values.ts";

/** The value that a flag's text means; the text itself where it fits no type, for validation to refuse. */
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

/** The placeholder of the value in help: `<integer>`, `<none|constant|learned>`, `<integer,…>`. */
export function placeholder(schema: ValueSchema): string {
  const names = [...new Set(alternatives(schema).map(shortName))].join("|");
  return names.length > widestPlaceholder ? "<name>" : `<${names}>`;
}

/** Longer lists of names would move the text of every option to the right; their option's text has them. */
const widestPlaceholder = 40;

function shortName({ type, enum: choices, const: only, items }: ValueSchema): string {
  if (only !== undefined) return show(only);
  if (choices) return choices.map(show).join("|");
  if (type === "null") return "none";
  if (type === "array") return items ? `${shortName(items)},…` : "list";
  return type === "object" ? "json" : (type ?? "value");
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
