// warnings.jsonl: what a run warned of, a line each, written as it occurs, since summary.json comes only at the end.

import { existsSync } from "node:fs";
import * as z from "zod/mini";
import { cutFile, openLog, readBytes, wholeLines } from "./files.ts";
import { assertShape, parseJson } from "./json.ts";
import { readSummaryIfWhole } from "./read-run.ts";
import { runFiles } from "./run-folder.ts";

/** The warnings of a run that is trained. */
export interface RunWarnings {
  /** All of them so far. */
  readonly all: readonly string[];
  /**
   * Writes one, unless it is known: a resumed run may come to the same again, perhaps with other numbers.
   *
   * @throws RunError if the disk refuses
   */
  add(text: string, step: number): void;
}

const lineShape = z.looseObject({ step: z.number(), text: z.string() });

/** Opens the warnings of a run, new or resumed. @throws InputError if they are damaged; RunError if the disk refuses */
export function openWarnings(run: string): RunWarnings {
  const path = runFiles(run).warnings;
  const { texts, length } = readLines(path);
  if (existsSync(path)) cutFile(path, length); // what was being written when the process was killed
  const all = withEarlier(run, texts);
  const known = new Set(all.map(wordsOf));
  return {
    all,
    add(text, step) {
      if (known.has(wordsOf(text))) return;
      known.add(wordsOf(text));
      all.push(text);
      const log = openLog(path);
      log.append(`${JSON.stringify({ step, text })}\n`);
      log.close();
    },
  };
}

/** What a run has warned of. @throws InputError if the file is damaged */
export const readWarnings = (run: string): string[] => withEarlier(run, readLines(runFiles(run).warnings).texts);

/** With those that earlier versions left in summary.json alone. */
const withEarlier = (run: string, texts: readonly string[]): string[] => [
  ...new Set([...(readSummaryIfWhole(run)?.warnings ?? []), ...texts]),
];

function readLines(path: string): { texts: string[]; length: number } {
  const lines = existsSync(path) ? [...wholeLines(readBytes(path))] : [];
  const texts = lines.map(({ text, number }) => {
    const called = `${path}, line ${number},`;
    return assertShape<{ text: string }>(parseJson(text, called), lineShape, called).text;
  });
  return { texts, length: lines.at(-1)?.end ?? 0 };
}

/** A text without its numbers. */
const wordsOf = (text: string): string => text.replace(/\d[\d.,]*/g, "#");
