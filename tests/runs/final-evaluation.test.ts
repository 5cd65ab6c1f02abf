import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Env } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { evaluateRun, readRun, resumeRun, trainToRun, type RunSummary } from "../../src/node.ts";
import { evaluateFinally, evaluationSeed, playedEpisodes } from "../../src/runs/final-evaluation.ts";
import { runFiles } from "../../src/runs/run-folder.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { createTraining } from "../../src/training/index.ts";

const folder = mkdtempSync(join(tmpdir(), "polgrad-final-"));
afterAll(() => rmSync(folder, { recursive: true }));

const options = { env: "CartPole-v1", totalSteps: 1024, rollout: 64, minibatches: 4 };
const saved = (run: string) => JSON.parse(readFileSync(runFiles(run).summary, "utf8")) as RunSummary;

describe("a run that plays episodes at its end", () => {
  let run: string;
  let plain: string;
  beforeAll(async () => {
    ({ run } = (await trainToRun("ppo", options, { runDir: folder, finalEpisodes: 3 })).summary);
    plain = (await trainToRun("ppo", options, { runDir: folder })).summary.run;
  });

  test("tells what they came to, as polgrad evaluate does with that seed", async () => {
    const { mean, std, min, max } = await evaluateRun(run, { episodes: 3, seed: evaluationSeed });
    const { finalEvaluation } = saved(run);
    expect(finalEvaluation).toMatchObject({ episodes: 3, asked: 3, seed: evaluationSeed, deterministic: true, mean, std, min, max }); // prettier-ignore
    expect(finalEvaluation).not.toHaveProperty("note");
    expect(finalEvaluation!.meanLength).toBeCloseTo(mean, 9); // CartPole-v1 gives 1 a step
    expect(readRun(plain).summary).not.toHaveProperty("finalEvaluation");
  });

  test("has the bits of one that plays none", () => {
    for (const file of ["last", "best", "policy", "metrics"] as const)
      expect(readFileSync(runFiles(run)[file]).equals(readFileSync(runFiles(plain)[file])), file).toBe(true);
    expect(existsSync(runFiles(run).episode)).toBe(true);
    expect(existsSync(runFiles(plain).episode)).toBe(false);
  });

  test("plays them again where its process ended before they were known, and as many as it was started with", async () => {
    const before = saved(run).finalEvaluation;
    rmSync(runFiles(run).summary);
    expect((await resumeRun(run)).mended).toContain("summary.json");
    expect(saved(run).finalEvaluation).toEqual(before);
    expect((await resumeRun(run)).mended).toEqual([]);
    expect((await resumeRun(run, { finalEpisodes: 2 })).mended).toContain("summary.json");
    expect(saved(run).finalEvaluation?.episodes).toBe(2);
    expect((await resumeRun(run)).mended).toEqual([]);
    const { summary } = await resumeRun(run, { totalSteps: 1536 });
    expect(summary).toMatchObject({ steps: 1536, finalEvaluation: { episodes: 2 } });
  });

  test("leaves them out where it is stopped there; training is finished", async () => {
    const controller = new AbortController();
    const stop = { signal: controller.signal, onFinalEvaluation: () => controller.abort() };
    const { status, summary } = await trainToRun("ppo", options, { runDir: folder, finalEpisodes: 3, ...stop });
    expect(status).toBe("finished");
    expect(saved(summary.run)).not.toHaveProperty("finalEvaluation");
    expect((await resumeRun(summary.run)).summary.finalEvaluation?.episodes).toBe(3);
  });

  test("a wrong number is told", async () => {
    const wrong = trainToRun("ppo", options, { runDir: folder, finalEpisodes: -1 });
    await expect(wrong).rejects.toThrow(new InputError('option "finalEpisodes" must be a whole number of at least 0, not -1')); // prettier-ignore
  });
});

describe("episodes that do not all come to an end", () => {
  /** Its episode with this number goes on forever, or fails. */
  const endless =
    (from: number, fails = false) =>
    (): Env => {
      let episode = 0;
      let step = 0;
      return {
        observationSpace: box(-1, 1, [1]),
        actionSpace: discrete(2),
        reset: () => {
          episode++;
          step = 0;
          return { observation: [0], info: {} };
        },
        step: () => {
          if (fails && episode >= from) throw new Error("the wheel came off");
          return { observation: [0], reward: 1, terminated: ++step >= 4 && episode < from, truncated: false, info: {} };
        },
      };
    };
  const played = async (env: () => Env, seconds?: number) => {
    const training = await createTraining("a2c", { env, totalSteps: 5, envs: 1 });
    const result = await evaluateFinally(training, { episodes: 5, seconds });
    training.close();
    return result!;
  };

  test("those that ended count, and why there are no more is told", async () => {
    const final = await played(endless(3), 0.03);
    expect(final).toMatchObject({ episodes: 2, asked: 5, mean: 4, note: "no more ended within 0.03 s" });
    expect(playedEpisodes(final)).toBe("2 of 5 episodes: no more ended within 0.03 s");
    expect(await played(endless(1), 0.01)).toMatchObject({ episodes: 0, mean: null, note: "none ended within 0.01 s" }); // prettier-ignore
  });

  test("an environment that fails fails no run", async () => {
    const { episodes, mean, note } = await played(endless(2, true));
    expect({ episodes, mean }).toEqual({ episodes: 1, mean: 4 });
    expect(note).toContain("the wheel came off");
  });
});
