// The installed command sweeps: runs in processes of their own, which are stopped, killed, and gone on with.

import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";

const run = promisify(execFile);
const project = inject("project");
const cli = join(project, "node_modules/polgrad/dist/bundle/main.js");
const args = (out: string) => [
  ...[cli, "sweep", "ppo", "CartPole-v1", "--learning-rate", "1e-3,3e-4", "--steps", "12_000", "--seeds", "5"],
  ...["--final-episodes", "3", "--jobs", "2", "--run-dir", out],
];
const sweep = (out: string, ...more: string[]) => run(process.execPath, [...args(out), ...more], { cwd: project });

/** Starts a sweep, does something to it once a run has written updates of its own, and waits for its end. */
async function disturb(
  out: string,
  of: string,
  act: (pid: number) => void,
): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, args(out), { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (data) => (text += data));
  child.stderr.on("data", (data) => (text += data));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const metrics = join(project, out, of, "metrics.jsonl");
  const length = () => (existsSync(metrics) ? statSync(metrics).size : 0);
  const before = length();
  while (child.exitCode === null && length() <= before) await new Promise((resolve) => setTimeout(resolve, 10));
  act(child.pid!);
  return { code: await ended, text };
}

/** What each run came to, from results.jsonl. */
const bits = (out: string) =>
  readFileSync(join(project, out, "results.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { run: string; mean: number; weightsSha256: string })
    .map(({ run, mean, weightsSha256 }) => ({ run, mean, weightsSha256 }));

test("a sweep that was stopped, then killed, then gone on with, has the bits of one that was not disturbed", async () => {
  const { stdout } = await sweep("swept", "--json");
  const result = JSON.parse(stdout) as { status: string; settings: { seeds: unknown[] }[] };
  expect(result.status).toBe("finished");
  expect(result.settings.map(({ seeds }) => seeds.length)).toEqual([1, 1]);
  const whole = bits("swept");
  expect(new Set(whole.map(({ weightsSha256 }) => weightsSha256)).size).toBe(2);

  const stopped = await disturb("torn", "learningRate-0.001-seed-5", (pid) => process.kill(pid, "SIGINT"));
  expect(stopped.code).toBe(130);
  expect(stopped.text).toContain("and all is saved. Resume with\n  npx polgrad sweep ppo CartPole-v1");
  expect(existsSync(join(project, "torn/report.html"))).toBe(true);
  await disturb("torn", "learningRate-0.0003-seed-5", (pid) => process.kill(pid, "SIGKILL"));
  const last = await sweep("torn");
  expect(last.stdout).toContain("2 of 2 runs are done.");
  expect(bits("torn")).toEqual(whole);
  for (const { run: name } of whole)
    for (const file of ["metrics.jsonl", "checkpoints/last.safetensors", "policy.safetensors"]) {
      const [a, b] = ["swept", "torn"].map((out) => readFileSync(join(project, out, name, file)));
      expect(a.equals(b), `${name}/${file}`).toBe(true);
    }
});

test("--estimate trains in processes for a moment, and writes nothing", async () => {
  const { stdout } = await sweep("guessed", "--estimate", "--json");
  const { seconds, bytes, kinds, runs } = JSON.parse(stdout) as {
    seconds: number;
    bytes: number;
    runs: number;
    kinds: { algorithm: string; hidden: number[]; tasks: number; stepsPerSecond: number }[];
  };
  expect(kinds).toMatchObject([{ algorithm: "ppo", env: "CartPole-v1", hidden: [64, 64], tasks: 2 }]);
  expect(runs).toBe(2);
  // No time is tested: more than the steps alone at ten million a second, less than an hour.
  expect(seconds).toBeGreaterThan(12_000 / 1e7);
  expect(seconds).toBeLessThan(3600);
  expect(bytes).toBeGreaterThan(2 * 30e6);
  expect(readdirSync(project)).not.toContain("guessed");
});
