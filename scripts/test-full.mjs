// `npm run test:full`: what takes longer than `npm test` has time for, on the build that is there. Every moment at which
// a process can be killed, random kills of real processes, and property tests with as many cases as the steps name.

import { spawnSync } from "node:child_process";

const vitest = (...files) => ["npx", ["vitest", "run", "--testTimeout", "7200000", ...files]];
const script = (...args) => [process.execPath, args];
const steps = [
  ["every crash point, and 10,000 damaged checkpoints", 10_000, ...vitest("tests/runs/crash-points.test.ts", "tests/training/checkpoint.test.ts", "tests/packing.test.ts")], // prettier-ignore
  ["the kernels are what their sources compile to", 0, ...vitest("tests/tensor/stale-kernels.test.ts")],
  ["what takes long: leaks, kills, long trainings", 0, ...vitest("tests/threads/training.test.ts", "tests/browser", "tests/learners/experiment-runs.test.ts", "tests/package/benchmark.test.ts", "tests/package/memory.test.ts", "tests/tensor/plan.test.ts", "tests/tensor/engine-memory.test.ts")], // prettier-ignore
  ["300 random graphs on 1 to 5 threads", 0, ...vitest("tests/threads/engine.test.ts")],
  ["300 random kills", 0, ...script("scripts/kill-runs.mjs", "300")],
  ["1,000,000 damaged policy files", 0, ...script("scripts/fuzz-policy-files.mjs", "1000000")],
  ["memory of 200 trainings of RLHF and of 10,000 texts", 0, ...script("bench/memory.mjs", "--only", "rlhf,texts")],
  ["the guide's project in TypeScript", 0, ...script("scripts/typescript-project.mjs")],
  ["100,000 options of any kind", 100_000, ...vitest("tests/training/hostile-options.test.ts")],
];
let failed = false;
for (const [name, cases, command, args] of steps) {
  console.log(`\n${name}`);
  const start = performance.now();
  const env = { ...process.env, POLGRAD_FULL: "1", POLGRAD_CASES: String(cases) };
  const { status } = spawnSync(command, args, { stdio: "inherit", env });
  failed ||= status !== 0;
  console.log(`${status === 0 ? "passed" : "FAILED"}  ${name}  ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
process.exitCode = failed ? 1 : 0;
