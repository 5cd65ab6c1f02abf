// The folder of a sweep: where its files are, beside the folders of its runs.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { writeFileAtomic } from "../runs/files.ts";
import { readJson } from "../runs/json.ts";
import { openResultsFolder } from "../suites/folder.ts";
import { parseSweep, settingIds, type Sweep } from "./sweep.ts";

/** Where the files of a sweep are. */
export function sweepFiles(out: string) {
  return {
    sweep: join(out, "sweep.json"),
    jsonLines: join(out, "results.jsonl"),
    csv: join(out, "results.csv"),
    report: join(out, "report.html"),
    lock: join(out, ".running"),
  };
}

/**
 * Makes the folder, or opens that of the same sweep or of one that shares settings with it, and locks it for this
 * process.
 *
 * @returns unlocks it
 * @throws InputError if it holds something else, cannot be made, or another process works in it; RunError if the
 *   disk refuses
 */
export function openSweepFolder(out: string, sweep: Sweep): () => void {
  const files = sweepFiles(out);
  const unlock = openResultsFolder(out, { what: "sweep", file: "results.jsonl", folders: [], lock: files.lock, flag: "--run-dir" }); // prettier-ignore
  try {
    // A sweep.json alone may be one that was written by hand; the other file tells that the folder is ours.
    if (!existsSync(files.jsonLines)) writeFileAtomic(files.jsonLines, "");
    else if (existsSync(files.sweep)) {
      const there = settingIds(readSweep(files.sweep).settings);
      const now = settingIds(sweep.settings);
      if (!there.some((id) => now.includes(id)))
        throw new InputError(
          `${out} holds another sweep, of ${there[0]}${there.length > 1 ? ", …" : ""}: name another folder with --run-dir`,
        );
    }
    writeFileAtomic(files.sweep, `${JSON.stringify(sweep, null, 2)}\n`);
  } catch (error) {
    unlock();
    throw error;
  }
  return unlock;
}

/** The sweep of a file. @throws InputError if it is none, or damaged */
export const readSweep = (path: string): Sweep => parseSweep(readJson(path), path);
