// A learner need not know an environment: a regression and a bandit with replay are trained through run folders, killed,
// resumed and reported; one that waits for promises is waited for.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { Algorithm } from "../../src/index.ts";
import {
  createTraining,
  decodeSafetensors,
  InputError,
  readRun,
  resumeRun,
  RunError,
  train,
  trainToRun,
} from "../threads/library.ts";

const learners: string = new URL("learners.mjs", import.meta.url).href;
const { bandit, patient, regression } = (await import(learners)) as Record<string, Algorithm>;

const folder = mkdtempSync(join(tmpdir(), "polgrad-learners-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ["a regression", regression, { totalSteps: 2000, learningRate: 0.1, strict: true }, "weights", [3, -2, 1]],
  [
    "a bandit with a replay buffer",
    bandit,
    { totalSteps: 4000, exploration: 0.5, strict: true },
    "values",
    [0, 0.1, 0.2, 1, 0.4],
  ],
] as const)("%s", (_, algorithm, options, variable, expected) => {
  const { name } = algorithm;

  test("learns, from the library and into a run folder", async () => {
    const { summary, checkpoint } = await train(algorithm, options);
    expect(summary).toMatchObject({ algorithm: name, env: null, episodes: 0, meanReturn100: null, solvedAtStep: null });
    expect(summary.steps).toBe(options.totalSteps);
    const learned = Array.from(decodeSafetensors(checkpoint).tensors.get(variable)!.data as Float32Array);
    learned.forEach((x, i) => expect(Math.abs(x - expected[i]), `${learned}`).toBeLessThan(0.12));

    const run = await trainToRun(algorithm, options, { runDir: join(folder, "whole"), name });
    expect(run.summary.weightsSha256).toBe(summary.weightsSha256);
    const report = readFileSync(join(run.summary.run, "report.html"), "utf8");
    expect(report).toContain(`<h1>${algorithm.title}</h1>`);
    expect(report).not.toMatch(/Mean return|Learning curve|evaluate/);
    expect(report).toMatch(/<figcaption><h3>(Squared error|Loss)<\/h3>/);
    expect(existsSync(join(run.summary.run, "checkpoints/last.safetensors"))).toBe(true);
  });

  test("a run that is killed goes on to the bits and logs of one that is not", async () => {
    const runDir = join(folder, "killed");
    const program = fileURLToPath(new URL("train-slowly.mjs", import.meta.url));
    const child = spawn(process.execPath, [program, name, runDir, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] }); // prettier-ignore
    const closed = once(child, "close");
    await Promise.race([once(child.stdout, "data"), closed]);
    child.kill("SIGKILL");
    await closed;
    const run = join(runDir, name);
    expect(readRun(run).summary, "or it was not killed in the middle").toBeNull();

    await expect(resumeRun(run)).rejects.toThrow(new RegExp(`"${name}".*algorithm`, "s"));
    const { status, summary } = await resumeRun(run, { algorithm });
    const whole = join(folder, "whole", name);
    expect(status).toBe("finished");
    expect(summary.weightsSha256).toBe(readRun(whole).summary!.weightsSha256);
    expect(readFileSync(join(run, "metrics.jsonl"), "utf8")).toBe(readFileSync(join(whole, "metrics.jsonl"), "utf8"));
    expect(readFileSync(join(run, "checkpoints/last.safetensors"))).toEqual(
      readFileSync(join(whole, "checkpoints/last.safetensors")),
    );
    expect(existsSync(join(run, "report.html"))).toBe(true);
  });

  test("options are checked, and an environment is not one of them", async () => {
    await expect(train(algorithm, { ...options, env: "CartPole-v1" } as never)).rejects.toThrow(InputError);
    await expect(train(algorithm, { totalSteps: 10, gamma: 0.9 } as never)).rejects.toThrow(`${name}: `);
  });
});

describe("a learner that waits", () => {
  test("is waited for, and gets what it waited for", async () => {
    const values: number[] = [];
    const { summary } = await train(patient, {
      totalSteps: 5,
      onUpdate: ({ metrics }: { metrics: Record<string, number> }) => values.push(metrics.value),
    } as never);
    expect(values).toEqual([1, 2, 3, 4, 5]);
    expect(summary.steps).toBe(5);
  });

  test("what it waited for may fail: inside, and with what was learned kept", async () => {
    const failure = await train(patient, { totalSteps: 5, failAt: 3 } as never).catch(
      (error: unknown) => error as Error,
    );
    expect((failure as Error).message).toBe("update 3: the line is dead");
  });

  test("the synchronous update refuses it in words", async () => {
    const training = await createTraining(patient, { totalSteps: 5 });
    expect(() => training.update()).toThrow(/^update\(\) cannot wait for .*: use train/);
    await expect(createTraining(patient, { totalSteps: 5 })).resolves.toBeDefined();
    expect(() => training.policy).toThrow("patient trains no policy");
    expect(new RunError("")).toBeInstanceOf(Error);
  });
});
