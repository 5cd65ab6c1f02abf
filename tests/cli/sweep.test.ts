import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { algorithms } from "../../src/algorithms/index.ts";
import { runCli } from "../../src/cli/program.ts";
import { trainingEstimateData, trainingEstimateText } from "../../src/cli/training-estimate.ts";
import { RunError } from "../../src/errors.ts";
import type { TrainingEstimate } from "../../src/jobs/estimate.ts";
import type { JobControls } from "../../src/jobs/run-jobs.ts";
import { readConfig } from "../../src/runs/run-folder.ts";
import carryOutTraining from "../../src/suites/training-task.ts";
import type { TrainingProgress, TrainingTask } from "../../src/suites/training-task.ts";
import { createFakeTraining } from "../runs/fake-training.ts";
import { fakeContext, fakeLibrary } from "./fake-library.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-cli-sweep-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Trainings that learn nothing, and evaluations of them, in this process: seed 2 does a little better. */
const evaluateRun: typeof fakeLibrary.evaluateRun = async (run, options) => {
  const played = await fakeLibrary.evaluateRun(run, options);
  return { ...played, mean: 100 * Number(readConfig(run).options.learningRate) + (run.endsWith("-2") ? 1 : 0) };
};
const carryOut = (task: TrainingTask, controls: JobControls<TrainingProgress>) =>
  carryOutTraining(task, controls, { createTraining: createFakeTraining, evaluateRun });

const sweep = {
  algorithm: "ppo",
  env: "CartPole-v1",
  options: { learningRate: [0.1, 0.3], totalSteps: 500 },
  seeds: [1, 2],
  episodes: 3,
};
beforeEach(() => writeFileSync(join(folder, "rates.json"), JSON.stringify(sweep)));

async function polgrad(argv: string[], overrides: Partial<typeof fakeLibrary> = {}) {
  const library = { ...fakeLibrary, algorithms, carryOut, ...overrides };
  const { context, written } = fakeContext(["sweep", ...argv], folder, { library });
  return { code: await runCli(context), ...written };
}

