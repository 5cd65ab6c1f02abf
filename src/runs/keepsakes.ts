// What a run's folder keeps besides logs and checkpoints, where its learner has something of its own: texts.jsonl, which is
// cut back on resumption as the logs are, and whole files, which are made anew from the learner.

import { existsSync, lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../errors.ts";
import { createTurns, runInTurns, type Training } from "../training/index.ts";
import { cutFile, openLog, removeLeftovers, wholeLinesOf, writeFileAtomic } from "./files.ts";
import { makeFolders, runFiles } from "./run-folder.ts";

/** The open keepsakes of a run. */
export interface OpenKeepsakes {
  /** Logs what the learner tells of itself as it is, and gives it. */
  tell(): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Writes what was told. @param durable wait until it is on the disk */
  flush(durable?: boolean): void;
  /** Writes the files of the learner as it is. */
  writeFiles(durable: boolean): Promise<void>;
  close(): void;
}

/**
 * Opens the keepsakes of a run, new or resumed, whose training is at its checkpoint; undefined if it has none.
 *
 * @throws RunError if the disk refuses; InputError if texts.jsonl of a resumed run is missing or damaged
 */
export function openKeepsakes(run: string, training: Training): OpenKeepsakes | undefined {
  const { keepsakes } = training;
  if (!keepsakes) return undefined;
  const log = keepsakes.tell && openTexts(run, training.step);
  return {
    async tell() {
      const told = keepsakes.tell && (await runInTurns(keepsakes.tell(), createTurns()));
      if (told) log?.append(`${JSON.stringify({ update: training.updates, step: training.step, ...told })}\n`);
      return told;
    },
    flush: (durable) => log?.flush(durable),
    async writeFiles(durable) {
      for (const [path, bytes] of await filesOf(run, training)) {
        makeFolders(dirname(path));
        writeFileAtomic(path, bytes, durable);
      }
    },
    close: () => log?.close(),
  };
}

/**
 * The files that belong to a run as it is, by their paths.
 *
 * @throws InputError if a folder of theirs is a link: that of a run which somebody else made could lead to files elsewhere
 */
export async function filesOf(run: string, training: Training): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = await runInTurns(training.keepsakes!.files(training.done), createTurns());
  const inRun = new Map(Array.from(files, ([name, bytes]) => [join(run, name), bytes]));
  for (const folder of new Set(Array.from(inRun.keys(), (path) => dirname(path))))
    if (folder !== join(run) && lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink())
      throw new InputError(`${folder} is a symbolic link, and nothing is written through one`);
  return inRun;
}

function openTexts(run: string, step: number) {
  const path = runFiles(run).texts;
  if (!lstatSync(runFiles(run).model, { throwIfNoEntry: false })?.isSymbolicLink())
    removeLeftovers(runFiles(run).model);
  if (existsSync(path)) cutFile(path, lengthUpToStep(path, step));
  else if (step > 0) throw new InputError(`${run} is damaged: it has no texts.jsonl`);
  return openLog(path);
}

/** The length in bytes of the lines up to a step. Those before the first update are told again where nothing is done. */
function lengthUpToStep(path: string, step: number): number {
  let length = 0;
  if (step === 0) return 0;
  for (const { text, number, end } of wholeLinesOf(path)) {
    if (stepOf(text, `${path} is damaged: line ${number}`) > step) break;
    length = end;
  }
  return length;
}

function stepOf(line: string, where: string): number {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputError(`${where} is not JSON`, { cause: error });
  }
  const { step } = (value ?? {}) as { step?: unknown };
  if (typeof step !== "number") throw new InputError(`${where} has no step`);
  return step;
}
