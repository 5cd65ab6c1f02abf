import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { estimateText } from "../../src/cli/experiment.ts";
import { runCli } from "../../src/cli/program.ts";
import { trialsLine } from "../../src/cli/trial-progress.ts";
import { experimentNames } from "../../src/experiments/catalog.ts";
import { estimateExperiments } from "../../src/experiments/estimate.ts";
import { expectedSeconds } from "../../src/experiments/expected.ts";
import { probeReference } from "../../src/experiments/probe.ts";
import type { TrialJob } from "../../src/experiments/run-experiments.ts";
import { fakeContext } from "./fake-library.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-cli-experiment-"))));
afterEach(() => rmSync(folder, { recursive: true }));

async function polgrad(...argv: string[]) {
  const { context, written } = fakeContext(["experiment", ...argv], folder);
  return { code: await runCli(context), ...written };
}

test("without a name, lists them with the questions that they answer", async () => {
  const { code, stdout } = await polgrad();
  expect(code).toBe(0);
  for (const name of experimentNames) expect(stdout).toContain(`  ${name} `);
  expect(stdout).toContain("Which λ of generalized advantage estimation learns fastest");
  expect(stdout).not.toMatch(/[$\\]/);
  const listed = JSON.parse((await polgrad("--json")).stdout) as { name: string; claims: string[] }[];
  expect(listed.map(({ name }) => name)).toEqual(experimentNames);
  expect(listed.flatMap(({ claims }) => claims).every((claim) => !/[$\\]/.test(claim))).toBe(true);
});

test("says what is wrong before anything runs", async () => {
  expect(await polgrad("gae-lamda")).toMatchObject({
    code: 2,
    stderr: 'polgrad: there is no experiment "gae-lamda". Did you mean "gae-lambda"? `polgrad experiment` lists them\n',
  });
  expect(await polgrad("all", "gae-lambda")).toMatchObject({ code: 2, stderr: 'polgrad: "all" is every experiment: leave out gae-lambda\n' }); // prettier-ignore
  writeFileSync(join(folder, "notes"), "");
  expect((await polgrad("gae-lambda", "--out", "notes")).stderr).toMatch(/notes is a file, not a folder/);
});

test("progress counts by weight, and tells what is left", () => {
  const job = (status: TrialJob["status"], weight: number, progress: number | null = null): TrialJob => ({
    task: { experiment: "gae-lambda", trial: { id: "x", settings: {}, weight }, quick: true, file: "" },
    status,
    progress,
    result: null,
    error: null,
  });
  // Of weights 10 + 10 + 20, 10 and half of 10 are done after 30 s: 2 s a unit, so 25 more units take 50 s.
  const board = [job("finished", 10), job("running", 10, 0.5), job("waiting", 20)];
  expect(trialsLine(board, 1, 30)).toBe("1 of 3 trials done · gae-lambda · 0:50 left");
  expect(trialsLine([job("failed", 1), job("earlier", 1)], 1, 30)).toBe("1 of 2 trials done · 1 failed");
});

test("an estimate scales what is expected by the probe, and by what is left", () => {
  const job = (experiment: string, weight: number, isDone = false): TrialJob => ({
    task: { experiment, trial: { id: "x", settings: {}, weight }, quick: false, file: "" },
    status: isDone ? "earlier" : "waiting",
    progress: null,
    result: isDone ? { rows: [], seconds: 1 } : null,
    error: null,
  });
  expect(Object.keys(expectedSeconds)).toEqual(experimentNames);
  for (const { quick, full } of Object.values(expectedSeconds)) expect([quick > 0, full > quick]).toEqual([true, true]);
  // Three quarters of the weight are left, in one trial that takes 0.3 s to start; this machine is twice as slow.
  const probe = { seconds: 2 * probeReference, bytes: 100 * 1024 * 1024 };
  const expected = estimateExperiments([job("gae-lambda", 1, true), job("gae-lambda", 3)], false, 2, probe);
  const work = 2 * (0.75 * expectedSeconds["gae-lambda"].full + 0.3);
  expect(expected.seconds).toBeCloseTo(work / 2, 9);
  expect(expected).toMatchObject({
    slowness: 2,
    bytes: 2 * probe.bytes,
    experiments: [{ name: "gae-lambda", trials: 1 }],
  });
  expect(estimateText(expected)).toMatch(
    /^Time .*, 2 processes at a time\n {8}gae-lambda {2}\S+ of work, 1 trial\nMemory {2}200 MiB/,
  );
  expect(estimateText(estimateExperiments([job("gae-lambda", 1, true)], false, 2, probe))).toMatch(
    /^All trials are done/,
  );
});
