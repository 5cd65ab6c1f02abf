// What has been learned stays what it was: strict trainings come to the same bits as those of 0.1.0 did, and runs that
// 0.1.0 left in the middle go on to the bits that it came to itself.

import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import * as library from "../threads/library.ts";

const read = (path: string): Record<string, Record<string, unknown>> =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "polgrad-compatibility-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every algorithm, kind of action, memory and number of workers: `node scripts/fingerprints.mjs --strict`", async () => {
  const script: string = new URL("../../scripts/fingerprints.mjs", import.meta.url).href;
  const { table } = await import(script);
  expect(await table(library, true)).toEqual(read("fingerprints.json"));
});

const runs = read("runs-0.1.0/expected.json");
test.each(Object.keys(runs))("a run of 0.1.0 goes on: %s", async (name) => {
  const run = join(folder, name);
  cpSync(new URL(`runs-0.1.0/${name}`, import.meta.url), run, { recursive: true });
  const { status, summary } = await library.resumeRun(run);
  const { steps, episodes, meanReturn100, solvedAtStep, weightsSha256 } = summary;
  const metrics = readFileSync(join(run, "metrics.jsonl"));
  const metricsSha256 = createHash("sha256").update(metrics).digest("hex");
  expect(status).toBe("finished");
  expect({ steps, episodes, meanReturn100, solvedAtStep, weightsSha256, metricsSha256 }).toEqual(runs[name]);
});
