// One process at a time works in a folder.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { InputError } from "../errors.ts";
import { writeError } from "../runs/files.ts";

/**
 * Locks a folder for this process, by a file with the process's id. The lock of a process that is dead is replaced.
 *
 * @param path the file
 * @param folder the folder, for the message
 * @returns unlocks it
 * @throws InputError if another process has locked it; RunError if the disk refuses
 */
export function lockFolder(path: string, folder: string): () => void {
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw writeError(error, path);
    }
    const owner = Number(readFileSync(path, "utf8"));
    if (isAlive(owner)) {
      throw new InputError(
        `another process (${owner}) works on ${folder}. If that process is not polgrad's, remove ${path} and try again`,
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
