import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError, RunError } from "../../src/errors.ts";
import { lockFolder } from "../../src/jobs/folder-lock.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-lock-"));
  path = join(folder, ".running");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder is locked for this process until it is unlocked", () => {
  const unlock = lockFolder(path, folder);
  expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
  unlock();
  expect(existsSync(path)).toBe(false);
});

test("another process that lives keeps it, and one that is dead does not", () => {
  writeFileSync(path, String(process.ppid));
  expect(() => lockFolder(path, folder)).toThrow(InputError);
  expect(() => lockFolder(path, folder)).toThrow(`another process (${process.ppid}) works on ${folder}`);
  for (const dead of ["0", "", "4194999"]) {
    writeFileSync(path, dead);
    lockFolder(path, folder)();
    expect(existsSync(path)).toBe(false);
  }
});

test("a disk that refuses is told", () => {
  expect(() => lockFolder(join(folder, "missing", ".running"), folder)).toThrow(RunError);
});
