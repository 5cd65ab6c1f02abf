import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { readRun } from "../threads/library.ts";

const folder = mkdtempSync(join(tmpdir(), "polgrad-own-algorithm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("examples/own-algorithm.js learns which arm pays best, and goes on", async () => {
  const example = fileURLToPath(new URL("../../examples/own-algorithm.js", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example], { cwd: folder });
  expect(stderr).toBe("");
  const [, pay, report] = /^The last 1600 pulls pay (\S+) on average: (\S+)\n$/.exec(stdout) ?? [];
  expect(Number(pay), "0.69 for 9 best arms of 10, 0.17 for arms at random").toBeGreaterThan(0.65);
  expect(existsSync(join(folder, report))).toBe(true);

  const { config, summary, updates } = readRun(join(folder, report, ".."));
  expect(summary).toMatchObject({ status: "finished", algorithm: "bandit", env: null, steps: 12_000 });
  expect(config.resumed).toMatchObject([{ fromStep: 8000, changed: { totalSteps: { from: 8000, to: 12_000 } } }]);
  expect(updates).toHaveLength(12_000 / 16);
});
