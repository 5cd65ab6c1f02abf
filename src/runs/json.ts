// Reading JSON that people edit: a message about broken JSON says where it breaks.

import type * as z from "zod/mini";
import { InputError } from "../errors.ts";
import { inOneLine } from "../text/printable.ts";
import { readBytes } from "./files.ts";

/**
 * Reads a file of JSON, with or without a byte order mark.
 *
 * @param called what messages call the file; default: its path
 * @throws InputError if it cannot be read or is not JSON, with line and column
 */
export const readJson = (path: string, called = path): unknown =>
  parseJson(
    Buffer.from(readBytes(path, called))
      .toString("utf8")
      .replace(/^\uFEFF/, ""),
    called,
  );

/**
 * Parses JSON text.
 *
 * @param path What the text is called in messages, usually its file.
 * @throws InputError if it is not JSON, with line and column.
 */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path} is not JSON: ${explain(text, (error as Error).message)}`, { cause: error });
  }
}

/**
 * What was read from a file that polgrad wrote, if it still has the shape that polgrad gave it. Only a schema's types are
 * looked at, and the value itself is returned.
 *
 * @param path What the value is called in messages, usually its file.
 * @throws InputError that names the first part that is missing or of another type
 */
export function assertShape<T>(value: unknown, shape: z.ZodMiniType, path: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return value as T;
  const [{ path: keys, ...issue }] = parsed.error.issues;
  const expected = "expected" in issue ? String(issue.expected) : "value of its kind";
  const type = ({ record: "object", int: "whole number" } as Record<string, string>)[expected] ?? expected;
  const kind = `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
  if (keys.length === 0) throw new InputError(`${path} is damaged: it does not hold ${kind}`);
  throw new InputError(`${path} is damaged: "${inOneLine(keys.map(String).join("."))}" is missing or not ${kind}`);
}

function explain(text: string, message: string): string {
  if (text.trim() === "") return "it is empty";
  if (message.startsWith("Unexpected end")) return "it ends too early";
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? tokenPosition(text));
  if (position >= text.length) return "it ends too early";
  const lines = text.slice(0, position).split("\n");
  const problem = message.replace(/( in JSON)? at position \d+.*$|, (\.\.\.)?".*is not valid JSON$/s, "");
  return `${problem} at line ${lines.length}, column ${(lines.at(-1) as string).length + 1}`;
}

/** V8 names an unexpected token without its position, which is the end of the shortest text that has the same fault. */
function tokenPosition(text: string): number {
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return bad - 1;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith("Unexpected token");
  }
}
