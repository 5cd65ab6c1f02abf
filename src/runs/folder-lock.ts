// One process at a time works in a folder.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { InputError } from "../errors.ts";
import { writeError } from "./files.ts";

/** Who has locked a folder, and since when. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** The locks that this process holds. */
const held = new Set<string>();

/**
 * Locks a folder for this process, by a file that names the process, its computer and the time. The lock of a process
 * of this computer that is dead is replaced.
 *
 * @param path the file
 * @param folder the folder, for the message
 * @returns unlocks it
 * @throws InputError if somebody else has locked it, or this process has; RunError if the disk refuses
 */
export function lockFolder(path: string, folder: string): () => void {
  const own: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  if (held.has(path)) throw new InputError(`this process works on ${folder} already`);
  for (let there = tryToLock(path, own); there; there = tryToLock(path, own)) {
    if (isAlive(there, own.host))
      throw new InputError(
        `another process (${describe(there, own.host)}) works on ${folder}. ` +
          `If that is not so, remove ${path} and try again`,
      );
    removeDead(path, there);
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

/** Makes the file with its contents at once; returns the owner of one that is there already. */
function tryToLock(path: string, own: Owner): Owner | undefined {
  const beside = `${path}.${own.pid}.tmp`;
  const text = `${own.pid}\n${own.host}\n${own.since}\n`;
  try {
    writeFileSync(beside, text);
    linkSync(beside, path);
    return undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return readOwner(path);
    if (!withoutLinks.includes(code)) throw writeError(error, path);
    return lockWithoutLink(path, text);
  } finally {
    rmSync(beside, { force: true });
  }
}

/** What file systems say that have no links. */
const withoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

function lockWithoutLink(path: string, text: string): Owner | undefined {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return readOwner(path);
    throw writeError(error, path);
  }
}

/** The owner that a lock names; process 0, which is dead, where it is gone meanwhile. 0.1.0 wrote no host. */
function readOwner(path: string): Owner {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // it was unlocked just now
  }
  const [pid, host = hostname(), since = ""] = text.split("\n").filter((line) => line !== "");
  return { pid: Number(pid) || 0, host, since };
}

/** Removes the lock of a dead process, unless somebody else has replaced it meanwhile. */
function removeDead(path: string, dead: Owner): void {
  const aside = `${path}.dead.${process.pid}.tmp`; // which is removed where this process dies as well
  try {
    renameSync(path, aside);
    const found = readOwner(aside);
    if (found.pid !== dead.pid || found.since !== dead.since) linkSync(aside, path);
  } catch {
    // another process was faster
  }
  rmSync(aside, { force: true });
}

/** Whether the owner may still be at work; on another computer nobody can tell. */
function isAlive({ pid, host }: Owner, here: string): boolean {
  if (!(pid > 0)) return false;
  if (host !== here) return true;
  if (pid === process.pid) return false; // of an earlier process with the same number
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const describe = ({ pid, host, since }: Owner, here: string): string =>
  [String(pid), host === here ? "" : `on ${host}`, since === "" ? "" : `since ${since}`].filter(Boolean).join(", ");
