// The folder of a suite's results: where its files are. One process at a time works in it.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { diskProblem, writeFileAtomic } from "../runs/files.ts";
import { lockFolder } from "../runs/folder-lock.ts";
import { readJson } from "../runs/json.ts";
import { makeFolders } from "../runs/run-folder.ts";
import { parseSuite } from "./suite.ts";
import type { Suite } from "./suite.ts";

/** Where the files of a suite's results are. */
export function suiteFiles(out: string) {
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
 * Makes the folder, or opens one of an earlier benchmark, and locks it for this process.
 *
 * @returns unlocks it
 * @throws InputError if it holds something else, cannot be made, or another process works in it; RunError if the
 *   disk refuses
 */
export function openFolder(out: string): () => void {
  const files = suiteFiles(out);
  if (existsSync(out)) {
    if (!statSync(out).isDirectory()) throw new InputError(`${out} is a file, not a folder for a benchmark`);
    const names = readdirSync(out).filter((name) => !name.startsWith("."));
    if (names.length > 0 && !names.includes("suite.json") && !names.every((name) => ["runs", "figures"].includes(name)))
      throw new InputError(`${out} holds files other than a benchmark's: name a folder of its own with --out`);
  }
  try {
    makeFolders(files.runs);
    makeFolders(files.figures);
  } catch (error) {
    throw new InputError(`cannot make the benchmark's folder ${out}: ${diskProblem(error)}`, { cause: error });
  }
  return lockFolder(files.lock, out);
}

/** The suite of a folder, from its suite.json. @throws InputError if that is not a suite, or damaged */
export function readSuite(path: string): Suite {
  return parseSuite(readJson(path), path);
}

/** Writes suite.json into a benchmark's folder. */
export function writeSuite(out: string, suite: Suite): void {
  writeFileAtomic(suiteFiles(out).suite, `${JSON.stringify(suite, null, 2)}\n`);
}
