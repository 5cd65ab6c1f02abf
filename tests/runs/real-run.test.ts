// Runs of the real algorithms: what the tests with a stand-in cannot tell.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { library } from "../../src/cli/library.ts";
import { runCli } from "../../src/cli/program.ts";
import { evaluateRun, readRun, resumeRun, trainToRun } from "../../src/node.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { decodeSafetensors } from "../../src/training/index.ts";
import { fakeContext } from "../cli/fake-library.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "polgrad-real-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const read = (path: string) => readFileSync(path);

describe.each(["reinforce", "actor-critic", "a2c", "ppo"])("%s", (algorithm) => {
  test("a run that was interrupted and resumed is, bit for bit, one that was not", async () => {
    const options = { env: "CartPole-v1", seed: 5, totalSteps: 6000, evaluateEvery: 2500, evaluateEpisodes: 2 };
    const whole = await trainToRun(algorithm, options, { runDir: folder });
    expect(whole.status).toBe("finished");

    const controller = new AbortController();
    const stop = {
      signal: controller.signal,
      onUpdate: ({ step }: { step: number }) => step > 2000 && controller.abort(),
    };
    const { status, summary } = await trainToRun(algorithm, options, { runDir: folder, ...stop });
    expect(status).toBe("interrupted");
    expect(summary.steps).toBeLessThan(4000);
    const resumed = await resumeRun(summary.run);

    const [a, b] = [runFiles(whole.summary.run), runFiles(summary.run)];
    expect(resumed.summary.weightsSha256).toBe(whole.summary.weightsSha256);
    expect(read(b.metrics).equals(read(a.metrics))).toBe(true);
    expect(read(b.last).equals(read(a.last))).toBe(true);
    expect(read(b.best).equals(read(a.best))).toBe(true);
    expect(read(b.policy).equals(read(a.policy))).toBe(true);
    expect(readRun(summary.run).updates.some(({ evaluation }) => evaluation !== undefined)).toBe(true);
  });
});

test("the best policy of a run can be evaluated beside its last", async () => {
  const options = { env: "CartPole-v1", totalSteps: 20_000, evaluateEvery: 4000, evaluateEpisodes: 5 };
  const { summary } = await trainToRun("ppo", options, { runDir: folder });
  const last = await evaluateRun(summary.run, { episodes: 5 });
  const best = await evaluateRun(summary.run, { episodes: 5, best: true });
  expect(last.returns).toHaveLength(5);
  const means = readRun(summary.run).updates.flatMap(({ evaluation }) => (evaluation ? [evaluation.mean] : []));
  const { metadata } = decodeSafetensors(read(runFiles(summary.run).best));
  expect(Number(metadata.bestScore)).toBe(Math.max(...means));
  expect(best.mean).toBeGreaterThan(0);
});

test("a checkpoint of other networks is refused with a message", async () => {
  const { summary } = await trainToRun("ppo", { env: "CartPole-v1", totalSteps: 600 }, { runDir: folder });
  const config = JSON.parse(read(runFiles(summary.run).config).toString()) as { options: { hidden: number[] } };
  config.options.hidden = [8];
  writeFileSync(runFiles(summary.run).config, JSON.stringify(config));
  await expect(resumeRun(summary.run, { totalSteps: 1200 })).rejects.toThrow(/shape|tensor/);
});

describe("the command line", () => {
  async function polgrad(...argv: string[]) {
    const { context, written } = fakeContext(argv, folder, { library });
    return { code: await runCli(context), ...written };
  }

  test("trains, evaluates, resumes, lists", async () => {
    const trained = await polgrad("train", "ppo", "CartPole-v1", "--steps", "3000", "--run-dir", "runs", "--json");
    expect(trained.code).toBe(0);
    const { run, weightsSha256 } = JSON.parse(trained.stdout) as { run: string; weightsSha256: string };
    expect(weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    const evaluated = await polgrad("evaluate", run, "--episodes", "3", "--json");
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ env: "CartPole-v1", episodes: 3 });
    const resumed = await polgrad("resume", run, "--steps", "5000", "--json");
    expect((JSON.parse(resumed.stdout) as { steps: number }).steps).toBeGreaterThanOrEqual(5000);
    expect((await polgrad("list")).stdout).toContain("actor-critic");
  });

  test("reinforce counts episodes where those are asked for", async () => {
    const argv = [
      "train",
      "reinforce",
      "CartPole-v1",
      "--baseline",
      "learned",
      "--episodes",
      "30",
      "--run-dir",
      "runs",
    ];
    const { code, stdout } = await polgrad(...argv);
    expect(code).toBe(0);
    expect(stdout).toContain("100 %  30 of 30 episodes");
    expect(stdout).toContain("--episodes 60");
  });

  test("an unknown environment is told with the nearest names", async () => {
    const { code, stderr } = await polgrad("train", "ppo", "cartpole", "--run-dir", "runs");
    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown environment "cartpole"\.\sDid you mean "CartPole-v1"\?/);
  });

  test("every option of every algorithm has a flag and a meaning", async () => {
    for (const name of Object.keys(library.algorithms)) {
      const { stdout } = await polgrad("train", name, "--help");
      expect(stdout).toContain("--steps <integer|none>");
      expect(stdout).not.toMatch(/<value>|<number>\s+\[/);
    }
  });
});
