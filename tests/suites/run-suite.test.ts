// Suites of the real algorithms on identity environments, carried out in this process.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { runBenchmark } from "../../src/suites/run-suite.ts";
import type { BenchmarkSettings, BoardRun } from "../../src/suites/run-suite.ts";
import { suiteFiles, readSuite } from "../../src/suites/folder.ts";
import type { JobControls } from "../../src/jobs/run-jobs.ts";
import { evaluationSeed } from "../../src/runs/final-evaluation.ts";
import carryOutTraining from "../../src/suites/training-task.ts";
import type { TrainingProgress, TrainingTask } from "../../src/suites/training-task.ts";
import { parseSuite } from "../../src/suites/suite.ts";
import type { SuiteInput } from "../../src/suites/suite.ts";
import { evaluateRun } from "../../src/runs/evaluate-run.ts";
import { readRun } from "../../src/runs/read-run.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { resumeRun } from "../../src/runs/train-run.ts";

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "polgrad-benchmark-"));
  out = join(folder, "out");
});
afterEach(() => rmSync(folder, { recursive: true }));

const ppo = { algorithm: "ppo", env: "IdentityBox-v0", options: { totalSteps: 1500, rollout: 64, hidden: [8] } };
const a2c = { algorithm: "a2c", env: "IdentityBox-v0", options: { totalSteps: 800, hidden: [8] } };
const wild = { ...ppo, name: "wild", options: { ...ppo.options, learningRate: 1e30 } };

const suite = (...jobs: SuiteInput["jobs"]) =>
  parseSuite({ name: "tiny", seeds: [1, 2], episodes: 3, jobs: jobs.length > 0 ? jobs : [ppo, a2c] }, "tiny");

/** Runs a suite here, and keeps the tasks that were carried out, in their order. */
async function run(of = suite(), settings: BenchmarkSettings = {}) {
  const tasks: string[] = [];
  const carryOut = (task: TrainingTask, controls: JobControls<TrainingProgress>) => {
    tasks.push(task.id);
    return carryOutTraining(task, controls);
  };
  const result = await runBenchmark(of, { out, jobs: 1, carryOut, ...settings });
  return { result, tasks };
}

const read = (path: string) => readFileSync(path, "utf8");
const runPath = (id: string) => join(suiteFiles(out).runs, id);

describe("a suite", () => {
  test("leaves run folders, tables, figures and a report", async () => {
    const { result, tasks } = await run();
    expect(tasks).toEqual([
      "ppo-IdentityBox-v0-1",
      "a2c-IdentityBox-v0-1",
      "ppo-IdentityBox-v0-2",
      "a2c-IdentityBox-v0-2",
    ]);
    expect(result).toMatchObject({ suite: "tiny", out, status: "finished", failed: 0 });
    const [first] = result.jobs;
    expect(first).toMatchObject({ name: "ppo", env: "IdentityBox-v0", totalSteps: 1500, failed: [], missing: [] });
    expect(first.seeds.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(first.mean).toBe((first.seeds[0].mean + first.seeds[1].mean) / 2);
    expect(first.options).toEqual({ rollout: 64, hidden: [8] });

    const files = suiteFiles(out);
    expect(readdirSync(out).sort()).toEqual([
      "curves.csv",
      "figures",
      "report.html",
      "results.csv",
      "results.json",
      "results.md",
      "runs",
      "seeds.csv",
      "suite.json",
    ]);
    expect(readdirSync(files.figures)).toEqual(["IdentityBox-v0-curves.svg", "IdentityBox-v0-final.svg"]);
    expect(readSuite(files.suite)).toEqual(suite());
    expect(JSON.parse(read(files.results))).toMatchObject({ suite: "tiny", jobs: [{ name: "ppo" }, { name: "a2c" }] });
    expect(read(files.table)).toMatch(/\| ppo +\| IdentityBox-v0 +\| 1,500 steps +\| 2 /);
    expect(read(files.csv).split("\n")).toHaveLength(4);
    expect(read(files.seedsCsv).split("\n")).toHaveLength(6);
    expect(read(files.report)).toContain('<a href="runs/ppo-IdentityBox-v0-1/report.html">');
    expect(read(files.report)).not.toMatch(/NaN|undefined|\[object/);
  });

  test("evaluates the last policy on the same episodes as polgrad evaluate", async () => {
    const { result } = await run(suite(ppo));
    const { run: path, mean } = result.jobs[0].seeds[0];
    expect((await evaluateRun(path, { episodes: 3, seed: evaluationSeed })).mean).toBe(mean);
  });

  test("its runs are as those of a single training, and can be gone on with", async () => {
    await run(suite(ppo), { seeds: [3] });
    expect(readRun(runPath("ppo-IdentityBox-v0-3"))).toMatchObject({ summary: { status: "finished", seed: 3 } });
    const { summary } = await resumeRun(runPath("ppo-IdentityBox-v0-3"), { totalSteps: 3000 });
    expect(summary.steps).toBeGreaterThanOrEqual(3000);
  });

  test("tells of its runs as they go on", async () => {
    const seen: string[] = [];
    let board: readonly BoardRun[] = [];
    await run(suite(a2c), {
      seeds: [1],
      onStart: (runs) => void (board = runs),
      onChange: ({ status, progress }) => seen.push(`${status} ${progress?.phase ?? ""}`),
    });
    expect(seen[0]).toBe("running ");
    expect(seen).toContain("running training");
    expect(seen.at(-2)).toBe("running evaluating");
    expect(seen.at(-1)).toBe("finished evaluating");
    expect(board[0].result?.mean).toBeGreaterThan(0);
  });

  test("works on several at a time, and on no more than that", async () => {
    let now = 0;
    let most = 0;
    const carryOut = async (task: TrainingTask) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 10));
      now--;
      return carryOutTraining(task);
    };
    await run(suite(a2c), { seeds: [1, 2, 3, 4], jobs: 3, carryOut });
    expect(most).toBe(3);
  });
});

