// The installed command benchmarks: runs in processes of their own, which are stopped, killed, and gone on with.

import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, test } from "vitest";

const run = promisify(execFile);
const project = inject("project");
const cli = join(project, "node_modules/polgrad/dist/bundle/main.js");
const suite = {
  name: "two",
  episodes: 3,
  seeds: [1, 2],
  jobs: [
    { algorithm: "ppo", env: "CartPole-v1", options: { totalSteps: 8_000 } },
    { algorithm: "reinforce", env: "CartPole-v1", options: { totalSteps: 4_000 } },
  ],
};
const kept = ["metrics.jsonl", "policy.safetensors", "evaluation.json", "checkpoints/last.safetensors"];

const benchmark = (out: string, ...args: string[]) =>
  run(process.execPath, [cli, "benchmark", "two.json", "--out", out, "--jobs", "2", ...args], { cwd: project });

/**
 * Starts a benchmark, does something to it once a run has its first checkpoint of more than nothing, and waits for its
 * end.
 */
async function disturb(out: string, act: (pid: number) => void): Promise<{ code: number | null; text: string }> {
  const args = [cli, "benchmark", "two.json", "--out", out, "--jobs", "2"];
  const child = spawn(process.execPath, args, { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (data) => (text += data));
  child.stderr.on("data", (data) => (text += data));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const metrics = join(project, out, "runs/ppo-CartPole-v1-1/metrics.jsonl");
  while (child.exitCode === null && !(existsSync(metrics) && readFileSync(metrics).length > 0))
    await new Promise((resolve) => setTimeout(resolve, 20));
  act(child.pid!);
  return { code: await ended, text };
}

function expectSame(out: string): void {
  const runs = readdirSync(join(project, "whole/runs"));
  expect(runs).toHaveLength(4);
  for (const name of runs)
    for (const file of kept) {
      const [a, b] = ["whole", out].map((folder) => readFileSync(join(project, folder, "runs", name, file)));
      expect(a.equals(b), `${name}/${file}`).toBe(true);
    }
}

beforeAll(async () => {
  writeFileSync(join(project, "two.json"), JSON.stringify(suite));
  await benchmark("whole");
});

describe("gone on with, it has the bits of one that was not disturbed", () => {
  test.runIf(process.env.POLGRAD_FULL)("after Ctrl-C", async () => {
    const { code, text } = await disturb("stopped", (pid) => process.kill(pid, "SIGINT"));
    expect(code).toBe(130);
    expect(text).toContain("Stopping: ");
    expect(text).toContain("Resume with\n  npx polgrad benchmark two.json --out stopped --jobs 2");
    expect(existsSync(join(project, "stopped/report.html"))).toBe(true);
    await benchmark("stopped");
    expectSame("stopped");
  });

  test("after kill -9", async () => {
    await disturb("killed", (pid) => process.kill(pid, "SIGKILL"));
    const { stdout } = await benchmark("killed");
    expect(stdout).toContain("4 of 4 runs are done.");
    expectSame("killed");
  });
});

test("a run whose process dies is told, and leaves the others alone", async () => {
  // A module that ends the process in the middle of an episode, as one that runs out of memory would.
  const text = `import { box, discrete } from "polgrad";
let t = 0;
export default () => ({
  observationSpace: box(-1, 1, [1]), actionSpace: discrete(2),
  reset: () => ({ observation: [0], info: {} }),
  step() {
    if (++t > 3000) process.kill(process.pid, "SIGKILL");
    return { observation: [0], reward: 1, terminated: false, truncated: t % 50 === 0, info: {} };
  },
});`;
  writeFileSync(join(project, "deadly.mjs"), text);
  const jobs = [{ ...suite.jobs[0], env: "./deadly.mjs" }, suite.jobs[1]];
  writeFileSync(join(project, "two.json"), JSON.stringify({ ...suite, seeds: [1], jobs }));
  const failed = (await benchmark("deadly", "--allow-module", "deadly.mjs").catch((error: unknown) => error)) as {
    code: number;
    stdout: string;
  };
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain("✗ ppo on deadly.mjs, seed 1  its process was ended by SIGKILL");
  expect(failed.stdout).toContain("✓ reinforce on CartPole-v1, seed 1");
  expect(failed.stdout).toContain("1 of 2 runs are done. 1 failed");
});
