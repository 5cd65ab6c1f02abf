import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InputError, RunError } from "../../src/errors.ts";
import {
  cutFile,
  openLog,
  readBytes,
  wholeLines,
  wholeLinesOf,
  writeError,
  writeFileAtomic,
} from "../../src/runs/files.ts";
import { disk } from "./full-disk.ts";

vi.mock("node:fs", async (original) => (await import("./full-disk.ts")).fullDisk(await original()));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-files-"))));
afterEach(() => {
  disk.isFull = () => false;
  rmSync(folder, { recursive: true });
});

/** Every write to /dev/full fails with ENOSPC, as on a full disk. */
const hasDevFull = existsSync("/dev/full");

describe("writeFileAtomic", () => {
  test("replaces a file and leaves nothing beside it", () => {
    const path = join(folder, "summary.json");
    writeFileAtomic(path, "old");
    writeFileAtomic(path, new Uint8Array([110, 101, 119]), true);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["summary.json"]);
  });

  test("on a full disk names the file, keeps the old one whole, and leaves nothing beside it", () => {
    const path = join(folder, "summary.json");
    writeFileSync(path, "old");
    disk.isFull = () => true;
    expect(() => writeFileAtomic(path, "new")).toThrow(RunError);
    expect(readdirSync(folder)).toEqual(["summary.json"]);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(() => writeFileAtomic(path, "new")).toThrow(`cannot write ${path}: the disk is full (ENOSPC)`);
  });

  test("does not write through a link that lies where the new file is made", () => {
    const [path, elsewhere] = [join(folder, "summary.json"), join(folder, "elsewhere")];
    writeFileSync(elsewhere, "mine");
    symlinkSync(elsewhere, join(folder, `.summary.json.${process.pid}.tmp`));
    writeFileAtomic(path, "new");
    expect(readFileSync(elsewhere, "utf8")).toBe("mine");
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("says so where the folder is gone", () => {
    const path = join(folder, "gone", "x");
    expect(() => writeFileAtomic(path, "")).toThrow(`cannot write ${path}: its folder does not exist (ENOENT)`);
  });
});

describe("writeError", () => {
  test.each([
    ["EACCES", "permission denied"],
    ["EROFS", "read-only"],
    ["EDQUOT", "quota"],
  ])("%s: in words", (code, words) => {
    const error = writeError(Object.assign(new Error("no"), { code }), "a/b");
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(new RegExp(`^cannot write a/b: .*${words}.* \\(${code}\\)$`));
  });
});

describe("openLog", () => {
  test("appends to what is there, in order, on flush and on close", () => {
    const path = join(folder, "log");
    writeFileSync(path, "a\n");
    const log = openLog(path);
    log.append("b\n");
    expect(readFileSync(path, "utf8")).toBe("a\n");
    log.append(new Uint8Array([0x63, 0x0a]));
    log.flush(true);
    expect(readFileSync(path, "utf8")).toBe("a\nb\nc\n");
    log.append("d\n");
    log.close();
    expect(readFileSync(path, "utf8")).toBe("a\nb\nc\nd\n");
  });

  test("does not keep much in memory", () => {
    const path = join(folder, "log");
    const log = openLog(path);
    for (let i = 0; i < 100; i++) log.append("x".repeat(1000));
    expect(readFileSync(path).length).toBeGreaterThan(30_000);
    log.close();
    expect(readFileSync(path).length).toBe(100_000);
  });

  test.runIf(hasDevFull)("on a full disk names the file", () => {
    const log = openLog("/dev/full");
    log.append("x");
    expect(() => log.flush()).toThrow(RunError);
    log.append("x");
    expect(() => log.close()).toThrow("cannot write /dev/full: the disk is full (ENOSPC)");
  });
});

test("cutFile keeps the first bytes", () => {
  const path = join(folder, "log");
  writeFileSync(path, "abcdef");
  cutFile(path, 4);
  expect(readFileSync(path, "utf8")).toBe("abcd");
});

test("wholeLines leaves out a line that was not finished", () => {
  const lines = [...wholeLines(Buffer.from("é\n\nlast but cut"))];
  expect(lines).toEqual([
    { text: "é", number: 1, end: 3 },
    { text: "", number: 2, end: 4 },
  ]);
});

test("wholeLinesOf gives the same of a file that is read in parts", () => {
  const path = join(folder, "long.txt");
  const lines = Array.from({ length: 40 }, (_, i) => "é€".repeat(i === 20 ? 2_000_000 : 7919 * i)); // one is longer than a part
  writeFileSync(path, `${lines.join("\n")}\nlast but cut`);
  expect([...wholeLinesOf(path)]).toEqual([...wholeLines(readBytes(path))]);
  for (const { number } of wholeLinesOf(path)) if (number === 2) break; // and closes the file
  expect(() => [...wholeLinesOf(join(folder, "x"))]).toThrow("there is no such file");
});

test("readBytes says what is wrong with a file", () => {
  expect(() => readBytes(join(folder, "x"))).toThrow(InputError);
  expect(() => readBytes(join(folder, "x"))).toThrow("there is no such file");
  expect(() => readBytes(folder)).toThrow("it is a folder");
});
