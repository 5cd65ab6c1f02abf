// Builds dist/ where it is older than the sources, for tests that need what users get.

import { execFile } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

export default async function buildIfStale(): Promise<void> {
  if (!isStale()) return;
  await promisify(execFile)("npm", ["run", "build"], { cwd: root, shell: process.platform === "win32" });
}

/** Whether a source file is newer than what was built. */
function isStale(): boolean {
  const built = join(root, "dist/bundle/index.js");
  if (!existsSync(built)) return true;
  const time = statSync(built).mtimeMs;
  const sources = ["src", "kernels"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(root, folder, file)),
  );
  return sources.some((file) => statSync(file).mtimeMs > time);
}
