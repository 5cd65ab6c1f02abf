// Sweeps of real algorithms on identity environments, carried out in this process.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import type { JobControls } from "../../src/jobs/run-jobs.ts";
import { evaluateRun } from "../../src/runs/evaluate-run.ts";
import { readRun } from "../../src/runs/read-run.ts";
import { resumeRun } from "../../src/runs/train-run.ts";
import { evaluationSeed } from "../../src/runs/final-evaluation.ts";
import carryOutTraining from "../../src/suites/training-task.ts";
import type { TrainingProgress, TrainingTask } from "../../src/suites/training-task.ts";
import { readSweep, sweepFiles } from "../../src/sweeps/folder.ts";
import { runSweep, type SweepRun, type SweepSettings } from "../../src/sweeps/run-sweep.ts";
import { parseSweep, type SweepInput } from "../../src/sweeps/sweep.ts";

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-sweep-"));
  out = join(folder, "out");
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = { totalSteps: 1000, rollout: 64, hidden: [8] };
const tiny: SweepInput = {
  algorithm: "ppo",
  env: "IdentityBox-v0",
  options: { ...options, learningRate: [0.001, 0.01] },
  seeds: [1, 2],
  episodes: 3,
};
const wild = { ...tiny, options: { ...options, learningRate: [0.001, 1e30] } };

/** Runs a sweep here, and keeps the tasks that were carried out, in their order. */
async function run(sweep: SweepInput = tiny, settings: SweepSettings = {}) {
  const tasks: string[] = [];
  const carryOut = (task: TrainingTask, controls: JobControls<TrainingProgress>) => {
    tasks.push(task.id);
    return carryOutTraining(task, controls);
  };
  const result = await runSweep(sweep, { runDir: out, jobs: 1, carryOut, ...settings });
  return { result, tasks };
}

