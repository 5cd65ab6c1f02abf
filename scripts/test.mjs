// `npm test`: everything that CI checks. Builds; then runs all tests and, in what time they leave of the processor, checks
// types, lint and format. Ends with what each took.

import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";

/** Runs an npm script; its output appears at once or, of one beside others, which is the less urgent, when it ends. */
function step(name, args, { beside = false } = {}) {
  const start = performance.now();
  const child = spawn("npm", args, { stdio: beside ? "pipe" : "inherit", shell: process.platform === "win32" });
  if (beside) setPriority(child.pid, constants.priority.PRIORITY_LOW);
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

const results = [await step("build", run("build"))];
if (results[0].passed) {
  const checks = ["typecheck", "lint", "format:check"].map((name) => step(name, run(name), { beside: true }));
  results.push(await step("tests", ["exec", "--", "vitest", "run"]), ...(await Promise.all(checks)));
}

console.log();
for (const { name, passed, seconds } of results)
  console.log(`${passed ? "passed" : "FAILED"}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
