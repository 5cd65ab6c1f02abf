// Every export has a docstring, and `npm run docs` makes pages of them without a warning.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Folders of src/ whose exports are still to be documented. Once there are none, `notDocumented` goes to typedoc.json. */
const undocumented = [
  "algorithms",
  "experience",
  "jobs",
  "learning",
  "policies",
  "runs",
  "suites",
  "tensor",
  "training",
];

/** What typedoc warns of. */
async function warnings(): Promise<string[]> {
  const typedoc = `${root}node_modules/typedoc/bin/typedoc`;
  const options = ["--emit", "none", "--validation.notDocumented", "true", "--treatWarningsAsErrors", "false"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [typedoc, ...options], { cwd: root });
  const lines = stripVTControlCharacters(stdout + stderr).split("\n");
  return lines.filter((line) => /^\[(warning|error)\]/.test(line) && !/Found \d+ errors and \d+ warnings/.test(line));
}

test("every export is documented, and all links of docstrings lead somewhere", async () => {
  const tolerated = new RegExp(`defined in [^/]+/src/(${undocumented.join("|")})/.* does not have any documentation`);
  expect((await warnings()).filter((line) => !tolerated.test(line))).toEqual([]);
});
