import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { RunError } from "../../src/errors.ts";
import type { JobControls } from "../../src/jobs/run-jobs.ts";
import carryOutTraining from "../../src/suites/training-task.ts";
import type { TrainingProgress, TrainingTask } from "../../src/suites/training-task.ts";
import { readConfig } from "../../src/runs/run-folder.ts";
import { fakeContext, fakeLibrary } from "./fake-library.ts";
import { createFakeTraining } from "../runs/fake-training.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-cli-benchmark-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Trainings that learn nothing, and evaluations of them, in this process. */
const means = { createTraining: createFakeTraining, evaluateRun: fakeLibrary.evaluateRun };
const carryOut = (task: TrainingTask, controls: JobControls<TrainingProgress>) =>
  carryOutTraining(task, controls, means);

const suite = {
  name: "mine",
  episodes: 3,
  seeds: [1, 2],
  jobs: [
    { algorithm: "ppo", env: "CartPole-v1", options: { totalSteps: 2000 }, target: 475 },
    { algorithm: "a2c", env: "CartPole-v1", options: { totalSteps: 2000 } },
  ],
};
beforeEach(() => writeFileSync(join(folder, "mine.json"), JSON.stringify(suite)));

async function polgrad(argv: string[], overrides: Partial<typeof fakeLibrary> = {}) {
  const library = { ...fakeLibrary, carryOut, ...overrides };
  const { context, written } = fakeContext(["benchmark", ...argv], folder, { library });
  return { code: await runCli(context), ...written };
}

test("without a suite, lists them", async () => {
  const { code, stdout } = await polgrad([]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}quick +every algorithm on CartPole-v1, briefly: a minute \(\d+ jobs, 2 seeds\)$/m);
  expect(JSON.parse((await polgrad(["--json"])).stdout)).toContainEqual(
    expect.objectContaining({ name: "toy", seeds: 5 }),
  );
});

