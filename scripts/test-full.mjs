// `npm run test:full`: what takes longer than `npm test` has time for, on the build that is there. Every moment at which
// a process can be killed, property tests with a hundred times their cases, and random kills of real processes.

import { spawnSync } from "node:child_process";

const env = { ...process.env, POLGRAD_FULL: "1", POLGRAD_CASES: process.env.POLGRAD_CASES ?? "10000" };
const steps = [
  ["every crash point, and many more cases", "npx", ["vitest", "run", "tests/runs/crash-points.test.ts", "tests/training/checkpoint.test.ts", "tests/packing.test.ts"]], // prettier-ignore
  ["300 random kills", process.execPath, ["scripts/kill-runs.mjs", "300"]],
];
let failed = false;
for (const [name, command, args] of steps) {
  console.log(`\n${name}`);
  const start = performance.now();
  const { status } = spawnSync(command, args, { stdio: "inherit", env });
  failed ||= status !== 0;
  console.log(`${status === 0 ? "passed" : "FAILED"}  ${name}  ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
process.exitCode = failed ? 1 : 0;
