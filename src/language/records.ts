// Files of texts, of preferences and of prompts, as records that are checked. What is not in the format is an error that
// names the line. What is in it and yet of no use, as two equal answers, is left out and told: large collections have
// some (of hh-rlhf's 2,312 harmless test pairs nine), and one line must not cost the others.

import { InputError } from "../errors.ts";
import { parseStrictJson } from "../strict-json.ts";
import { whole } from "../text/numbers.ts";
import { inOneLine } from "../text/printable.ts";
import { describedValue, messageOf } from "../text/values.ts";

/** A text to learn, after a prompt that is given; the prompt is "" where the whole text is to be learnt. */
export interface TextRecord {
  readonly prompt: string;
  readonly completion: string;
}

/** Two answers to a prompt, of which one was preferred. */
export interface PreferencePair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** A record that cannot be used. */
export interface LeftOut {
  /** Its line, from 1. */
  readonly line: number;
  /** As "the chosen answer is empty". */
  readonly reason: string;
}

/** What a file holds, at least one record. */
export interface Records<T> {
  readonly records: readonly T[];
  /** The line, from 1, in which each begins. */
  readonly lines: readonly number[];
  /** What was left out, in the order of lines. */
  readonly leftOut: readonly LeftOut[];
}

/** What collections of plain texts have between two of them. */
const endMark = "<|endoftext|>";
/** Where an answer begins in hh-rlhf's dialogues. */
const answerMark = "\n\nAssistant:";

/**
 * Texts to learn. A file whose name ends in .jsonl, .ndjson or .json has one JSON object a line, `{"text"}` or
 * `{"prompt", "completion"}`, whose other members are ignored; a prompt may be empty. Any other is plain text, in which
 * `<|endoftext|>` ends one text and begins the next: without it, one long text, to be cut where it is used. In plain text
 * line ends become "\n", and white space around a text is dropped.
 *
 * @param text the file's contents
 * @param name the file's name or path, for its ending and for messages
 * @param options `byLine`: in plain text each line is a text. Default false
 * @throws InputError if a line is not in the format, naming it, or if no text is left
 */
export function readTexts(text: string, name: string, { byLine = false } = {}): Records<TextRecord> {
  if (!isJsonLines(name)) {
    const parts = byLine ? linesOf(text) : withoutMark(text).replaceAll("\r\n", "\n").split(endMark);
    return plainRecords(parts, byLine ? 1 : 0, name, (part) => ({ prompt: "", completion: part.trim() }));
  }
  return readLines<TextRecord>(
    text,
    name,
    'a line has "text", or "prompt" and "completion"',
    ({ has, textOf, fail }) => {
      if (!has("text")) {
        const record = { prompt: textOf("prompt"), completion: textOf("completion") };
        return isBlank(record.completion) ? { reason: "the completion is empty" } : { record };
      }
      if (has("prompt") || has("completion")) return fail('it has "text" and "prompt" or "completion" at once');
      const completion = textOf("text");
      return isBlank(completion) ? { reason: "the text is empty" } : { record: { prompt: "", completion } };
    },
  );
}

/**
 * Pairs of answers, one JSON object a line: `{"prompt", "chosen", "rejected"}`, or hh-rlhf's `{"chosen", "rejected"}`, two
 * dialogues that are the same up to their last "\n\nAssistant:". Those are parted after that mark, so that prompt and
 * answer, joined, are the dialogue. Other members are ignored; a prompt may be empty.
 *
 * Left out are pairs whose answers are equal, of which one is empty, and dialogues without an answer or with different
 * prompts.
 *
 * @param text the file's contents
 * @param name the file's name or path, for messages
 * @throws InputError if a line is not in the format, naming it, or if no pair is left
 */
export function readPairs(text: string, name: string): Records<PreferencePair> {
  const format = 'a line has "prompt", "chosen" and "rejected", or two dialogues as "chosen" and "rejected"';
  return readLines<PreferencePair>(text, name, format, ({ has, textOf }) => {
    const [chosen, rejected] = [textOf("chosen"), textOf("rejected")];
    const pair = has("prompt") ? { prompt: textOf("prompt"), chosen, rejected } : pairOfDialogues(chosen, rejected);
    if (typeof pair === "string") return { reason: pair };
    if (isBlank(pair.chosen)) return { reason: "the chosen answer is empty" };
    if (isBlank(pair.rejected)) return { reason: "the rejected answer is empty" };
    return pair.chosen === pair.rejected ? { reason: "both answers are equal" } : { record: pair };
  });
}

/** The pair, or why there is none. */
function pairOfDialogues(chosen: string, rejected: string): PreferencePair | string {
  const [last, otherLast] = [chosen.lastIndexOf(answerMark), rejected.lastIndexOf(answerMark)];
  if (last < 0 || otherLast < 0)
    return `there is neither a "prompt" nor, in both dialogues, a ${JSON.stringify(answerMark)}`;
  const end = last + answerMark.length;
  const prompt = chosen.slice(0, end);
  if (last !== otherLast || !rejected.startsWith(prompt)) return "chosen and rejected answer different prompts";
  return { prompt, chosen: chosen.slice(end), rejected: rejected.slice(end) };
}

