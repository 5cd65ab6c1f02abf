// A run's folder on its way through Redis: whole files, and what its logs grew by. Who receives it takes it for a file of
// others, and checks it.

import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod/mini";
import { InputError, RunError } from "../errors.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { assertShape, parseJson } from "../runs/json.ts";
import type { Keep } from "./job.ts";

/** Bytes of a file that travels, and of all logs of a run. */
export const mostBytes = { file: 64 << 20, logs: 256 << 20 };

/** Whole files by their names in the folder, each a field of the trial's state. */
const last = "checkpoints/last.safetensors";
const best = "checkpoints/best.safetensors";
const ofCheckpoint = ["config.json", last, best];
const ofResult = ["config.json", last, best, "policy.safetensors", "summary.json", "evaluation.json"];

/** Files that grow. */
const isLog = (name: string): boolean =>
  /^(metrics\.jsonl|progress\.csv|warnings\.jsonl|events\.out\.tfevents\.[\w.-]{1,200})$/.test(name);

/** The field of the state that holds a file. */
const fieldOf = (file: string): string => `file:${file}`;

/** That of the last checkpoint. */
export const checkpointField = fieldOf(last);

/** What a write brings. */
export interface Parcel {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly logs: readonly Uint8Array[];
  /** To be called once it is written: what was brought is not brought again. */
  sent(): void;
}

/**
 * Packs what a run's folder has, and then, time after time, what it has besides. The first that is packed is all of it.
 *
 * @param keep of the checkpoints of a run that is over; the last is needed until then
 */
export function parcels(run: string, keep: Keep) {
  const sent = new Map<string, string>(); // files, as they were
  const lengths = new Map<string, number>();
  let columns = "";

  /**
   * @param isOver with what the run came to; else what is needed to go on with it elsewhere, where that is newer
   * @throws RunError if it is more than travels
   */
  function pack(isOver: boolean): Parcel {
    const stamps = new Map<string, string>();
    const files = new Map<string, Uint8Array>();
    const hasChanged = (name: string): boolean => {
      const stat = statSync(join(run, name), { throwIfNoEntry: false });
      if (!stat) return false;
      stamps.set(name, `${stat.mtimeMs} ${stat.size} ${stat.ino}`);
      return stamps.get(name) !== sent.get(name);
    };
    // The checkpoint first: logs that are read after it know all that it knows.
    if (isOver || hasChanged(last))
      for (const name of isOver ? ofResult : ofCheckpoint) {
        if (name === best && keep === "last") continue;
        if (isOver && name === last && keep === "best") files.set(fieldOf(name), new Uint8Array());
        else if (hasChanged(name)) files.set(fieldOf(name), bounded(name, readFileSync(join(run, name))));
      }
    const logs: Uint8Array[] = [];
    const after = new Map(lengths);
    const table = columnsOf(run);
    for (const name of (existsSync(run) ? readdirSync(run) : []).filter(isLog)) {
      const begin = name === "progress.csv" && table !== columns ? 0 : (lengths.get(name) ?? 0);
      const grown = readFrom(join(run, name), begin);
      const bytes = name.startsWith("events") ? grown : grown.subarray(0, grown.lastIndexOf(0x0a) + 1);
      if (bytes.length === 0) continue;
      logs.push(packLog({ file: name, offset: begin }, bytes));
      after.set(name, begin + bytes.length);
    }
    const total = [...after.values()].reduce((sum, length) => sum + length, 0);
    if (total > mostBytes.logs) throw tooLarge("its logs have", total, mostBytes.logs);
    return {
      files,
      logs,
      sent() {
        for (const name of ofResult) if (files.has(fieldOf(name))) sent.set(name, stamps.get(name) ?? "");
        for (const [name, length] of after) lengths.set(name, length);
        columns = table;
      },
    };
  }
  return { pack };
}