test("runs a sweep from a file, and tells what came of it", async () => {
  const { code, stdout, stderr } = await polgrad(["rates.json", "--jobs", "1"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.replaceAll(/0:0\d/g, "0:00")).toBe(
    `rates: 2 settings × 2 seeds, 4 runs, up to 1 at a time, in ${folder}/sweeps/rates
✓ learningRate 0.1, seed 1  10.0 ± 0.0  0:00
✓ learningRate 0.3, seed 1  30.0 ± 0.0  0:00
✓ learningRate 0.1, seed 2  11.0 ± 0.0  0:00
✓ learningRate 0.3, seed 2  31.0 ± 0.0  0:00
4 of 4 runs are done.

Interquartile mean of the final evaluations over seeds, 95 % interval:
  learningRate 0.3  30.5 [24.1, 36.9]
  learningRate 0.1  10.5 [4.1, 16.9]
Best: learningRate 0.3. Its interval lies above that of the other. The intervals are Student's t, as wide as 2 seeds make them.

  Report  ${folder}/sweeps/rates/report.html
  Tables  ${folder}/sweeps/rates/results.csv
`,
  );
  const config = readConfig(join(folder, "sweeps/rates/learningRate-0.3-seed-2"));
  expect(config).toMatchObject({ seed: 2, command: "polgrad sweep rates.json --jobs 1" });
  expect(config.options).toMatchObject({ learningRate: 0.3, totalSteps: 500 });
  expect(readFileSync(join(folder, "sweeps/rates/report.html"), "utf8")).toContain("npx polgrad sweep rates.json --jobs 1"); // prettier-ignore
});

test("goes on with what is left, by the file or by the folder", async () => {
  await polgrad(["rates.json", "--seeds", "1", "--run-dir", "here"]);
  const { stdout } = await polgrad(["here", "--seeds", "1-3"]);
  expect(stdout).toContain(`rates: 2 settings × 3 seeds, 6 runs, 2 of them done already, up to`);
  expect(stdout).toContain(`in ${folder}/here\n`);
  expect(stdout.match(/^✓/gm)).toHaveLength(4);
});

describe("typed with an algorithm", () => {
  const given = (argv: string[]) =>
    polgrad([
      "ppo",
      "CartPole-v1",
      "--steps",
      "500",
      "--seeds",
      "1",
      "--final-episodes",
      "2",
      "--run-dir",
      "s",
      ...argv,
    ]);
  const saved = () => JSON.parse(readFileSync(join(folder, "s/sweep.json"), "utf8")) as { settings: { name: string; options: Record<string, unknown> }[] }; // prettier-ignore
  const names = () => saved().settings.map(({ name }) => name);

  test("flags take several values by commas", async () => {
    expect((await given(["--learning-rate", "0.1,3e-1", "--clip-schedule", "constant,linear"])).code).toBe(0);
    expect(names()).toEqual([
      "learningRate 0.1, clipSchedule constant",
      "learningRate 0.1, clipSchedule linear",
      "learningRate 0.3, clipSchedule constant",
      "learningRate 0.3, clipSchedule linear",
    ]);
    expect(saved()).toMatchObject({ name: "ppo-CartPole-v1-learning-rate-clip-schedule", seeds: [1], episodes: 2 });
  });

  test("of options with commas in them, one value each time", async () => {
    await given(["--hidden", "64,64", "--hidden", "8", "--env-options", '{"hideVelocity":true,"frameStack":2}']);
    expect(names()).toEqual(["hidden 64,64", "hidden 8"]);
    expect(saved().settings.map(({ options }) => [options.hidden, options.envOptions])).toEqual([
      [[64, 64], { hideVelocity: true, frameStack: 2 }],
      [[8], { hideVelocity: true, frameStack: 2 }],
    ]);
  });

  test.each([
    [["--shared-trunk"], [true]],
    [["--no-shared-trunk"], [false]],
    [
      ["--shared-trunk", "true,false"],
      [true, false],
    ],
  ])("answers: %j", async (argv, answers) => {
    await given(argv);
    expect(saved().settings.map(({ options }) => options.sharedTrunk)).toEqual(answers);
  });

  test("--help shows its flags", async () => {
    const text = (await polgrad(["ppo", "--help"])).stdout.replace(/\s+/g, " ");
    expect(text).toContain("--learning-rate <number,…> ");
    expect(text).toContain("--hidden <integer,…> ");
    expect(text).toContain("; repeated for several");
    expect(text).toContain("--final-episodes <integer>");
    expect(text).not.toContain("--seed <");
  });
});

test("--json ends stdout with one object, and everything else goes to stderr; --quiet leaves what it came to", async () => {
  const { stdout, stderr } = await polgrad(["rates.json", "--json", "--name", "mine"]);
  expect(stdout.split("\n")).toHaveLength(2);
  expect(JSON.parse(stdout)).toMatchObject({
    sweep: "mine",
    out: join(folder, "sweeps/mine"),
    status: "finished",
    failed: 0,
    best: [{ env: "CartPole-v1", name: "learningRate 0.3", notWorse: [] }],
    settings: [
      { name: "learningRate 0.1", values: { learningRate: 0.1 }, mean: 10.5 },
      { name: "learningRate 0.3", values: { learningRate: 0.3 }, mean: 30.5 },
    ],
  });
  expect(stderr).toContain("✓ learningRate 0.1, seed 2");
  expect((await polgrad(["rates.json", "--quiet"])).stdout).toMatch(/^4 of 4 runs are done\./);
});

test("an environment of one's own is found beside the file, and tried out first", async () => {
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub/env.mjs"), "export default () => ({})");
  writeFileSync(join(folder, "sub/s.json"), JSON.stringify({ ...sweep, env: ["./env.mjs", "CartPole-v1"] }));
  const refused = await polgrad(["sub/s.json"]);
  expect(refused.stderr).toContain("sub/s.json names an environment of its own");
  expect(refused.code).toBe(2);
  const tried: unknown[] = [];
  const argv = ["sub/s.json", "--allow-module", "sub/env.mjs"];
  const { code, stderr } = await polgrad(argv, { checkEnvironment: async (env) => void tried.push(env) });
  expect(tried).toEqual([{ module: `file://${folder}/sub/env.mjs` }, "CartPole-v1"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("is not an environment") });
});

describe("exit codes", () => {
  test("1 where a run fails; the others are done", async () => {
    const failing = (task: TrainingTask, controls: JobControls<TrainingProgress>) =>
      task.id === "learningRate-0.3-seed-1" ? Promise.reject(new RunError("it broke")) : carryOut(task, controls);
    const { code, stdout } = await polgrad(["rates.json"], { carryOut: failing });
    expect(code).toBe(1);
    expect(stdout).toContain("✗ learningRate 0.3, seed 1  it broke\n");
    expect(stdout).toContain("3 of 4 runs are done. 1 failed, and will be tried again by the same command.");
    expect(stdout).toContain("  learningRate 0.3  31.0  seeds 1 of 2\n");
    expect(stdout).toMatch(/Best: learningRate 0\.3\. It is of one seed.* Not all seeds are done\.\n/);
  });

  test("130 after Ctrl-C, with how to go on", async () => {
    const { context, written, interrupt } = fakeContext(["sweep", "rates.json", "--jobs", "1"], folder);
    const interrupting = (task: TrainingTask, controls: JobControls<TrainingProgress>) => {
      if (task.id === "learningRate-0.3-seed-1") interrupt();
      return carryOut(task, controls);
    };
    context.library = { ...fakeLibrary, algorithms, carryOut: interrupting };
    expect(await runCli(context)).toBe(130);
    expect(written.stdout).toContain("Stopping: runs in progress finish their update and save.");
    expect(written.stdout).toContain("‖ learningRate 0.3, seed 1  saved at step");
    expect(written.stdout).toContain(
      "Stopped: 1 of 4 runs are done, and all is saved. Resume with\n  npx polgrad sweep rates.json --jobs 1\n",
    );
    expect((await polgrad(["rates.json"])).stdout).toContain("4 runs, 1 of them done already");
  });
});

describe("what was typed wrongly gives exit code 2, and leaves nothing behind", () => {
  test.each([
    [[], "which sweep? For example: polgrad sweep ppo CartPole-v1 --learning-rate 1e-4,3e-4,1e-3 --seeds 1-5"],
    [["pppo", "CartPole-v1", "--lr", "3"], 'unknown algorithm or file "pppo". Did you mean "ppo"'],
    [["no.json"], "there is no sweep no.json"],
    [["."], ". is not the folder of a sweep: it has no sweep.json"],
    [["rates.json", "CartPole-v1"], "rates.json is a file, which names environments itself: leave CartPole-v1 out"],
    [["rates.json", "--lr", "3"], 'unknown option "--lr" of a sweep in a file'],
    [["rates.json", "--seeds", "5-1"], '--seeds: "5-1" is not a seed, nor a range of seeds such as 1-5'],
    [["rates.json", "--jobs", "0"], '--jobs must be a whole number of at least 1, not "0"'],
    [["rates.json", "--name", "a/b"], '--name may have letters, digits, and . _ + - only, and not end in a dot, not "a/b"'], // prettier-ignore
    [["ppo"], "which environment? For example: polgrad sweep ppo CartPole-v1"],
    [["ppo", "CartPole-v1,Cart"], 'the sweep cannot run: unknown environment "Cart"'],
    [["ppo", "CartPole-v1", "--seed", "3"], 'unknown option "--seed". Did you mean "--seeds"'],
    [["ppo", "CartPole-v1", "--baseline", "none"], "--baseline is an option of reinforce only, not of ppo"],
    [
      ["ppo", "CartPole-v1", "--learning-rate", "0.1,-1,x", "--gamma", "2,0.5"],
      "the sweep cannot run: - --gamma must be a number from 0 to 1, not 2 - --learning-rate must be a number above 0, " +
        'not -1 - --learning-rate must be a number above 0, not "x"',
    ],
    [["ppo", "CartPole-v1", "--clip", "0.1,0.1"], 'the sweep cannot run: "clip" has 0.1 twice'],
  ])("%j", async (argv, message) => {
    const { code, stdout, stderr } = await polgrad(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.replaceAll("\n", " ")).toContain(message);
    expect(existsSync(join(folder, "sweeps"))).toBe(false);
  });
});

describe("--estimate", () => {
  const estimate: TrainingEstimate = {
    seconds: 95,
    taskSeconds: [20, 30, 45, 75],
    bytes: 150 * 2 ** 20,
    atATime: 2,
    kinds: [
      { algorithm: "ppo", env: "CartPole-v1", hidden: [64, 64], tasks: 3, stepsPerSecond: 12_345, bytes: 80 * 2 ** 20 },
      { algorithm: "ppo", env: "CartPole-v1", hidden: [], tasks: 1, stepsPerSecond: 40_000, bytes: 70 * 2 ** 20 },
    ],
    isRough: false,
  };

  test("tells time, memory, and how it knows", () => {
    expect(trainingEstimateText(estimate, 2 ** 30)).toBe(
      `Time    1:35 for 4 runs, 2 at a time: 0:20 to 1:15 a run, its start and its evaluation included
Memory  150 MiB in 2 processes of up to 80 MiB; this command itself takes some 80 MiB
        That is after a second: a long run comes to some tens of MiB more, for its episodes and its report.
Known   by a second of each kind of training, 2 processes at a time as the sweep would have
        ppo on CartPole-v1, hidden layers 64,64: 12,345 steps/s, 80 MiB; 3 runs
        ppo on CartPole-v1, hidden layers none: 40,000 steps/s, 70 MiB; 1 run
        Evaluations are reckoned with episodes of the greatest length; code is not yet as fast as in a long run.
        Nothing was written.
`,
    );
    expect(trainingEstimateData(estimate)).toMatchObject({ seconds: 95, runs: 4, runSeconds: 42.5, atATime: 2 });
  });

  test("warns where memory does not suffice, where it is rough, and where nothing is left", () => {
    expect(trainingEstimateText(estimate, 100 * 2 ** 20)).toContain(
      "It is more than the 100 MiB that are free: --jobs 1 would fit",
    );
    expect(trainingEstimateText({ ...estimate, isRough: true }, undefined)).toContain(
      "Lengths in episodes are reckoned",
    );
    const nothing = { ...estimate, seconds: 0, taskSeconds: [], kinds: [] };
    expect(trainingEstimateText(nothing, undefined)).toMatch(/^All runs are done/);
  });

  test("of a sweep that is done takes no probe, and writes nothing", async () => {
    await polgrad(["rates.json", "--seeds", "1", "--quiet"]);
    const before = readFileSync(join(folder, "sweeps/rates/sweep.json"), "utf8");
    const { code, stdout, stderr } = await polgrad(["rates.json", "--seeds", "1", "--estimate", "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "All runs are done: there is nothing left to estimate.\n" });
    expect(JSON.parse(stdout)).toMatchObject({ seconds: 0, runs: 0, runSeconds: null });
    expect(readFileSync(join(folder, "sweeps/rates/sweep.json"), "utf8")).toBe(before);
  });
});
