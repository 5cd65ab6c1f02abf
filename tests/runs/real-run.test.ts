// Runs of the real algorithms: what the tests with a stand-in cannot tell.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { library } from "../../src/cli/library.ts";
import { runCli } from "../../src/cli/program.ts";
import { evaluateRun, readRun, resumeRun, trainToRun } from "../../src/node.ts";
import { readConfig, runFiles } from "../../src/runs/run-folder.ts";
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
  await expect(resumeRun(summary.run, { totalSteps: 1200 })).rejects.toThrow(
    'the checkpoint was trained with option "hidden" = [64, 64], and this training has [8]: it is another training\'s',
  );
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

  test("goes on with other options, and keeps what changed", async () => {
    const argv = [
      "train",
      "ppo",
      "CartPole-v1",
      "--steps",
      "2048",
      "--envs",
      "2",
      "--rollout",
      "64",
      "--minibatches",
      "4",
    ];
    const { run } = JSON.parse((await polgrad(...argv, "--run-dir", "runs", "--json")).stdout) as { run: string };
    const more = ["--steps", "4096", "--learning-rate", "1e-4", "--envs", "3", "--no-normalize-advantages"];
    const { code, stdout } = await polgrad("resume", run, ...more);
    expect(code).toBe(0);
    expect(stdout).toContain("with envs from 2 to 3, learningRate from 0.001 to 0.0001, normalizeAdvantages from true to false, extended from 2,048 to 4,096"); // prettier-ignore
    const { options, resumed } = readConfig(run);
    expect(options).toMatchObject({ learningRate: 1e-4, envs: 3, normalizeAdvantages: false, totalSteps: 4096 });
    expect(resumed[0].changed).toMatchObject({ learningRate: { from: 1e-3, to: 1e-4 }, envs: { from: 2, to: 3 } });
    const refused = await polgrad("resume", run, "--steps", "8192", "--hidden", "8");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("is [64, 64] in the checkpoint and cannot become [8] in the course of a run");
    expect((await polgrad("resume", run, "--learning-rat", "1")).stderr).toMatch(/unknown option '--learning-rat'/);
    const help = (await polgrad("resume", run, "--help")).stdout;
    expect(help).toContain("--entropy-coefficient");
    expect(help).not.toContain("--hidden");
  });

  test("begins with the policy of a run, of a file, or the best, and goes on after a kill before the first checkpoint", async () => {
    const argv = ["CartPole-v1", "--hidden", "6", "--steps", "1024", "--run-dir", "runs", "--json"];
    const { run } = JSON.parse((await polgrad("train", "ppo", ...argv)).stdout) as { run: string };
    const files = runFiles(run);
    for (const from of [run, files.policy, files.best]) {
      const begun = await polgrad("train", "trpo", "CartPole-v1", "--steps", "600", "--run-dir", "begun", "--from", from, "--json"); // prettier-ignore
      expect(begun.code, begun.stderr).toBe(0);
      const summary = JSON.parse(begun.stdout) as { run: string; weightsSha256: string };
      expect(readConfig(summary.run)).toMatchObject({ from: resolve(folder, from), options: { hidden: [6] } });
      rmSync(runFiles(summary.run).checkpoints, { recursive: true });
      for (const file of ["metrics", "summary", "policy"] as const) rmSync(runFiles(summary.run)[file]);
      mkdirSync(runFiles(summary.run).checkpoints);
      const anew = JSON.parse((await polgrad("resume", summary.run, "--json")).stdout) as typeof summary;
      expect(anew.weightsSha256).toBe(summary.weightsSha256);
    }
    const wrong = await polgrad("train", "ppo", "CartPole-v1", "--from", run, "--hidden", "7");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/is \[7\], but .* has \[6\]: leave it out/);
    const last = await polgrad("train", "ppo", "CartPole-v1", "--from", files.last);
    expect(last).toMatchObject({ code: 2, stderr: expect.stringMatching(/not a policy that polgrad saved/) as string });
  });

  test("writes a report anew, of a run that was killed too", async () => {
    const argv = ["CartPole-v1", "--steps", "2048", "--run-dir", "runs", "--json"];
    const { run } = JSON.parse((await polgrad("train", "a2c", ...argv)).stdout) as { run: string };
    const { report, summary } = runFiles(run);
    rmSync(report);
    expect(await polgrad("report", run)).toMatchObject({ code: 0, stdout: `${report}\n` });
    expect(readFileSync(report, "utf8")).toContain("Trained to the end");
    rmSync(summary);
    expect((await polgrad("report", run)).code).toBe(0);
    expect(readFileSync(report, "utf8")).toContain("Not at its end yet");
    expect((await polgrad("report", folder)).stderr).toContain("is not the folder of a run");
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
