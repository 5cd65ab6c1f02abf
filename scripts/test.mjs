// `npm test`: everything that CI checks. Lint on one core, meanwhile the build, types and format on another; then all
// tests, where there is a build, even if something else complained. Ends with what each took.

import { spawn } from "node:child_process";

/** Runs a command; its output appears at once, or, beside others, when it ends. */
function step(name, command, args, { beside = false } = {}) {
  const start = performance.now();
  const child = spawn(command, args, { stdio: beside ? "pipe" : "inherit", shell: process.platform === "win32" });
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

const script = (name) => [name, "npm", ["run", "--silent", name]];

/** Steps, one after the other. */
async function inTurn(steps) {
  const results = [];
  for (const each of steps) results.push(await step(...each, { beside: true }));
  return results;
}

// Kernels that are up to date are left as they are: that they are what the sources give, a test finds out anyway.
const kernels = ["kernels", process.execPath, ["scripts/build-kernels.mjs", "--if-stale"]];
const lanes = [
  [script("lint")],
  [
    kernels,
    script("build:options"),
    script("build:pages"),
    script("build:ts"),
    script("build:bundle"),
    script("typecheck"),
    script("format:check"),
  ],
];
const results = (await Promise.all(lanes.map(inTurn))).flat();
const built = results.every(({ name, passed }) => passed || !["kernels", "build:ts", "build:bundle"].includes(name));
if (built) results.push(await step("tests", "npm", ["exec", "--", "vitest", "run"]));

console.log();
for (const { name, passed, seconds } of results)
  console.log(`${passed ? "passed" : "FAILED"}  ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
