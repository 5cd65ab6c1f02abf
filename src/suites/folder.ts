// A benchmark's folder: where its files lie, and that one process at a time works in it.

import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { diskProblem, readBytes, writeError, writeFileAtomic } from "../runs/files.ts";
import { parseJson } from "../runs/json.ts";
import { makeFolders } from "../runs/run-folder.ts";
import { parseSuite } from "./suite.ts";
import type { Suite } from "./suite.ts";

/** Where the files of a benchmark lie. */
export function benchmarkFiles(out: string) {
  return {
    suite: join(out, "suite.json"),
    runs: join(out, "runs"),
    figures: join(out, "figures"),
    results: join(out, "results.json"),
    table: join(out, "results.md"),
    csv: join(out, "results.csv"),
    seedsCsv: join(out, "seeds.csv"),
    curvesCsv: join(out, "curves.csv"),
    report: join(out, "report.html"),
    lock: join(out, ".running"),
  };
}

/**
 * Makes the folder, or goes on with one that is a benchmark's, and keeps other processes out.
 *
 * @returns Lets them in again.
 * @throws InputError where it holds something else, cannot be made, or another process works in it; RunError where the
 *   disk refuses
 */
export function openFolder(out: string): () => void {
  const files = benchmarkFiles(out);
  if (existsSync(out)) {
    if (!statSync(out).isDirectory()) throw new InputError(`${out} is a file, not a folder for a benchmark`);
    const names = readdirSync(out).filter((name) => !name.startsWith("."));
    if (names.length > 0 && !names.includes("suite.json") && !names.every((name) => ["runs", "figures"].includes(name)))
      throw new InputError(`${out} holds something else than a benchmark: name a folder of its own with --out`);
  }
  try {
    makeFolders(files.runs);
    makeFolders(files.figures);
  } catch (error) {
    throw new InputError(`cannot make the benchmark's folder ${out}: ${diskProblem(error)}`, { cause: error });
  }
  lock(files.lock, out);
  return () => rmSync(files.lock, { force: true });
}

function lock(path: string, out: string): void {
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw writeError(error, path);
    }
    const owner = Number(readFileSync(path, "utf8"));
    if (isAlive(owner)) {
      throw new InputError(
        `another process (${owner}) works on ${out}. Where that is none of polgrad's, remove ${path} and try again`,
      );
    }
    rmSync(path, { force: true }); // its process was killed
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The suite that a benchmark's folder was made with. @throws InputError where it is none, or damaged */
export function readSuite(path: string): Suite {
  return parseSuite(
    parseJson(
      Buffer.from(readBytes(path))
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
      path,
    ),
    path,
  );
}

export function writeSuite(out: string, suite: Suite): void {
  writeFileAtomic(benchmarkFiles(out).suite, `${JSON.stringify(suite, null, 2)}\n`);
}
