import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { algorithms, type Algorithm } from "../../src/algorithms/index.ts";
import { InputError, RunError } from "../../src/errors.ts";
import { evaluateRun } from "../../src/runs/evaluate-run.ts";
import { readMetrics } from "../../src/runs/metrics.ts";
import { writeReport } from "../../src/runs/report.ts";
import { readConfig, runFiles } from "../../src/runs/run-folder.ts";
import { resumeRun, trainToRun } from "../../src/runs/train-run.ts";
import type { RunSettings } from "../../src/runs/train-run.ts";
import { decodeSafetensors } from "../../src/read-safetensors.ts";
import { createFakeTraining } from "./fake-training.ts";
import type { FakeOptions } from "./fake-training.ts";
import { disk } from "./full-disk.ts";
import { readEvents } from "./read-events.ts";

vi.mock("node:fs", async (original) => (await import("./full-disk.ts")).fullDisk(await original()));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-runs-"))));
afterEach(() => {
  disk.isFull = () => false;
  rmSync(folder, { recursive: true });
});

function train(options: FakeOptions, settings: RunSettings = {}) {
  return trainToRun("ppo", { env: "CartPole-v1", ...options }, { runDir: folder, ...settings }, createFakeTraining);
}

/** Settings that abort the run after some updates. */
function stopAfter(updates: number): RunSettings {
  const controller = new AbortController();
  return { signal: controller.signal, onUpdate: ({ update }) => update >= updates && controller.abort() };
}

const readText = (path: string) => readFileSync(path, "utf8");
const readJson = (path: string) => JSON.parse(readText(path)) as Record<string, unknown>;

/** All scalars of a run's event file, without the clock. */
function eventsOf(run: string) {
  const names = readdirSync(run).filter((name) => name.startsWith("events."));
  expect(names.length).toBe(1);
  return readEvents(readFileSync(join(run, names[0]))).map(({ step, scalars }) => ({
    step,
    scalars: scalars.filter(([tag]) => tag !== "time/stepsPerSecond"),
  }));
}

/** progress.csv without the two columns of the clock. */
function rowsOf(run: string): string[][] {
  const rows = readText(runFiles(run).progress).trimEnd().split("\n");
  return rows.map((row) => row.split(",").filter((_, column) => column !== 3 && column !== 4));
}

describe("an algorithm that is not built in", () => {
  const ppo: Algorithm = algorithms.ppo;
  const dream: Algorithm = { ...ppo, name: "dream", title: "Dream" };
  const reader: Algorithm = { ...dream, name: "reader", title: "Reader", environments: 0, presets: {} };

  test("is given as an object, to train and to resume", async () => {
    const stopped = await trainToRun(
      dream,
      { env: "CartPole-v1", totalSteps: 5000 },
      { runDir: folder, ...stopAfter(3) },
      createFakeTraining,
    );
    const { run } = stopped.summary;
    expect(readConfig(run)).toMatchObject({
      algorithm: "dream",
      env: "CartPole-v1",
      command: 'trainToRun("dream", …)',
    });
    expect(readText(runFiles(run).report)).toContain("<h1>Dream on CartPole-v1</h1>");
    await expect(resumeRun(run, {}, createFakeTraining)).rejects.toThrow(
      new InputError(
        `${run} was trained with the algorithm "dream", which is not built in: ` +
          "resume it from a program, with resumeRun(run, { algorithm })",
      ),
    );
    await expect(resumeRun(run, { algorithm: reader }, createFakeTraining)).rejects.toThrow(
      `${run} was trained with the algorithm "dream", and cannot be resumed with "reader"`,
    );
    const { status, summary } = await resumeRun(run, { algorithm: dream }, createFakeTraining);
    expect({ status, steps: summary.steps }).toEqual({ status: "finished", steps: 5120 });
  });

  test("one that plays in no environment leaves a run without one", async () => {
    const stopped = await trainToRun(
      reader,
      { seed: 3, totalSteps: 5000 },
      { runDir: folder, ...stopAfter(2) },
      createFakeTraining,
    );
    const { run } = stopped.summary;
    expect(run).toMatch(/\/reader-3-\d{8}-\d{6}$/);
    expect(readConfig(run).env).toBeNull();
    expect(readJson(runFiles(run).summary)).toMatchObject({ env: null, episodes: 0, meanReturn100: null, steps: 256 });
    const { status, summary } = await resumeRun(run, { algorithm: reader }, createFakeTraining);
    expect(status).toBe("finished");
    expect(summary).toMatchObject({ algorithm: "reader", env: null, solvedAtStep: null });
    expect(readMetrics(runFiles(run).metrics).every(({ finished }) => finished.length === 0)).toBe(true);
    await expect(evaluateRun(run)).rejects.toThrow(
      new InputError(`${run} has no environment, so there are no episodes to play`),
    );
  });
});

