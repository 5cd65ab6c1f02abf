// `npm test`: everything that CI checks. Builds, and checks the format meanwhile; then types and lint side by side; then
// all tests, even where one of those complained. Ends with what each took.

import { spawn } from "node:child_process";

/** Runs an npm script; its output appears at once, or, beside others, when it ends. */
function step(name, args, { beside = false } = {}) {
  const start = performance.now();
  const child = spawn("npm", args, { stdio: beside ? "pipe" : "inherit", shell: process.platform === "win32" });
  const output = [];
  child.stdout?.on("data", (data) => output.push(data));
  child.stderr?.on("data", (data) => output.push(data));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      process.stdout.write(Buffer.concat(output));
      resolve({ name, passed: code === 0, seconds: (performance.now() - start) / 1000 });
    });
  });
}

const run = (name) => ["run", "--silent", name];

const check = (name) => step(name, run(name), { beside: true });
const format = check("format:check");
const results = [await step("build", run("build")), await format];
if (results[0].passed) {
  results.push(...(await Promise.all(["typecheck", "lint"].map(check))));
  results.push(await step("tests", ["exec", "--", "vitest", "run"]));
}

console.log();
for (const { name, passed, seconds } of results)
  console.log(`${passed ? "passed" : "FAILED"}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
