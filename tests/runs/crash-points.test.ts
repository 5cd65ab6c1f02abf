// A process that is killed at any moment at which it changes the disk, in training and in resuming, and what resuming
// makes of its folder: files that are those of a run that nobody killed, and no others.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeAll, afterAll, expect, test } from "vitest";
import { resumeRun, trainToRun } from "../../src/runs/train-run.ts";
import { lockFolder } from "../../src/runs/folder-lock.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { createFakeTraining } from "./fake-training.ts";
import { readEvents } from "./read-events.ts";

/** Of all points at which a process can be killed, every so many are tried; `npm run test:full` tries them all. */
const stride = process.env.POLGRAD_FULL ? 1 : 17;

/** Everything that changes the disk. */
const changing = [
  "writeFileSync",
  "renameSync",
  "mkdirSync",
  "rmSync",
  "linkSync",
  "ftruncateSync",
  "openSync",
] as const;
const real = Object.fromEntries(changing.map((name) => [name, fs[name]]));

class Killed extends Error {}

/** Lets `count` changes happen; the next one is half done where it is a write, and nothing is changed any more. */
function killAfter(count: number): { changes: () => number; revive: () => void } {
  let done = 0;
  for (const name of changing)
    (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
      const isReading = name === "openSync" && (args[1] === undefined || args[1] === "r");
      const change = () => (real[name] as (...args: unknown[]) => unknown)(...args);
      if (isReading) return change();
      if (done === count && name === "writeFileSync") {
        const data = Buffer.from(args[1] as Uint8Array);
        (real.writeFileSync as typeof fs.writeFileSync)(args[0] as number, data.subarray(0, data.length >> 1), args[2] as fs.WriteFileOptions); // prettier-ignore
      }
      if (done++ >= count) throw new Killed(`killed at change ${count}`);
      return change();
    };
  syncBuiltinESMExports();
  return {
    changes: () => done,
    revive() {
      Object.assign(fs, real);
      syncBuiltinESMExports();
    },
  };
}

let folder: string;
let whole: ReturnType<typeof contentsOf>;
const options = { env: "Fake-v0", totalSteps: 6000, evaluateEvery: 2000, warnAt: 1000 };
const train = (name: string) =>
  trainToRun("ppo", options, { runDir: folder, name, checkpointSeconds: 0.001, command: "x" }, createFakeTraining);
const resume = (name: string) => resumeRun(join(folder, name), { command: "y" }, createFakeTraining);

beforeAll(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), "polgrad-crash-"));
  await train("whole");
  whole = contentsOf("whole");
});
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => {
  Object.assign(fs, real);
  syncBuiltinESMExports();
});

/** What a run left, without clocks. */
function contentsOf(name: string) {
  const run = join(folder, name);
  const files = runFiles(run);
  const events = fs.readdirSync(run).filter((file) => file.startsWith("events."));
  const { wallSeconds: _, stepsPerSecond: __, run: ___, ...summary } = JSON.parse(fs.readFileSync(files.summary, "utf8")) as Record<string, unknown>; // prettier-ignore
  return {
    names: [...fs.readdirSync(run), ...fs.readdirSync(files.checkpoints)].map((n) => n.replace(/^events.*/, "events")).sort(), // prettier-ignore
    metrics: fs.readFileSync(files.metrics, "utf8"),
    warnings: fs.readFileSync(files.warnings, "utf8"),
    rows: fs.readFileSync(files.progress, "utf8").split("\n").map((line) => line.split(",").filter((_, i) => i !== 3 && i !== 4).join()), // prettier-ignore
    events: readEvents(fs.readFileSync(join(run, events[0]))).map(({ step, scalars }) => [
      String(step),
      scalars.filter(([tag]) => !tag.startsWith("time/")),
    ]),
    ...Object.fromEntries((["last", "best", "policy"] as const).map((file) => [file, fs.readFileSync(files[file]).toString("base64")])), // prettier-ignore
    summary,
    report: fs.readFileSync(files.report, "utf8").includes("Trained to the end"),
  };
}

/** Resumes until it is done, and compares. */
async function expectWhole(name: string): Promise<void> {
  await resume(name);
  expect(contentsOf(name)).toEqual(whole);
  expect((await resume(name)).mended).toEqual([]);
}

test("killed at any change of the disk while it trains", async () => {
  let last = 0;
  let tried = 0;
  for (let k = 0; k <= last + stride; k += stride) {
    const killer = killAfter(k);
    const name = `trained-${k}`;
    const failed = await train(name).then(() => false, () => true); // prettier-ignore
    last = failed ? Math.max(last, k) : last;
    killer.revive();
    const started = fs.existsSync(join(folder, name, "config.json"));
    if (!started) await expect(resume(name)).rejects.toThrow(/no run folder|no config.json/);
    else await expectWhole(name);
    if (started) tried++;
    fs.rmSync(join(folder, name), { recursive: true, force: true });
  }
  expect(tried).toBeGreaterThan(300 / stride / 3);
}, 600_000);

test("killed at any change of the disk while it is resumed", async () => {
  const killer = killAfter(60);
  await expect(train("half")).rejects.toThrow();
  killer.revive();
  let last = 0;
  for (let k = 0; k <= last + stride; k += stride) {
    const name = `resumed-${k}`;
    fs.cpSync(join(folder, "half"), join(folder, name), { recursive: true });
    const second = killAfter(k);
    const failed = await resume(name).then(() => false, () => true); // prettier-ignore
    last = failed ? Math.max(last, k) : last;
    second.revive();
    await expectWhole(name);
    fs.rmSync(join(folder, name), { recursive: true, force: true });
  }
  expect(last).toBeGreaterThan(60);
}, 600_000);

test("killed at any change of the disk while what is missing is made anew", async () => {
  for (const lost of ["policy", "summary", "report", "best"] as const)
    for (let k = 0; k < 12; k += stride === 1 ? 1 : 5) {
      const name = `${lost}-${k}`;
      fs.cpSync(join(folder, "whole"), join(folder, name), { recursive: true });
      const path = runFiles(join(folder, name))[lost];
      if (lost === "policy" || lost === "report") fs.rmSync(path);
      else fs.writeFileSync(path, "{");
      if (lost === "best") fs.rmSync(path);
      const killer = killAfter(k);
      await resume(name).catch(() => {});
      killer.revive();
      await resume(name);
      if (lost !== "best") expect(contentsOf(name), basename(path)).toEqual(whole);
      else expect(contentsOf(name).names).toEqual(whole.names);
      fs.rmSync(join(folder, name), { recursive: true, force: true });
    }
}, 600_000);

test("a run that another process trains is not touched", async () => {
  const run = join(folder, "whole");
  const unlock = lockFolder(runFiles(run).lock, run);
  await expect(resume("whole")).rejects.toThrow(`this process works on ${run} already`);
  unlock();
  fs.writeFileSync(runFiles(run).lock, `${process.ppid}\n`);
  await expect(resume("whole")).rejects.toThrow(`another process (${process.ppid}) works on ${run}`);
  fs.rmSync(runFiles(run).lock);
  expect(contentsOf("whole")).toEqual(whole);
});
