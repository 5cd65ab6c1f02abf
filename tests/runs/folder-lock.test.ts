import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InputError, RunError } from "../../src/errors.ts";
import { lockFolder } from "../../src/runs/folder-lock.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-lock-"));
  path = join(folder, ".running");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder is locked for this process until it is unlocked", () => {
  const unlock = lockFolder(path, folder);
  expect(readFileSync(path, "utf8").split("\n")).toEqual([
    String(process.pid),
    hostname(),
    expect.stringMatching(/^20.*Z$/),
    "",
  ]);
  expect(() => lockFolder(path, folder)).toThrow(`this process works on ${folder} already`);
  expect(readdirSync(folder)).toEqual([".running"]);
  unlock();
  expect(existsSync(path)).toBe(false);
  lockFolder(path, folder)();
});

test("another process that lives keeps it, and one that is dead does not", () => {
  writeFileSync(path, String(process.ppid));
  expect(() => lockFolder(path, folder)).toThrow(InputError);
  expect(() => lockFolder(path, folder)).toThrow(`another process (${process.ppid}) works on ${folder}`);
  writeFileSync(path, `7\nanother-computer\n2026-01-01T00:00:00.000Z\n`);
  expect(() => lockFolder(path, folder)).toThrow("(7, on another-computer, since 2026-01-01T00:00:00.000Z)");
  for (const dead of ["0", "", "4194999", `${process.pid}`]) {
    writeFileSync(path, dead);
    lockFolder(path, folder)();
    expect(existsSync(path)).toBe(false);
  }
});

test("a disk that refuses is told", () => {
  expect(() => lockFolder(join(folder, "missing", ".running"), folder)).toThrow(RunError);
});
