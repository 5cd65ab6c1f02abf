// The installed command puts claims to the test: experiments, their texts and code are in the package.

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";

const project = inject("project");
const cli = join(project, "node_modules/polgrad/dist/bundle/main.js");
const experiment = (...args: string[]) =>
  promisify(execFile)(process.execPath, [cli, "experiment", ...args], { cwd: project });

interface Result {
  readonly experiments: readonly { name: string; page: string; claims: readonly { claim: string; verdict: string; measured: string }[] }[]; // prettier-ignore
}

test("polgrad experiment runs from the package, to the last line of JSON and a page that needs nothing else", async () => {
  const { stdout } = await experiment("policy-gradient-theorem", "--quick", "--json", "--out", "lecture"); // prettier-ignore
  const { experiments } = JSON.parse(stdout.trim().split("\n").at(-1)!) as Result;
  const [theorem] = experiments;
  expect(theorem.name).toBe("policy-gradient-theorem");
  expect(theorem.claims.slice(0, 4).map(({ verdict }) => verdict)).toEqual(Array(4).fill("supported"));
  for (const { claim, measured } of theorem.claims) expect(claim + measured).not.toMatch(/[$\\]/);
  const page = readFileSync(join(project, theorem.page), "utf8");
  expect(page).toContain("<math");
  expect(page).toContain("export function estimate(");
  expect(page).not.toMatch(/<script|(src|href)="(https?:|\/)/);
  for (const file of ["index.html", "results.json", "verdicts.md", "policy-gradient-theorem/data.jsonl"])
    expect(existsSync(join(project, "lecture", file)), file).toBe(true);
});

test("its estimate runs a probe, and writes nothing", async () => {
  const { stdout } = await experiment("gae-lambda", "--estimate", "--jobs", "1", "--out", "never");
  expect(stdout).toMatch(/^Time {4}[\d:]+, 1 process at a time\n {8}gae-lambda {2}[\d:]+ of work, 121 trials\n/);
  expect(existsSync(join(project, "never"))).toBe(false);
});