/** The bytes of a file from a place on. */
function readFrom(path: string, begin: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - begin));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, begin));
  } finally {
    closeSync(file);
  }
}

/** The columns of progress.csv, which is written anew where there are more of them. */
function columnsOf(run: string): string {
  const path = join(run, "progress.csv");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n", 1)[0] : "";
}

const tooLarge = (what: string, size: number, most: number): RunError =>
  new RunError(`${what} ${Math.ceil(size / 2 ** 20)} MiB, and at most ${most >> 20} MiB travel through Redis`);

function bounded(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length > mostBytes.file) throw tooLarge(`its ${name} has`, bytes.length, mostBytes.file);
  return bytes;
}

const logHead = z.strictObject({
  file: z.string().check(z.refine(isLog)),
  offset: z.int().check(z.minimum(0)),
  length: z.int().check(z.minimum(0), z.maximum(mostBytes.logs)),
});

/** A line of JSON that says what it is, and the bytes, deflated. */
const packLog = (head: { file: string; offset: number }, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([
    Buffer.from(`${JSON.stringify({ ...head, length: bytes.length })}\n`),
    deflateRawSync(bytes, { level: 3 }),
  ]);

/** A folder as it was received. */
export interface Received {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly logs: ReadonlyMap<string, Uint8Array>;
}

/**
 * Unpacks what lies in Redis of a run's folder.
 *
 * @param called what messages call it
 * @throws InputError if it is damaged, or larger than it may be
 */
export function unpack(
  state: Readonly<Record<string, Uint8Array>>,
  logs: readonly Uint8Array[],
  called: string,
): Received {
  const files = new Map<string, Uint8Array>();
  for (const name of ofResult) {
    const bytes = state[fieldOf(name)];
    if (bytes === undefined || bytes.length === 0) continue;
    if (bytes.length > mostBytes.file) throw new InputError(`${called} is damaged: its ${name} is too large`);
    files.set(name, bytes);
  }
  const grown = new Map<string, Uint8Array[]>();
  let total = 0;
  for (const [index, chunk] of logs.entries()) {
    const where = `${called}, part ${index + 1} of its logs,`;
    const end = chunk.indexOf(0x0a);
    const text = Buffer.from(chunk.subarray(0, Math.min(1000, Math.max(0, end)))).toString("utf8");
    const { file, offset, length } = assertShape<z.output<typeof logHead>>(parseJson(text, where), logHead, where);
    total += length;
    if (total > 2 * mostBytes.logs) throw new InputError(`${called} is damaged: its logs are too large`);
    const bytes = inflated(chunk.subarray(end + 1), length, where);
    const parts = grown.get(file) ?? [];
    const before = parts.reduce((sum, part) => sum + part.length, 0);
    if (offset > before) throw new InputError(`${where} begins at byte ${offset} of ${file}, which has ${before}`);
    // Where columns were added, the table is written anew.
    if (offset < before) grown.set(file, [Buffer.concat(parts).subarray(0, offset), bytes]);
    else grown.set(file, [...parts, bytes]);
  }
  return { files, logs: new Map([...grown].map(([name, parts]) => [name, Buffer.concat(parts)])) };
}

function inflated(bytes: Uint8Array, length: number, where: string): Uint8Array {
  try {
    const found = inflateRawSync(bytes, { maxOutputLength: Math.max(1, length) });
    if (found.length === length) return found;
  } catch (error) {
    throw new InputError(`${where} is damaged: ${(error as Error).message}`, { cause: error });
  }
  throw new InputError(`${where} is damaged: it has not the length that it names`);
}

/** Writes a received folder where there is none. @throws RunError if the disk refuses */
export function writeFolder(run: string, { files, logs }: Received): void {
  rmSync(run, { recursive: true, force: true });
  mkdirSync(join(run, "checkpoints"), { recursive: true });
  for (const [name, bytes] of [...logs, ...files]) writeFileAtomic(join(run, name), bytes);
}
