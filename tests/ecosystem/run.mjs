// `npm run test:ecosystem [names…]`: polgrad in the bundlers, runtimes and pages of others. The package is packed once; each
// case installs it, with its tool, into an empty folder, builds a small app that trains, runs it, and compares the weights
// with Node's. A line each; exits 1 if one fails.
//
// With BREAK_WORKER=1 the file that workers begin with is missing from the installed package: every case that has threads
// must fail then.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chooseCases, runCase } from "./lib/cases.mjs";
import { expectedWeights, pack } from "./lib/package.mjs";

const folder = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const all = readdirSync(join(folder, "cases"))
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => basename(file, ".mjs"));
const names = chooseCases(process.argv.slice(2), all);

const scratch = mkdtempSync(join(tmpdir(), "polgrad-ecosystem-"));
let failed = 0;
try {
  const tarball = pack(scratch);
  const expected = await expectedWeights(tarball, scratch);
  for (const name of names) {
    const { ok, line } = await runCase(name, join(folder, "cases", `${name}.mjs`), { scratch, tarball, expected });
    console.log(line);
    if (!ok) failed++;
  }
} finally {
  if (process.env.KEEP) console.log(`kept: ${scratch}`);
  else rmSync(scratch, { recursive: true, force: true });
}
console.log(`${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
