// docs/api is what the docstrings give: `npm run docs` writes it.

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The text of each Markdown file in a folder, by its path there. */
function pages(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".md"));
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

test("the API reference is current: else run `npm run docs`", async () => {
  const folder = mkdtempSync(join(tmpdir(), "polgrad-docs-"));
  try {
    const typedoc = join(root, "node_modules/typedoc/bin/typedoc");
    await promisify(execFile)(process.execPath, [typedoc, "--out", folder], { cwd: root });
    const [made, committed] = [pages(folder), pages(join(root, "docs/api"))];
    expect(Object.keys(committed)).toEqual(Object.keys(made));
    const stale = Object.keys(made).filter((path) => made[path] !== committed[path]);
    expect(stale, "pages that are not current: run `npm run docs`").toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
