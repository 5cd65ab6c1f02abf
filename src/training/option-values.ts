// What an option's values may be, in words: for messages and help.

import type { ValueSchema } from "../learning/option-schema.ts";

type Write = (value: unknown) => string;

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
export const alternatives = (schema: ValueSchema): ValueSchema[] => schema.anyOf?.flatMap(alternatives) ?? [schema];

/** " from 0 to 1", " of at least 1", " above 0 and at most 1". */
function range({ minimum: low, maximum: high, exclusiveMinimum, exclusiveMaximum }: ValueSchema): string {
  const bounds: string[] = [];
  if (low !== undefined && high !== undefined) bounds.push(`from ${low} to ${high}`);
  else {
    if (exclusiveMinimum !== undefined) bounds.push(`above ${exclusiveMinimum}`);
    if (low !== undefined) bounds.push(`of at least ${low}`);
    if (high !== undefined) bounds.push(`${bounds.length > 0 ? "and " : "of "}at most ${high}`);
    if (exclusiveMaximum !== undefined) bounds.push(`${bounds.length > 0 ? "and " : ""}below ${exclusiveMaximum}`);
  }
  return bounds.map((bound) => ` ${bound}`).join("");
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