describe("trainToRun", () => {
  test("leaves a folder with everything in it", async () => {
    const { summary, status } = await train(
      { seed: 3, totalSteps: 20_000 },
      { command: "polgrad train ppo CartPole-v1" },
    );
    const { run } = summary;
    expect(status).toBe("finished");
    expect(run).toMatch(/\/CartPole-v1-ppo-3-\d{8}-\d{6}$/);
    expect(
      readdirSync(run)
        .sort()
        .filter((name) => !name.startsWith("events.")),
    ).toEqual([
      "checkpoints",
      "config.json",
      "metrics.jsonl",
      "policy.safetensors",
      "progress.csv",
      "report.html",
      "summary.json",
    ]);
    expect(readdirSync(join(run, "checkpoints")).sort()).toEqual(["best.safetensors", "last.safetensors"]);

    const config = readConfig(run);
    expect(config).toMatchObject({
      algorithm: "ppo",
      env: "CartPole-v1",
      seed: 3,
      command: "polgrad train ppo CartPole-v1",
    });
    expect(config.options).toMatchObject({ totalSteps: 20_000, hidden: [64, 64], anneal: true, learningRate: 1e-3 });
    expect(config.versions).toEqual({ polgrad: expect.stringMatching(/^\d+\.\d+\.\d+/), node: process.versions.node });
    expect(config.platform).toMatchObject({ os: process.platform, arch: process.arch });

    const updates = Math.ceil(20_000 / 128);
    const metrics = readMetrics(runFiles(run).metrics);
    expect(metrics.map(({ update }) => update)).toEqual(Array.from({ length: updates }, (_, i) => i + 1));
    expect(metrics.at(-1)).toMatchObject({ step: summary.steps, episodes: summary.episodes });
    expect(metrics.flatMap(({ finished }) => finished).length).toBe(summary.episodes);
    expect(metrics[0]?.metrics.explainedVariance).toBeNaN(); // null in the file, since JSON has no NaN

    const rows = rowsOf(run);
    expect(rows[0]?.slice(0, 5)).toEqual(["step", "update", "episodes", "meanReturn100", "evaluationReturn"]);
    expect(rows.length).toBe(updates + 1);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);

    const events = eventsOf(run);
    expect(events.length).toBe(1 + updates + summary.episodes);
    const last = new Map(events.at(-1)?.scalars);
    expect(last.get("train/entropy")).toBe(Math.fround(metrics.at(-1)?.metrics.entropy as number));
    expect(last.get("episode/meanReturn100")).toBe(Math.fround(summary.meanReturn100 as number));

    expect(readJson(runFiles(run).summary)).toEqual({ status: "finished", ...summary, rewardThreshold: 195 });
    expect(summary).toMatchObject({ algorithm: "ppo", env: "CartPole-v1", seed: 3, steps: updates * 128, run });
    expect(summary.stepsPerSecond).toBeGreaterThan(0);
  });

  test("the same seed gives the same metrics.jsonl, with no clock in it, in two folders", async () => {
    const [a, b] = [await train({}), await train({})];
    expect(a.summary.run).not.toBe(b.summary.run);
    expect(readText(runFiles(a.summary.run).metrics)).toBe(readText(runFiles(b.summary.run).metrics));
    expect(readText(runFiles(a.summary.run).metrics)).not.toMatch(/second|time/i);
    const { summary: other } = await train({ seed: 2 });
    expect(readText(runFiles(other.run).metrics)).not.toBe(readText(runFiles(a.summary.run).metrics));
  });

  test("makes no folder where the options are wrong", async () => {
    const refuse = () => Promise.reject(new InputError("no"));
    await expect(trainToRun("ppo", { env: "X" }, { runDir: join(folder, "runs") }, refuse)).rejects.toThrow("no");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("keeps the best by the mean of the last 100 returns", async () => {
    const { summary } = await train({ totalSteps: 50_000, stepsPerUpdate: 512 });
    const metrics = readMetrics(runFiles(summary.run).metrics).filter(({ episodes }) => episodes >= 100);
    const best = Math.max(...metrics.map(({ meanReturn100 }) => meanReturn100 ?? 0));
    const { metadata } = decodeSafetensors(readFileSync(runFiles(summary.run).best));
    expect(Number(metadata.bestScore)).toBe(best);
    expect(metrics.find(({ step }) => step === Number(metadata.bestStep))?.meanReturn100).toBe(best);
    expect(JSON.parse(metadata.state).step).toBe(Number(metadata.bestStep));
  });

  test("keeps the best by evaluation where training evaluates", async () => {
    const { summary } = await train({ totalSteps: 50_000, stepsPerUpdate: 512, evaluateEvery: 8192 });
    const { metadata } = decodeSafetensors(readFileSync(runFiles(summary.run).best));
    expect(Number(metadata.bestStep)).toBe(8192 * 6);
    expect(Number(metadata.bestScore)).toBeCloseTo((400 * 8192 * 6) / 50_000);
  });

  test("a run too short for a best keeps its last as the best", async () => {
    const { summary } = await train({ totalSteps: 128 });
    const { metadata } = decodeSafetensors(readFileSync(runFiles(summary.run).best));
    expect(metadata.bestStep).toBe("128");
    expect(metadata.bestScore).toBeUndefined();
  });

  test("lets the event loop run between updates", async () => {
    let turns = 0;
    let training = true;
    const count = (): void => void (training && setImmediate(() => (turns++, count())));
    count();
    const start = performance.now();
    const end = { at: 0 };
    const onUpdate = ({ update }: { update: number }) => {
      if (update === 60) [training, end.at] = [false, performance.now()];
    };
    await train({ totalSteps: 128 * 60, slow: 5 }, { onUpdate });
    expect(turns).toBeGreaterThan((end.at - start) / 100); // every 20 to 50 ms, with room for a busy machine
  });

  test("a failing update is told with the last good checkpoint, which is whole", async () => {
    const failing = train({
      totalSteps: 10_000,
      failAt: 5000,
      failWith: new RunError("NaN in the gradient of policy.0.weight"),
    });
    const error = await failing.catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(RunError);
    const run = join(folder, readdirSync(folder)[0]);
    const { last, metrics, summary, report } = runFiles(run);
    expect((error as Error).message).toBe(
      `NaN in the gradient of policy.0.weight\nThe last good checkpoint, of step 4608, is ${last}`,
    );
    expect(JSON.parse(decodeSafetensors(readFileSync(last)).metadata.state).step).toBe(4608);
    expect(readMetrics(metrics).at(-1)?.step).toBe(4992);
    expect(readJson(summary)).toMatchObject({ status: "failed", error: "NaN in the gradient of policy.0.weight" });
    expect(readText(report)).toContain("NaN in the gradient");
  });

  test("an InputError while training stays one", async () => {
    await expect(train({ failAt: 0, failWith: new InputError("observation out of its space") })).rejects.toThrow(
      InputError,
    );
  });

  test("a disk that fills up gives one RunError and leaves earlier files whole", async () => {
    const fill = ({ update }: { update: number }) => {
      if (update === 40) disk.isFull = (path) => path.includes(".last.safetensors.");
    };
    const error: unknown = await train({ totalSteps: 10_000 }, { onUpdate: fill }).catch((reason: unknown) => reason);
    const { last, checkpoints } = runFiles(join(folder, readdirSync(folder)[0]));
    expect(error).toBeInstanceOf(RunError);
    expect((error as Error).message).toMatch(`cannot write ${last}: the disk is full (ENOSPC)`);
    expect(JSON.parse(decodeSafetensors(readFileSync(last)).metadata.state).update).toBe(40);
    expect(readdirSync(checkpoints).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  test.runIf(existsSync("/proc/self"))("says so where a file system takes no folders", async () => {
    await expect(trainToRun("ppo", { env: "X" }, { runDir: "/proc/x" }, createFakeTraining)).rejects.toThrow(
      "cannot make the run's folder in /proc/x: no folder can be made there (ENOENT)",
    );
  });

  test("says so where the folder cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const error = trainToRun("ppo", { env: "X" }, { runDir: join(folder, "file") }, createFakeTraining);
    await expect(error).rejects.toThrow(InputError);
    await expect(trainToRun("ppo", { env: "X" }, { runDir: join(folder, "file") }, createFakeTraining)).rejects.toThrow(
      "part of its path is not a folder (ENOTDIR)",
    );
  });
});

describe("resumeRun", () => {
  test("an interrupted and resumed run leaves what an uninterrupted one leaves", async () => {
    const options = { totalSteps: 20_000, evaluateEvery: 4000 };
    const whole = await train(options);
    const first = await train(options, stopAfter(31));
    expect(first.status).toBe("interrupted");
    const { run } = first.summary;
    const middle = await resumeRun(run, stopAfter(90), createFakeTraining);
    expect(middle.summary.steps).toBe(90 * 128);
    const last = await resumeRun(run, {}, createFakeTraining);

    expect(last.status).toBe("finished");
    const [a, b] = [runFiles(whole.summary.run), runFiles(run)];
    expect(readText(b.metrics)).toBe(readText(a.metrics));
    expect(readFileSync(b.last)).toEqual(readFileSync(a.last));
    expect(readFileSync(b.best)).toEqual(readFileSync(a.best));
    expect(rowsOf(run)).toEqual(rowsOf(whole.summary.run));
    expect(eventsOf(run)).toEqual(eventsOf(whole.summary.run));
    expect(last.summary.weightsSha256).toBe(whole.summary.weightsSha256);
    expect(readConfig(run).resumed.map(({ fromStep, changed }) => [fromStep, changed])).toEqual([
      [31 * 128, {}],
      [90 * 128, {}],
    ]);
  });

  test("so does a run that was killed between checkpoints, in the middle of a line", async () => {
    const whole = await train({ totalSteps: 20_000 });
    const { summary } = await train({ totalSteps: 20_000 }, stopAfter(31));
    const { run } = summary;
    const early = runFiles(run);
    const checkpoint = readFileSync(early.last);
    await resumeRun(run, stopAfter(60), createFakeTraining);
    writeFileSync(early.last, checkpoint); // as if the later checkpoint had not been reached
    for (const path of [
      early.metrics,
      early.progress,
      join(
        run,
        readdirSync(run).find((name) => name.startsWith("events."))!,
      ),
    ]) {
      truncateSync(path, readFileSync(path).length - 7);
    }
    await resumeRun(run, {}, createFakeTraining);
    expect(readText(early.metrics)).toBe(readText(runFiles(whole.summary.run).metrics));
    expect(rowsOf(run)).toEqual(rowsOf(whole.summary.run));
    expect(eventsOf(run)).toEqual(eventsOf(whole.summary.run));
  });

  test("wall time goes on from where it stood", async () => {
    const first = await train({ totalSteps: 128 * 40, slow: 3 }, stopAfter(20));
    const clock: number[] = [];
    const settings = { onUpdate: (_: unknown, { wallSeconds }: { wallSeconds: number }) => clock.push(wallSeconds) };
    const { summary } = await resumeRun(first.summary.run, settings, createFakeTraining);
    expect(clock[0]).toBeGreaterThan(0.06);
    expect(summary.wallSeconds).toBeGreaterThanOrEqual(first.summary.wallSeconds - 0.05);
  });

  test("a new total extends the run, and is kept in its configuration", async () => {
    const { summary } = await train({ totalSteps: 5000 });
    const { summary: longer } = await resumeRun(
      summary.run,
      { totalSteps: 10_000, command: "polgrad resume" },
      createFakeTraining,
    );
    expect(longer.steps).toBe(Math.ceil(10_000 / 128) * 128);
    const config = readConfig(summary.run);
    expect(config.options.totalSteps).toBe(10_000);
    expect(config.resumed).toMatchObject([
      { fromStep: 5120, command: "polgrad resume", changed: { totalSteps: { from: 5000, to: 10_000 } } },
    ]);
    const report = readText(runFiles(summary.run).report);
    expect(report).toContain("total steps from 5000 to 10,000; schedules follow the new total");
  });

  test("a run that is done is left as it is", async () => {
    const { summary } = await train({ totalSteps: 5000 });
    const before = readFileSync(runFiles(summary.run).last);
    const again = await resumeRun(summary.run, {}, createFakeTraining);
    expect(again).toMatchObject({
      status: "finished",
      summary: { steps: summary.steps, weightsSha256: summary.weightsSha256 },
    });
    expect(readFileSync(runFiles(summary.run).last)).toEqual(before);
    expect(readConfig(summary.run).resumed).toEqual([]);
  });

  test("warnings are there as they occur, and a run that is killed neither loses nor repeats them", async () => {
    const copied = (name: string): string => join(folder, name);
    const { summary } = await train(
      { totalSteps: 6000, warnAt: 1000 },
      {
        checkpointSeconds: 0,
        // What a process that is killed before, in and after the update of the warning leaves.
        onUpdate: ({ update }) => cpSync(join(folder, readdirSync(folder)[0]), copied(`killed-${update}`), { recursive: true }), // prettier-ignore
      },
    );
    const { warnings: path } = runFiles(summary.run);
    expect(readText(path)).toBe('{"step":1024,"text":"a warning of step 1024"}\n');
    expect(readJson(runFiles(summary.run).summary).warnings).toEqual(["a warning of step 1024"]);
    for (const update of [7, 8, 9]) {
      const run = copied(`killed-${update}`);
      rmSync(runFiles(run).lock);
      if (update === 9) appendFileSync(runFiles(run).warnings, '{"step":1024,"te');
      expect(existsSync(runFiles(run).warnings)).toBe(update >= 8);
      writeReport(run);
      expect(readText(runFiles(run).report).includes("A warning of step 1024.")).toBe(update >= 8);
      await resumeRun(run, {}, createFakeTraining);
      expect(readText(runFiles(run).warnings)).toBe(readText(path));
      expect(readJson(runFiles(run).summary).warnings).toEqual(["a warning of step 1024"]);
    }
  });

  test("a run that was killed before its summary gets one", async () => {
    const { summary } = await train({ totalSteps: 5000 });
    const before = readFileSync(runFiles(summary.run).summary);
    rmSync(runFiles(summary.run).summary);
    rmSync(runFiles(summary.run).report);
    await resumeRun(summary.run, {}, createFakeTraining);
    const { wallSeconds: _, stepsPerSecond: __, ...kept } = JSON.parse(before.toString()) as Record<string, unknown>;
    expect(JSON.parse(readText(runFiles(summary.run).summary))).toMatchObject(kept);
    expect(existsSync(runFiles(summary.run).report)).toBe(true);
  });

  test("a total that leaves nothing to do is refused", async () => {
    const { summary } = await train({ totalSteps: 5000 });
    const resuming = resumeRun(summary.run, { totalSteps: 4000 }, createFakeTraining);
    await expect(resuming).rejects.toThrow(InputError);
    await expect(resuming).rejects.toThrow("--steps is the new total of steps, not how many to add");
  });

  test("an environment that was a function must be given again", async () => {
    const env = () => Promise.reject(new Error("never made"));
    const { summary } = await train({ env, totalSteps: 5000 }, stopAfter(3));
    await expect(resumeRun(summary.run, {}, createFakeTraining)).rejects.toThrow("passed as a function");
    const { status } = await resumeRun(summary.run, { env }, createFakeTraining);
    expect(status).toBe("finished");
  });

  describe("a folder that is not as it should be gives an InputError that says so", () => {
    let run: string;
    beforeEach(async () => void ({ run } = (await train({ totalSteps: 5000 }, stopAfter(9))).summary));
    const refuses = async (message: string, path = run) => {
      await expect(resumeRun(path, {}, createFakeTraining)).rejects.toThrow(InputError);
      await expect(resumeRun(path, {}, createFakeTraining)).rejects.toThrow(message);
    };

    test("missing", async () => {
      await refuses(`nearest are ${run}`, `${run}x`);
      await refuses("does not exist either", join(folder, "nowhere", "run"));
    });
    test("a file", () => refuses("is a file", runFiles(run).config));
    test("foreign: no config.json", () => refuses(`it holds runs, such as ${run}`, folder));
    test("foreign: another program's config.json", () => {
      writeFileSync(runFiles(run).config, '{"model": "gpt2"}');
      return refuses("not the folder of a polgrad run");
    });
    test("config.json broken", () => {
      truncateSync(runFiles(run).config, 100);
      return refuses("config.json is not JSON: ");
    });
    test("config.json without its options", () => {
      writeFileSync(
        runFiles(run).config,
        '{"format": "polgrad-run", "formatVersion": 1, "algorithm": "ppo", "env": "X", "seed": 1}',
      );
      return refuses('"options" is missing');
    });
    test("of a newer polgrad", () => {
      writeFileSync(
        runFiles(run).config,
        '{"format": "polgrad-run", "formatVersion": 99, "versions": {"polgrad": "9.1.0"}}',
      );
      return refuses("newer polgrad (9.1.0)");
    });
    test("no checkpoint", () => {
      rmSync(runFiles(run).last);
      return refuses("has no checkpoint to resume from");
    });
    test("checkpoint cut short", () => {
      truncateSync(runFiles(run).last, 300);
      return refuses(`${runFiles(run).last} is not a whole safetensors file: `);
    });
    test("metrics.jsonl gone", () => {
      rmSync(runFiles(run).metrics);
      return refuses("it has no metrics.jsonl");
    });
    test("metrics.jsonl shorter than the checkpoint", () => {
      writeFileSync(runFiles(run).metrics, "");
      return refuses("it ends at step 0, before the checkpoint of step 1152");
    });
    test("metrics.jsonl broken", () => {
      writeFileSync(runFiles(run).metrics, "{]\n");
      return refuses("line 1 is not JSON");
    });
  });
});