test("runs a suite from a file, and tells what came of it", async () => {
  const { code, stdout, stderr } = await polgrad(["mine.json", "--jobs", "1"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(
    `mine: 4 runs, up to 1 at a time, in ${folder}/benchmarks/mine
✓ ppo on CartPole-v1, seed 1  500.0 ± 0.0  0:00
✓ a2c on CartPole-v1, seed 1  500.0 ± 0.0  0:00
✓ ppo on CartPole-v1, seed 2  500.0 ± 0.0  0:00
✓ a2c on CartPole-v1, seed 2  500.0 ± 0.0  0:00
4 of 4 runs are done.

Mean return of the final evaluation over seeds, with its 95 % interval:
  ppo on CartPole-v1  500.0 [500.0, 500.0]  target 475, reached
  a2c on CartPole-v1  500.0 [500.0, 500.0]

  Report  ${folder}/benchmarks/mine/report.html
  Tables  ${folder}/benchmarks/mine/results.md
`.replaceAll("0:00", stdout.match(/0:0\d/)![0]),
  );
  const run = join(folder, "benchmarks/mine/runs/ppo-CartPole-v1-2");
  expect(readConfig(run)).toMatchObject({ seed: 2, command: "polgrad benchmark mine.json --jobs 1" });
  expect(readFileSync(join(folder, "benchmarks/mine/results.md"), "utf8")).toContain("475, reached");
});

test("goes on with what is left, by the suite's name or by its folder", async () => {
  await polgrad(["mine.json", "--seeds", "1", "--out", "here"]);
  const { stdout } = await polgrad(["here", "--seeds", "1-3"]);
  expect(stdout).toContain("mine: 6 runs, 2 of them done already");
  expect(stdout.match(/^✓/gm)).toHaveLength(4);
});

test("--json ends stdout with one object, and everything else goes to stderr; --quiet leaves what it came to", async () => {
  const { stdout, stderr } = await polgrad(["mine.json", "--json", "--only", "a2c"]);
  expect(stdout.split("\n")).toHaveLength(2);
  expect(JSON.parse(stdout)).toMatchObject({
    suite: "mine",
    status: "finished",
    failed: 0,
    jobs: [{ name: "a2c", mean: 500 }],
  });
  expect(stderr).toContain("✓ a2c");
  expect((await polgrad(["mine.json", "--quiet"])).stdout).toMatch(/^4 of 4 runs are done\./);
});

test("--fraction has its own folder", async () => {
  await polgrad(["mine.json", "--fraction", "0.5"]);
  expect(readConfig(join(folder, "benchmarks/mine-x0.5/runs/ppo-CartPole-v1-1")).options.totalSteps).toBe(1000);
});

test("an environment of one's own is found beside the suite, and tried out first", async () => {
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub/env.mjs"), "export default () => ({})");
  const jobs = [{ algorithm: "ppo", env: "./env.mjs" }];
  writeFileSync(join(folder, "sub/s.json"), JSON.stringify({ ...suite, jobs }));
  const tried: unknown[] = [];
  const argv = ["sub/s.json", "--allow-module", "sub/env.mjs"];
  const { code, stderr } = await polgrad(argv, { checkEnvironment: async (env) => void tried.push(env) });
  expect(tried).toEqual([{ module: `file://${folder}/sub/env.mjs` }]);
  expect(code).toBe(2);
  expect(stderr).toContain("is not an environment");
});

describe("exit codes", () => {
  test("1 where a run fails; the others are done", async () => {
    const failing = (task: TrainingTask, controls: JobControls<TrainingProgress>) =>
      task.id === "ppo-CartPole-v1-1" ? Promise.reject(new RunError("it broke; see there")) : carryOut(task, controls);
    const { code, stdout } = await polgrad(["mine.json"], { carryOut: failing });
    expect(code).toBe(1);
    expect(stdout).toContain("✗ ppo on CartPole-v1, seed 1  it broke\n");
    expect(stdout).toContain("3 of 4 runs are done. 1 failed, and will be tried again by the same command.");
    expect(stdout).toMatch(/ppo on CartPole-v1 {2}500\.0 +seeds 1 of 2, 1 failed; target 475, missed/);
  });

  test("1 where a target is missed, only with --check", async () => {
    const [job] = suite.jobs;
    writeFileSync(
      join(folder, "hard.json"),
      JSON.stringify({ ...suite, name: "hard", jobs: [{ ...job, target: 501 }] }),
    );
    expect((await polgrad(["hard.json"])).code).toBe(0);
    expect((await polgrad(["hard.json", "--check"])).code).toBe(1);
    expect((await polgrad(["mine.json", "--check"])).code).toBe(0);
  });

  test("130 after Ctrl-C, with how to go on", async () => {
    const argv = ["benchmark", "mine.json", "--jobs", "1"];
    const { context, written, interrupt } = fakeContext(argv, folder);
    const interrupting = (task: TrainingTask, controls: JobControls<TrainingProgress>) => {
      if (task.id === "a2c-CartPole-v1-1") interrupt();
      return carryOut(task, controls);
    };
    context.library = { ...fakeLibrary, carryOut: interrupting };
    expect(await runCli(context)).toBe(130);
    expect(written.stdout).toContain("Stopping: runs in progress finish their update and save.");
    expect(written.stdout).toContain("‖ a2c on CartPole-v1, seed 1  saved at step");
    expect(written.stdout).toContain(
      "Stopped: 1 of 4 runs are done, and all is saved. Resume with\n  npx polgrad benchmark mine.json --jobs 1\n",
    );
    expect((await polgrad(["mine.json"])).stdout).toContain("4 runs, 1 of them done already");
  });
});

describe("what was typed wrongly gives exit code 2, and leaves nothing behind", () => {
  test.each([
    [["quik"], 'unknown suite "quik". Did you mean "quick"?'],
    [["no.json"], "there is no suite no.json"],
    [["."], ". is not the folder of a benchmark: it has no suite.json"],
    [["mine.json", "--only", "dqn"], 'no job matches "dqn"'],
    [["mine.json", "--seeds", "5-1"], '--seeds: "5-1" is not a seed, nor a range of seeds such as 1-5'],
    [["mine.json", "--fraction", "2"], '--fraction must be a number above 0 and at most 1, not "2"'],
    [["mine.json", "--jobs", "0"], '--jobs must be a whole number of at least 1, not "0"'],
  ])("%j", async (argv, message) => {
    const { code, stdout, stderr } = await polgrad(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.replaceAll("\n", " ")).toContain(message);
    expect(existsSync(join(folder, "benchmarks"))).toBe(false);
  });

  test("a file that is not JSON", async () => {
    writeFileSync(join(folder, "bad.json"), '{"name": "x",}');
    const { code, stderr } = await polgrad(["bad.json"]);
    expect(code).toBe(2);
    expect(stderr).toContain("bad.json is not JSON: ");
  });
});