/**
 * Prompts to be answered. A file whose name ends in .jsonl, .ndjson or .json has one JSON object a line, `{"prompt"}` or
 * `{"text"}`, whose other members are ignored; any other has one prompt a line. Empty ones are left out.
 *
 * @param text the file's contents
 * @param name the file's name or path, for its ending and for messages
 * @throws InputError if a line is not in the format, naming it, or if no prompt is left
 */
export function readPrompts(text: string, name: string): Records<string> {
  if (!isJsonLines(name)) return plainRecords(linesOf(text), 1, name, (line) => line);
  return readLines<string>(text, name, 'a line has "prompt" or "text"', ({ has, textOf }) => {
    const record = textOf(has("text") && !has("prompt") ? "text" : "prompt");
    return isBlank(record) ? { reason: "the prompt is empty" } : { record };
  });
}

/**
 * What was left out, in a line: `4 records are left out: the chosen answer is empty (3, first in line 87); both answers
 * are equal (1, in line 90)`. "" if nothing was.
 */
export function leftOutText(leftOut: readonly LeftOut[]): string {
  if (leftOut.length === 0) return "";
  const reasons = new Map<string, { first: number; count: number }>();
  for (const { line, reason } of leftOut) {
    const { first, count } = reasons.get(reason) ?? { first: line, count: 0 };
    reasons.set(reason, { first, count: count + 1 });
  }
  const parts = Array.from(
    reasons,
    ([reason, { first, count }]) => `${reason} (${whole(count)}, ${count > 1 ? "first " : ""}in line ${first})`,
  );
  return `${leftOut.length === 1 ? "1 record is" : `${whole(leftOut.length)} records are`} left out: ${parts.join("; ")}`;
}

/** A line of JSON, to be made a record. */
interface Line {
  /** Whether the object has such a member. */
  has(key: string): boolean;
  /** The text of a member. @throws InputError if it is missing or another kind of value */
  textOf(key: string): string;
  /** @throws InputError with the file, the line and the format */
  fail(problem: string): never;
}

/** @param format what a line has, for messages */
function readLines<T>(
  text: string,
  name: string,
  format: string,
  read: (line: Line) => { record: T } | { reason: string },
): Records<T> {
  const records: T[] = [];
  const lines: number[] = [];
  const leftOut: LeftOut[] = [];
  for (const [index, json] of linesOf(text).entries()) {
    if (isBlank(json)) continue;
    const line = index + 1;
    const fail = (problem: string): never => {
      throw new InputError(`${name}, line ${line}: ${inOneLine(problem)}; ${format}`);
    };
    const object = objectOf(json, fail);
    const has = (key: string): boolean => Object.hasOwn(object, key);
    const textOf = (key: string): string => {
      if (!has(key)) return fail(`"${key}" is missing`);
      const value = object[key];
      return typeof value === "string" ? value : fail(`"${key}" is ${describedValue(value)}, but must be a string`);
    };
    const result = read({ has, textOf, fail });
    if ("record" in result) {
      records.push(result.record);
      lines.push(line);
    } else leftOut.push({ line, reason: result.reason });
  }
  if (records.length > 0) return { records, lines, leftOut };
  throw new InputError(
    leftOut.length === 0
      ? `${name} is empty: ${format}`
      : `${name} holds nothing that can be used: ${leftOutText(leftOut)}; ${format}`,
  );
}

function objectOf(json: string, fail: (problem: string) => never): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseStrictJson(json);
  } catch (error) {
    return fail(`it is not a whole JSON object (${messageOf(error)})`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return fail(`it is ${describedValue(value)}, not a JSON object`);
}

/** @param ends lines that end with each part, besides those within it */
function plainRecords<T>(
  parts: readonly string[],
  ends: number,
  name: string,
  record: (part: string) => T,
): Records<T> {
  const records: T[] = [];
  const lines: number[] = [];
  let line = 1;
  for (const part of parts) {
    if (!isBlank(part)) {
      records.push(record(part));
      lines.push(line + newlines(part.slice(0, part.length - part.trimStart().length)));
    }
    line += newlines(part) + ends;
  }
  if (records.length > 0) return { records, lines, leftOut: [] };
  throw new InputError(`${name} is empty: there is no text in it`);
}

const isJsonLines = (name: string): boolean => /\.(jsonl|ndjson|json)$/i.test(name);
const isBlank = (text: string): boolean => text.trim() === "";

const newlines = (text: string): number => text.split("\n").length - 1;

/** Without a byte order mark. */
const withoutMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text);

const linesOf = (text: string): string[] => withoutMark(text).split(/\r?\n/);