describe("what is done is not done again", () => {
  test("and what is added is", async () => {
    const first = await run(suite(ppo));
    expect((await run(suite(ppo))).tasks).toEqual([]);
    const { tasks, result } = await run(suite(ppo, a2c), { seeds: [2, 3] });
    expect(tasks).toEqual(["a2c-IdentityBox-v0-2", "ppo-IdentityBox-v0-3", "a2c-IdentityBox-v0-3"]);
    expect(result.jobs[0].seeds.map(({ seed }) => seed)).toEqual([1, 2, 3]); // all that lie there
    expect(result.jobs[0].seeds[0]).toEqual(first.result.jobs[0].seeds[0]);
  });

  test("only what is selected runs, and tables show what there is of the others", async () => {
    await run();
    const { tasks, result } = await run(suite(), { only: "a2c", seeds: [3] });
    expect(tasks).toEqual(["a2c-IdentityBox-v0-3"]);
    expect(result.jobs.map(({ name, seeds }) => [name, seeds.length])).toEqual([
      ["ppo", 2],
      ["a2c", 3],
    ]);
  });

  test("with more episodes, policies play anew without being trained anew", async () => {
    await run(suite(ppo));
    const before = read(runFiles(runPath("ppo-IdentityBox-v0-1")).config);
    const { tasks, result } = await run({ ...suite(ppo), episodes: 5 });
    expect(tasks).toHaveLength(2);
    expect(result.jobs[0].evaluation.episodes).toBe(5);
    expect(read(runFiles(runPath("ppo-IdentityBox-v0-1")).config)).toBe(before);
  });

  test("a run of other options is refused, and stays", async () => {
    await run(suite(ppo));
    const other = suite({ ...ppo, options: { ...ppo.options, gamma: 0.5 } });
    await expect(run(other)).rejects.toThrow(InputError);
    await expect(run(other)).rejects.toThrow("ppo-IdentityBox-v0-1: gamma 0.99, not 0.5");
    expect((await run(suite(ppo))).tasks).toEqual([]);
  });
});

describe("interrupted and gone on with, the bits are those of a suite that was not", () => {
  const long = { ...ppo, options: { ...ppo.options, totalSteps: 6000 } };

  test("by a signal: the run in progress is saved, the others wait", async () => {
    const controller = new AbortController();
    const onChange = ({ progress }: BoardRun) => (progress?.step ?? 0) > 2000 && controller.abort();
    const first = await run(suite(long), { signal: controller.signal, onChange });
    expect(first.result.status).toBe("interrupted");
    expect(first.tasks).toHaveLength(1);
    expect(first.result.jobs[0]).toMatchObject({ seeds: [], missing: [1, 2], mean: null, reached: null });
    expect(readRun(runPath("ppo-IdentityBox-v0-1")).summary).toMatchObject({ status: "interrupted" });
    await compare(long);
  });

  test("by the death of its process, in the middle of a line, before a summary, or before a checkpoint", async () => {
    await run(suite(long), { seeds: [1, 2] });
    const [one, two] = [runPath("ppo-IdentityBox-v0-1"), runPath("ppo-IdentityBox-v0-2")];
    for (const path of [runFiles(one).summary, join(one, "evaluation.json")]) rmSync(path);
    rmSync(two, { recursive: true });
    mkdirSync(runFiles(two).checkpoints, { recursive: true });
    await compare(long);
  });

  /** Goes on, and compares with a suite in another folder. */
  async function compare(job: SuiteInput["jobs"][number]) {
    expect((await run(suite(job))).result.status).toBe("finished");
    const whole = await run(suite(job), { out: join(folder, "whole") });
    for (const { run: path, mean } of whole.result.jobs[0].seeds) {
      const here = path.replace(join(folder, "whole"), out);
      for (const file of ["metrics.jsonl", "policy.safetensors", "evaluation.json", "checkpoints/last.safetensors"])
        expect(readFileSync(join(here, file)).equals(readFileSync(join(path, file)))).toBe(true);
      expect(mean).toBeGreaterThan(0);
    }
  }
});

