// Follows the guide's recipe for a project in TypeScript in an empty folder, with the package as npm would publish it:
// its commands, its files, as written. Tells what each command took; exits with 1 where one fails.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "polgrad-typescript-"));
const project = join(folder, "project");
mkdirSync(join(project, "src"), { recursive: true });

const guide = readFileSync(join(root, "docs/guide.md"), "utf8");
const recipe = guide.slice(guide.indexOf("In TypeScript, as `corridor.ts`"), guide.indexOf("### The rules"));
const blocks = Array.from(recipe.matchAll(/```(\w+)\n(.*?)```/gs), ([, language, text]) => ({ language, text }));
const [environment, program] = blocks.filter(({ language }) => language === "ts");
const [config] = blocks.filter(({ language }) => language === "json");
const [install, build] = blocks.filter(({ language }) => language === "sh");
const onNode20 = /`(NODE_OPTIONS=[^`]*)`/.exec(recipe)[1];

/** Runs a line of a shell in the project. */
function run(line) {
  const start = performance.now();
  const output = execFileSync("sh", ["-ec", line], { cwd: project, encoding: "utf8", stdio: "pipe" });
  console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s  ${line.replaceAll("\n", "; ")}`);
  return output;
}

try {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: root });
  run("npx --yes --package ../polgrad-*.tgz polgrad --version"); // without a project
  for (const line of install.text.trim().split("\n")) run(line);
  writeFileSync(join(project, "tsconfig.json"), config.text);
  writeFileSync(join(project, "src/corridor.ts"), environment.text);
  writeFileSync(join(project, "src/train.ts"), program.text);
  for (const line of build.text.trim().split("\n")) run(line);
  const stripsTypes = process.features.typescript === "strip";
  if (stripsTypes) run("node src/train.ts && npx polgrad train ppo ./src/corridor.ts --steps 2048");
  else run(`npm install -D tsx && ${onNode20} --steps 2048`);
} catch (error) {
  console.error(error.stdout, error.stderr ?? error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