const read = (path: string) => readFileSync(path, "utf8");
const lines = (of = out) =>
  read(sweepFiles(of).jsonLines)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("a sweep", () => {
  let whole: Awaited<ReturnType<typeof run>>;
  let there: string;
  beforeAll(async () => {
    there = mkdtempSync(join(tmpdir(), "polgrad-sweep-"));
    whole = await run(tiny, { runDir: there });
  });
  afterAll(() => rmSync(there, { recursive: true }));

  test("leaves a run folder for each setting and seed, and its own files beside them", () => {
    const { result, tasks } = whole;
    expect(tasks).toEqual([
      "learningRate-0.001-seed-1",
      "learningRate-0.01-seed-1",
      "learningRate-0.001-seed-2",
      "learningRate-0.01-seed-2",
    ]);
    expect(result).toMatchObject({
      sweep: "ppo-IdentityBox-v0-learning-rate",
      out: there,
      status: "finished",
      failed: 0,
    });
    expect(readdirSync(there).sort()).toEqual([...tasks, "report.html", "results.csv", "results.jsonl", "sweep.json"].sort()); // prettier-ignore
    const files = sweepFiles(there);
    expect(readSweep(files.sweep)).toEqual(parseSweep(tiny));

    const [slow, fast] = result.settings;
    expect([slow.name, fast.name]).toEqual(["learningRate 0.001", "learningRate 0.01"]);
    expect(slow.values).toEqual({ learningRate: 0.001 });
    expect(slow.seeds.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(slow.mean).toBe((slow.seeds[0].mean + slow.seeds[1].mean) / 2);
    expect(slow.interquartileMean).toBe(slow.mean); // of two, none is left out
    const best = slow.mean! >= fast.mean! ? slow : fast;
    expect(result.best).toMatchObject([{ env: "IdentityBox-v0", name: best.name }]);

    expect(lines(there)).toMatchObject(
      result.settings.flatMap(
        ({ name, values, seeds }) =>
        seeds.map(({ seed, mean, weightsSha256 }) => ({ setting: name, values, seed, status: "finished", mean, weightsSha256, run: `learningRate-${String(values.learningRate)}-seed-${seed}` })), // prettier-ignore
      ),
    );
    expect(read(files.csv).split("\n")[1]).toContain(`IdentityBox-v0,1,${best.name},ppo,${String(best.values.learningRate)},2,0,0,`); // prettier-ignore
  });

  test("its runs are ordinary ones: they are evaluated, and can be gone on with", async () => {
    const { run: path, mean } = whole.result.settings[1].seeds[0];
    expect(readRun(path)).toMatchObject({ summary: { status: "finished", seed: 1 }, config: { options: { learningRate: 0.01 } } }); // prettier-ignore
    expect((await evaluateRun(path, { episodes: 3, seed: evaluationSeed })).mean).toBe(mean);
    const { summary } = await resumeRun(path, { totalSteps: 2000 });
    expect(summary.steps).toBeGreaterThanOrEqual(2000);
  });

  test("its report tells the best at the top, links each seed, draws curves and coordinates", () => {
    const { result } = whole;
    const html = read(sweepFiles(there).report);
    expect(html).not.toMatch(/NaN|undefined|\[object|<script|https?:\/\/(?!www\.w3\.org)/);
    const { document } = parseHTML(html);
    expect(document.querySelector(".verdict")?.textContent).toMatch(
      new RegExp(
        `^Best: ${result.best[0].name}, with an interquartile mean of .+ over 2 seeds|An interval over 2 seeds`,
      ),
    );
    const [first] = document.querySelectorAll("table.results tbody tr");
    expect(first.querySelector("th")?.textContent).toBe(result.best[0].name);
    const links = [...document.querySelectorAll("table.results a")].map((link) => link.getAttribute("href")!);
    expect(links).toHaveLength(4);
    for (const link of links) expect(existsSync(join(there, link))).toBe(true);
    const heads = [...document.querySelectorAll("h2")].map((head) => head.textContent);
    expect(heads).toEqual(["Results", "Learning curves", "What makes the difference", "What was the same", "How it was done"]); // prettier-ignore
    // Two lines a figure, which is drawn in three sizes.
    const coordinates = document.querySelectorAll("section")[2];
    expect(coordinates.querySelectorAll('g[aria-label="line"] path')).toHaveLength(6);
    for (const text of ["learning rate", "0.001", "0.01", "IQM of return"])
      expect(coordinates.textContent).toContain(text);
  });

  test("of several environments has a table and a best for each", async () => {
    const { result } = await run({ ...tiny, env: ["IdentityBox-v0", "Identity-v0"], options, seeds: [1] });
    expect(result.best.map(({ env, name }) => [env, name])).toEqual([
      ["IdentityBox-v0", "IdentityBox-v0"],
      ["Identity-v0", "Identity-v0"],
    ]);
    expect(read(sweepFiles(out).report)).toContain("<h2>Results on Identity-v0</h2>");
  });
});

test("what is done is not done again; settings and seeds may be added", async () => {
  const first = await run();
  expect((await run()).tasks).toEqual([]);
  const more = { ...tiny, options: { ...options, learningRate: [0.01, 0.1] }, seeds: [2, 3] };
  const { tasks, result } = await run(more);
  expect(tasks).toEqual(["learningRate-0.1-seed-2", "learningRate-0.01-seed-3", "learningRate-0.1-seed-3"]);
  expect(result.settings[0].seeds.map(({ seed }) => seed)).toEqual([1, 2, 3]); // all that lie there
  expect(result.settings[0].seeds[0]).toEqual(first.result.settings[1].seeds[0]);
});

test("interrupted and gone on with, every run has the bits of a sweep that was not", async () => {
  const long = { ...tiny, options: { ...options, totalSteps: 3000, learningRate: [0.001, 0.01] } };
  const controller = new AbortController();
  const onChange = ({ seed, progress }: SweepRun) => seed === 2 && (progress?.step ?? 0) > 1000 && controller.abort();
  const first = await run(long, { signal: controller.signal, onChange });
  expect(first.result.status).toBe("interrupted");
  expect(first.result.settings.map(({ seeds, missing }) => [seeds.length, missing])).toEqual([
    [1, [2]],
    [1, [2]],
  ]);
  expect(lines()).toHaveLength(2);
  expect(readRun(join(out, "learningRate-0.001-seed-2")).summary?.status).toBe("interrupted");
  // As a process that was killed would leave a run: without a summary, and one before its first checkpoint.
  rmSync(join(out, "learningRate-0.01-seed-1", "summary.json"));
  mkdirSync(join(out, "learningRate-0.01-seed-2", "checkpoints"), { recursive: true });
  const second = await run(long);
  expect(second.tasks).toHaveLength(3);
  const whole = await run(long, { runDir: join(folder, "whole") });
  const bits = ({ settings }: typeof whole.result) =>
    settings.flatMap(({ seeds }) => seeds.map(({ mean, weightsSha256 }) => [mean, weightsSha256]));
  expect(bits(second.result)).toEqual(bits(whole.result));
  expect(new Set(bits(whole.result).map(([, sha]) => sha)).size).toBe(4);
});

test("a run that fails leaves the others alone, is told, and is tried again", async () => {
  const { result } = await run(wild);
  expect(result).toMatchObject({ status: "finished", failed: 2 });
  expect(result.settings[1]).toMatchObject({ seeds: [], mean: null, interquartileMean: null });
  expect(result.best).toEqual([{ env: "IdentityBox-v0", name: "learningRate 0.001", notWorse: [] }]);
  expect(lines().map(({ status, seed }) => [status, seed])).toEqual([
    ["finished", 1],
    ["finished", 2],
    ["failed", 1],
    ["failed", 2],
  ]);
  const html = read(sweepFiles(out).report);
  expect(html).toMatch(/<h2>Failures<\/h2><ul><li><b>learningRate 1e\+30<\/b>, seed 1: /);
  expect(html.replace(/<li>.*/g, "")).not.toMatch(/NaN|undefined/);
  expect((await run(wild)).tasks).toHaveLength(2);
});

describe("what is wrong is told before anything is made", () => {
  const refuses = async (sweep: SweepInput, message: string | RegExp, settings: SweepSettings = {}) => {
    await expect(run(sweep, settings)).rejects.toThrow(InputError);
    await expect(run(sweep, settings)).rejects.toThrow(message);
  };

  test("options, environments, seeds", async () => {
    await refuses({ ...tiny, options: { clip: -1 } }, '"clip" in the sweep must be a number of at least 0, not -1');
    await refuses({ ...tiny, options: { envOptions: { m: 3 } } }, "the sweep ppo-IdentityBox-v0 cannot run: ");
    await refuses(tiny, "the sweep has no seeds", { seeds: [] });
    expect(existsSync(out)).toBe(false);
  });

  test("a folder of something else, of another sweep, with other options, or that another process works in", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "sweep.json"), JSON.stringify(tiny)); // of somebody's own
    await refuses(tiny, "holds files other than a sweep's: name a folder of its own with --run-dir");
    rmSync(join(out, "sweep.json"));
    await run({ ...tiny, seeds: [1] });
    await refuses({ ...tiny, options }, `${out} holds another sweep, of learningRate-0.001, …`);
    await refuses(
      { ...tiny, options: { ...tiny.options, gamma: 0.5 } },
      /learningRate-0\.001-seed-1: gamma 0\.99, not 0\.5/,
    );
    writeFileSync(sweepFiles(out).lock, String(process.ppid));
    await refuses(tiny, `another process (${process.ppid}) works on`);
  });
});