describe("a run that fails", () => {
  test("leaves the others alone, is told with its cause, and is tried again", async () => {
    const { result } = await run(suite({ ...wild, target: 90 }, a2c));
    expect(result).toMatchObject({ status: "finished", failed: 2 });
    const [failed, fine] = result.jobs;
    expect(failed).toMatchObject({ seeds: [], mean: null, interval: null, reached: false });
    expect(failed.failed[0].error).toMatch(/stopped being a finite number/);
    expect(fine.seeds).toHaveLength(2);
    expect(read(suiteFiles(out).table)).toMatch(
      /\| 0 of 2, 2 failed[^]*## Failures\n\n- wild on IdentityBox-v0, seed 1: /,
    );
    expect(read(suiteFiles(out).report)).toContain("<h2>Failures</h2>");
    expect((await run(suite({ ...wild, target: 90 }, a2c))).tasks).toEqual([
      "wild-IdentityBox-v0-1",
      "wild-IdentityBox-v0-2",
    ]);
  });

  test("misses the target for its job, whatever the other seeds came to", async () => {
    const carryOut = (task: TrainingTask, controls: JobControls<TrainingProgress>) =>
      task.id.endsWith("-1") ? Promise.reject(new Error("it broke")) : carryOutTraining(task, controls);
    const { result } = await run(suite({ ...a2c, target: -1 }), { carryOut });
    expect(result.jobs[0]).toMatchObject({ failed: [{ seed: 1 }], seeds: [{ seed: 2 }], reached: false });
  });

  test("whatever it throws", async () => {
    const carryOut = () => Promise.reject("a text");
    const { result } = await run(suite(a2c), { carryOut });
    expect(result.jobs[0].failed).toEqual([
      { seed: 1, error: "a text" },
      { seed: 2, error: "a text" },
    ]);
  });
});

describe("what is wrong is told before anything is made", () => {
  const refuses = async (of: ReturnType<typeof suite>, message: string | RegExp, settings: BenchmarkSettings = {}) => {
    await expect(run(of, settings)).rejects.toThrow(InputError);
    await expect(run(of, settings)).rejects.toThrow(message);
  };

  test("algorithms, options, environments", async () => {
    await refuses(suite({ ...ppo, algorithm: "pppo" }), 'unknown algorithm "pppo"');
    await refuses(suite({ ...ppo, env: "Nope-v0" }, a2c), 'cannot run: unknown environment "Nope-v0"');
    await refuses(suite({ ...ppo, options: { envOptions: { m: 3 } } }), /Identity/);
    expect(existsSync(out)).toBe(false);
  });

  test("but not of jobs that are not selected", async () => {
    const { tasks } = await run(suite({ ...ppo, algorithm: "pppo" }, a2c), { only: "a2c" });
    expect(tasks).toHaveLength(2);
  });

  test("a folder of something else, a file, and one that another process works in", async () => {
    mkdirSync(out);
    writeFileSync(join(out, "thesis.txt"), "");
    await refuses(suite(), "holds files other than a benchmark's");
    await refuses(suite(), "is a file", { out: join(out, "thesis.txt") });
    rmSync(join(out, "thesis.txt"));
    writeFileSync(suiteFiles(out).lock, String(process.ppid));
    await refuses(suite(), `another process (${process.ppid}) works on`);
    writeFileSync(suiteFiles(out).lock, "0"); // of a process that is no more
    await run(suite(a2c), { seeds: [1] });
    expect(existsSync(suiteFiles(out).lock)).toBe(false);
  });
});

test("an evaluation that is interrupted is played anew", async () => {
  const controller = new AbortController();
  const onChange = ({ progress }: BoardRun) => progress?.phase === "evaluating" && controller.abort();
  const first = await run(suite(a2c), { seeds: [1], signal: controller.signal, onChange });
  expect(first.result).toMatchObject({ status: "interrupted", jobs: [{ seeds: [], missing: [1] }] });
  const { result } = await run(suite(a2c), { seeds: [1] });
  expect(result.jobs[0].seeds).toHaveLength(1);
});

test("a target is reached by the mean over seeds", async () => {
  const { result } = await run(suite({ ...a2c, target: -1 }, { ...a2c, name: "b", target: 1000 }));
  expect(result.jobs.map(({ reached, stepsToGoal }) => [reached, stepsToGoal])).toEqual([
    [true, null], // fewer than a hundred episodes
    [false, null],
  ]);
});
