// Every export has a docstring, and `npm run docs` makes pages of them without a warning.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What typedoc warns of. */
async function warnings(): Promise<string[]> {
  const typedoc = `${root}node_modules/typedoc/bin/typedoc`;
  // Errors of types are `npm run typecheck`'s to find, in less time.
  const options = ["--emit", "none", "--treatWarningsAsErrors", "false", "--skipErrorChecking"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [typedoc, ...options], { cwd: root });
  const lines = stripVTControlCharacters(stdout + stderr).split("\n");
  return lines.filter((line) => /^\[(warning|error)\]/.test(line) && !/Found \d+ errors and \d+ warnings/.test(line));
}

test("every export is documented, and all links of docstrings lead somewhere", async () => {
  expect(await warnings()).toEqual([]);
});
