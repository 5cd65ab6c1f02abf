// The folder of a suite's results: where its files are. One process at a time works in it, as in a sweep's.

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
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
 * Makes the folder of a benchmark, or opens one of an earlier benchmark, and locks it for this process.
 *
 * @returns unlocks it
 * @throws as {@link openResultsFolder}
 */
export function openFolder(out: string): () => void {
  const { runs, figures, lock } = suiteFiles(out);
  return openResultsFolder(out, {
    what: "benchmark",
    file: "suite.json",
    folders: [runs, figures],
    lock,
    flag: "--out",
  });
}

/** What a folder of results is of. */
interface FolderKind {
  readonly what: string;
  /** The file by which an earlier one is known. */
  readonly file: string;
  /** Folders in it, which are made. */
  readonly folders: readonly string[];
  readonly lock: string;
  /** The flag that names another folder. */
  readonly flag: string;
}

/**
 * Makes a folder for results, or opens one of its kind, and locks it for this process.
 *
 * @returns unlocks it
 * @throws InputError if it holds something else, cannot be made, or another process works in it; RunError if the
 *   disk refuses
 */
export function openResultsFolder(out: string, { what, file, folders, lock, flag }: FolderKind): () => void {
  if (existsSync(out)) {
    if (!statSync(out).isDirectory()) throw new InputError(`${out} is a file, not a folder for a ${what}`);
    const names = readdirSync(out).filter((name) => !name.startsWith("."));
    const ours = folders.map((folder) => basename(folder));
    if (names.length > 0 && !names.includes(file) && !names.every((name) => ours.includes(name)))
      throw new InputError(`${out} holds files other than a ${what}'s: name a folder of its own with ${flag}`);
  }
  try {
    for (const folder of [out, ...folders]) makeFolders(folder);
  } catch (error) {
    throw new InputError(`cannot make the ${what}'s folder ${out}: ${diskProblem(error)}`, { cause: error });
  }
  return lockFolder(lock, out);
}

/** The suite of a folder, from its suite.json. @throws InputError if that is not a suite, or damaged */
export function readSuite(path: string): Suite {
  return parseSuite(readJson(path), path);
}

/** Writes suite.json into a benchmark's folder. */
export function writeSuite(out: string, suite: Suite): void {
  writeFileAtomic(suiteFiles(out).suite, `${JSON.stringify(suite, null, 2)}\n`);
}
