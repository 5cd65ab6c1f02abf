// A disk that is full from some moment on. A test file puts it in the place of node:fs:
// vi.mock("node:fs", async (original) => (await import("./full-disk.ts")).fullDisk(await original()));

import type * as fs from "node:fs";

/** Which files the disk has no room for: none, until a test says so. */
export const disk: { isFull(path: string): boolean } = { isFull: () => false };

/** The file system, but for files of which `disk.isFull`. */
export function fullDisk(real: typeof fs): typeof fs {
  const paths = new Map<unknown, string>();
  const openSync: typeof fs.openSync = (path, flags, mode) => {
    const file = real.openSync(path, flags, mode);
    paths.set(file, String(path));
    return file;
  };
  const writeFileSync: typeof fs.writeFileSync = (file, data, options) => {
    if (typeof file === "number" && disk.isFull(paths.get(file) ?? ""))
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    real.writeFileSync(file, data, options);
  };
  return { ...real, openSync, writeFileSync };
}
