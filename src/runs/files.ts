// Writing to disk so that nothing is left half-written: whole files beside and renamed, logs appended and cut back.

import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError, RunError } from "../errors.ts";

/** What the usual failures of a disk are, in words. */
const diskProblems: Record<string, string> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EIO: "the disk reports an input/output error",
  EMFILE: "too many files are open",
  ELOOP: "it is a symbolic link",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "its folder does not exist",
  ENOTDIR: "part of its path is not a folder",
};

/** The RunError for a failure to write `path`: it names the file and says what happened to it. */
export function writeError(error: unknown, path: string): RunError {
  return new RunError(`cannot write ${path}: ${diskProblem(error)}`, { cause: error });
}

/** What a failure of the disk is, in words, with its code. */
export function diskProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `${diskProblems[code] ?? message} (${code})`;
}

/** @throws InputError if a file that the user named cannot be written, or is there already and must stay */
export function checkTarget(path: string, overwrite: boolean): void {
  const folder = dirname(path);
  if (path.includes("\0")) throw new InputError(`cannot write ${path}: a name cannot hold a null character`);
  if (!existsSync(folder)) throw new InputError(`cannot write ${path}: there is no folder ${folder}`);
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) throw new InputError(`cannot write ${path}: it is a folder`);
  if (!overwrite) throw new InputError(`${path} exists already; --force writes over it`);
}

/**
 * Writes a whole file: beside it first, then renamed over it, so that a reader, or a crash, meets either the old file
 * or the new one.
 *
 * @param durable Wait until the bytes are on the disk, so that even a power cut keeps one of the two files whole.
 * @throws RunError if the disk refuses; the earlier file is then as it was, and nothing is left beside it.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, durable = false): void {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    rmSync(beside, { force: true }); // of a process that was killed; a link there would lead elsewhere
    const file = openSync(beside, "wx");
    try {
      writeFileSync(file, data);
      if (durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw writeError(error, path);
  }
}

/** Removes what {@link writeFileAtomic} left in a folder when its process was killed. */
export function removeLeftovers(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (/^\..+\.\d+\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
}

/** A file that grows at its end. Lines wait in memory until `flush`, so that writing many costs little. */
export interface Log {
  /** Adds data, which may wait in memory. */
  append(data: string | Uint8Array): void;
  /** @param durable Wait until the bytes are on the disk. */
  flush(durable?: boolean): void;
  /** Flushes and closes the file. */
  close(): void;
}

/** Bytes that may wait in memory before a log flushes by itself. */
const logBufferBytes = 1 << 16;

/** Not through a symbolic link: a folder that somebody else made could have files elsewhere written over. */
const { O_NOFOLLOW = 0, O_RDWR, O_WRONLY, O_CREAT, O_APPEND } = constants;

/**
 * Opens a log for appending, created where there is none.
 *
 * @throws RunError if the disk refuses, here and in each method.
 */
export function openLog(path: string): Log {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  const file = guard(path, () => openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW));
  const log: Log = {
    append(data) {
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= logBufferBytes) log.flush();
    },
    flush(durable = false) {
      const bytes = Buffer.concat(waiting);
      waiting = [];
      waitingBytes = 0;
      guard(path, () => {
        if (bytes.length > 0) writeFileSync(file, bytes);
        if (durable) fsyncSync(file);
      });
    },
    close() {
      try {
        log.flush();
      } finally {
        closeSync(file);
      }
    },
  };
  return log;
}

/** Cuts a file to its first `length` bytes, on the disk too. */
export function cutFile(path: string, length: number): void {
  guard(path, () => {
    const file = openSync(path, O_RDWR | O_NOFOLLOW);
    try {
      ftruncateSync(file, length);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  });
}

/** A line of a text file that ends in a newline. */
export interface WholeLine {
  readonly text: string;
  /** From 1 on. */
  readonly number: number;
  /** The byte at which the next one starts. */
  readonly end: number;
}

/** The lines of a text file that end in a newline. */
export function* wholeLines(bytes: Uint8Array): Generator<WholeLine> {
  let start = 0;
  for (let number = 1; ; number++) {
    const newline = bytes.indexOf(0x0a, start);
    if (newline < 0) return;
    yield { text: Buffer.from(bytes.subarray(start, newline)).toString("utf8"), number, end: newline + 1 };
    start = newline + 1;
  }
}

/** Bytes of a file that are read at a time where it may be too large for memory. */
const partBytes = 1 << 22;

/** The same of a file that may be larger than memory: it is read in parts. @throws InputError if it cannot be read */
export function* wholeLinesOf(path: string): Generator<WholeLine> {
  const file = guardReading(path, () => openSync(path, "r"));
  try {
    const part = Buffer.alloc(partBytes);
    let [before, begin, lines] = [Buffer.alloc(0), 0, 0]; // what is left of earlier parts, its place, lines before it
    for (;;) {
      const length = guardReading(path, () => readSync(file, part));
      if (length === 0) return;
      const bytes = Buffer.concat([before, part.subarray(0, length)]);
      let end = 0;
      let number = 0;
      for (const line of wholeLines(bytes)) {
        ({ end, number } = line);
        yield { text: line.text, number: lines + number, end: begin + end };
      }
      [before, begin, lines] = [bytes.subarray(end), begin + end, lines + number];
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Reads a whole file.
 *
 * @param called what messages call the file; default: its path
 * @throws InputError if it cannot be read
 */
export const readBytes = (path: string, called = path): Uint8Array => guardReading(called, () => readFileSync(path));

function guardReading<T>(called: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new InputError(`cannot read ${called}: ${problem}`, { cause: error });
  }
}

function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw writeError(error, path);
  }
}
