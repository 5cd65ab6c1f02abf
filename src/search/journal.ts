// journal.jsonl: what a search is, every decision and every result, a line each, on the disk before anything depends on
// it. It is what a search that was stopped or killed goes on from, and what replays its decisions.

import { existsSync } from "node:fs";
import * as z from "zod/mini";
import { InputError } from "../errors.ts";
import { isNewerFormat, newerFormat } from "../file-format.ts";
import { cutFile, openLog, readBytes, wholeLines, type Log } from "../runs/files.ts";
import { assertShape, parseJson } from "../runs/json.ts";
import { version } from "../version.ts";
import type { Piece, Plan } from "./plan.ts";
import { createSearch, type PieceResult, type Search, type Start } from "./search.ts";

/** The format of the file. */
export const journalFormat = "polgrad-search-1";

/** A decision, or what came of one. */
export type Event =
  | { readonly start: Start }
  | { readonly result: Piece & PieceResult }
  /** A process that died, and will be followed by another. */
  | { readonly lost: Piece & { readonly problem: string } }
  /** False: no more trials are proposed, because there were enough or the time was up. */
  | { readonly open: boolean; readonly because?: "enough" | "time" };

/** A line, with the seconds of the search at which it was written, over all sittings. */
export type Line = Event & { readonly at: number };

const whole = z.int().check(z.nonnegative());
const record = z.record(z.string(), z.unknown());
const headShape = z.looseObject({
  format: z.literal(journalFormat),
  plan: z.looseObject({
    algorithm: z.string(),
    fixed: record,
    usual: record,
    ranges: record,
    seeds: z.array(whole).check(z.minLength(1)),
    rungs: z.array(z.looseObject({ share: z.number(), seeds: whole })).check(z.minLength(1)),
    episodes: whole,
    proposals: z.enum(["parzen", "random"]),
    synchronous: z.boolean(),
    seed: whole,
  }),
});
const piece = { trial: whole, rung: whole, seed: whole };
const lineShape = z.looseObject({
  at: z.number(),
  start: z.optional(z.looseObject({ ...piece, options: z.optional(record) })),
  result: z.optional(z.looseObject({ ...piece, value: z.nullable(z.number()), seconds: z.number(), steps: whole, weightsSha256: z.nullable(z.string()) })), // prettier-ignore
  lost: z.optional(z.looseObject({ ...piece, problem: z.string() })),
  open: z.optional(z.boolean()),
});

/** A journal that was read. */
export interface Journal {
  readonly plan: Plan;
  readonly lines: readonly Line[];
  /** Bytes of whole lines: what was being written when the process was killed lies behind. */
  readonly length: number;
}

/** Reads a journal; null where there is none, or not a whole first line. @throws InputError if it is damaged or newer */
export function readJournal(path: string): Journal | null {
  const lines = existsSync(path) ? [...wholeLines(readBytes(path))] : [];
  const [head, ...rest] = lines.map(({ text, number }) => {
    const called = `${path}, line ${number},`;
    const value = parseJson(text, called);
    const { format } = (value ?? {}) as { format?: unknown };
    if (number === 1 && isNewerFormat(format, journalFormat))
      throw new InputError(newerFormat(path, format, journalFormat));
    return assertShape(value, number === 1 ? headShape : lineShape, called);
  });
  if (head === undefined) return null;
  return { plan: (head as { plan: Plan }).plan, lines: rest as Line[], length: lines.at(-1)!.end };
}

/** A journal that is written. */
export interface JournalWriter {
  /** @throws RunError if the disk refuses */
  write(line: Line): void;
  close(): void;
}

/** Opens a journal, new or where it ends. @throws RunError if the disk refuses */
export function openJournal(path: string, plan: Plan, journal: Journal | null): JournalWriter {
  if (existsSync(path)) cutFile(path, journal?.length ?? 0);
  const log: Log = openLog(path);
  const append = (value: object) => {
    log.append(`${JSON.stringify(value)}\n`);
    log.flush(true);
  };
  if (journal === null) append({ format: journalFormat, polgrad: version, plan });
  return { write: append, close: () => log.close() };
}

/**
 * The search as its journal tells it, with the seconds that it took.
 *
 * @param path what messages call the journal
 * @throws InputError if a line does not follow from those before
 */
export function searchOf({ plan, lines }: Journal, path: string): { search: Search; seconds: number } {
  const search = createSearch(plan);
  lines.forEach((line, i) => {
    try {
      follow(search, line);
    } catch (error) {
      throw new InputError(`${path} is damaged: line ${i + 2} does not follow from those before`, { cause: error });
    }
  });
  return { search, seconds: lines.at(-1)?.at ?? 0 };
}

function follow(search: Search, line: Line): void {
  if ("start" in line) search.start(line.start);
  else if ("result" in line) {
    const { trial, rung, seed, ...result } = line.result;
    search.finish({ trial, rung, seed }, result);
  } else if ("open" in line) search.open(line.open);
}

/** Decides everything again, from the results of a journal: what is decided now, in the order of the journal. */
export function replay({ plan, lines }: Journal): Start[] {
  const search = createSearch(plan);
  return lines.flatMap((line) => {
    if (!("start" in line)) {
      follow(search, line);
      return [];
    }
    const decided = search.next();
    search.start(line.start);
    return decided === null ? [] : [decided];
  });
}
