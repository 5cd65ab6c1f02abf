// What a run's metrics say of it: each sign on a training that was made to show it, and none of them on one that goes well.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import type { Env } from "../../src/envs/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { diagnoseRun, trainToRun, type Diagnosis, type Sign } from "../../src/node.ts";
import { fakeContext } from "../cli/fake-library.ts";
import { box, discrete } from "../../src/spaces/index.ts";

const folder = mkdtempSync(join(tmpdir(), "polgrad-diagnose-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function diagnosed(options: Record<string, unknown>, algorithm = "ppo"): Promise<Diagnosis> {
  const base = { hidden: [16], seed: 1, totalSteps: 20_480, envs: 4, rollout: 128, minibatches: 8, epochs: 4 };
  const { summary } = await trainToRun(algorithm, { ...base, ...options } as never, {
    runDir: folder,
    onWarning: () => undefined,
  });
  return diagnoseRun(summary.run);
}
const unsound = ({ findings }: Diagnosis): Sign[] =>
  findings.filter(({ sound }) => sound === false).map(({ sign }) => sign);
const seenOf = ({ findings }: Diagnosis, sign: Sign): string => findings.find((f) => f.sign === sign)!.seen;

/** One number as observation, episodes of a length, rewards of one's own. */
function made(reward: () => number, length: number): Env {
  let t = 0;
  const observation = (): Float32Array => Float32Array.of(t / length);
  return {
    observationSpace: box([0], [1]),
    actionSpace: discrete(2),
    reset() {
      t = 0;
      return { observation: observation(), info: {} };
    },
    step() {
      t++;
      return { observation: observation(), reward: reward(), terminated: t === length, truncated: false, info: {} };
    },
  };
}

describe("a run that", () => {
  test("learns shows nothing wrong", async () => {
    const diagnosis = await diagnosed({ env: "CartPole-v1", totalSteps: 40_960, learningRate: 1e-3 });
    expect(unsound(diagnosis)).toEqual([]);
    expect(diagnosis).toMatchObject({ algorithm: "ppo", env: "CartPole-v1", sound: true });
  });

  test("learns to be certain has an entropy that is gone, and rightly so", async () => {
    const diagnosis = await diagnosed({ env: "Identity-v0", totalSteps: 40_960, learningRate: 3e-3 });
    expect(unsound(diagnosis)).not.toContain("entropy");
  });

  test("stops exploring before it has learned", async () => {
    const diagnosis = await diagnosed({ env: "CartPole-v1", learningRate: 0.5, maxGradientNorm: 100, clip: 0 });
    expect(unsound(diagnosis)).toContain("entropy");
    expect(seenOf(diagnosis, "entropy")).toMatch(/^the entropy went from 0\.\d+ to \S+, gone since step [\d,]+: /);
  });

  test("has a σ that runs away", async () => {
    const diagnosis = await diagnosed({ env: "Pendulum-v1", entropyCoefficient: 2, learningRate: 0.01 });
    expect(unsound(diagnosis)).toContain("sigma");
    expect(seenOf(diagnosis, "sigma")).toMatch(/^σ went from \S+ to \S+: actions are ever more noise$/);
  });

  test("takes steps that are too large", async () => {
    const diagnosis = await diagnosed({ env: "CartPole-v1", learningRate: 0.03, epochs: 20, clip: 0 });
    expect(unsound(diagnosis)).toContain("kl");
  });

  test("has a critic that explains nothing", async () => {
    const generator = createGenerator(3);
    const diagnosis = await diagnosed({ env: () => made(() => generator.uniform(-1, 1), 10), gamma: 0.5 });
    expect(unsound(diagnosis)).toContain("critic");
  });

  test("never sees a reward, or sees always the same", async () => {
    const none = await diagnosed({ env: () => made(() => 0, 10) });
    expect(unsound(none)).toContain("rewards");
    expect(seenOf(none, "rewards")).toMatch(/episodes returned 0: nothing tells a good one from a bad one$/);
    const same = await diagnosed({ env: () => made(() => -1, 10) });
    expect(seenOf(same, "rewards")).toMatch(/episodes returned -10: nothing/);
  });

  test("has episodes that never end", async () => {
    const diagnosis = await diagnosed({ env: () => made(() => 1, Infinity) });
    expect(unsound(diagnosis)).toContain("episodes");
    expect(seenOf(diagnosis, "episodes")).toMatch(/^none has ended in 5,\d{3} steps of each environment: /);
  });
});

describe("polgrad diagnose", () => {
  async function polgrad(...argv: string[]) {
    const { context, written } = fakeContext(argv, folder);
    return { exitCode: await runCli(context), ...written };
  }

  test("tells a person, and a program", async () => {
    const { run } = await diagnosed({ env: () => made(() => 0, 10), totalSteps: 2048 });
    const told = await polgrad("diagnose", run);
    expect(told.exitCode).toBe(0);
    expect(told.stdout).toMatch(/, 4 updates, [\d,]+ steps\. Something is wrong:\n/);
    expect(told.stdout).toContain("What helps: reward what leads to the goal");
    expect(JSON.parse((await polgrad("diagnose", run, "--json")).stdout)).toMatchObject({ run, sound: false });
  });

  test("of what is no run says so", async () => {
    const told = await polgrad("diagnose", join(folder, "none"));
    expect(told.exitCode).toBe(2);
    expect(told.stderr).toContain("none");
  });
});
