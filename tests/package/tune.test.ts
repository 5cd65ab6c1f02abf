// The installed command searches: trials in processes of their own, killed in the middle, and gone on with.

import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { trainPpo } from "../../src/training/index.ts";

const project = inject("project");
const cli = join(project, "node_modules/polgrad/dist/bundle/main.js");
const args = [
  ...[cli, "tune", "ppo", "Identity-v0", "--steps", "800", "--rollout", "32", "--only", "learningRate", "--rungs", "1"],
  ...[
    "--seeds",
    "1",
    "--trials",
    "2",
    "--finalists",
    "1",
    "--fresh-seeds",
    "11",
    "--final-episodes",
    "3",
    "--jobs",
    "1",
  ],
];
const journal = join(project, "searches/ppo-Identity-v0/journal.jsonl");
const results = () =>
  (existsSync(journal) ? readFileSync(journal, "utf8").split("\n") : []).flatMap((line) => {
    const { result } = JSON.parse(line || "{}") as { result?: { trial: number; weightsSha256: string } };
    return result ? [result] : [];
  });

test("a search that was killed goes on, and its trials have the bits of their seeds", async () => {
  const child = spawn(process.execPath, args, { cwd: project, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("close", resolve));
  while (results().length < 1 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGKILL");
  await ended;
  const [first, ...others] = results();
  expect(others).toEqual([]);

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args, "--json"], { cwd: project });
  expect(stderr).toMatch(/[12] trials? done already/); // where the machine was quick, both
  const found = JSON.parse(stdout) as { status: string; trials: number; finals: { trial: number }[] };
  expect(found).toMatchObject({ status: "finished", trials: 2 });
  expect(found.finals.map(({ trial }) => trial).sort()).toEqual([0, 1]);
  expect(results().map(({ trial }) => trial)).toEqual([0, 1]);
  expect(results()[0]).toEqual(first);
  const { summary } = await trainPpo({ env: "Identity-v0", totalSteps: 800, rollout: 32, seed: 1 });
  expect(first.weightsSha256).toBe(summary.weightsSha256);
});
