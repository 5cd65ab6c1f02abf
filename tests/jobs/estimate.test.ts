// The arithmetic of estimates, on probes whose numbers are made up; and one real probe.

import { describe, expect, test } from "vitest";
import { RunError } from "../../src/errors.ts";
import { estimateTrainings, plannedSeconds, secondsOf } from "../../src/jobs/estimate.ts";
import probeTraining, { type ProbedTask, type ProbeReport } from "../../src/jobs/training-probe.ts";
import { resolveOptions } from "../../src/training/index.ts";

const task = (options: Record<string, unknown> = {}, algorithm = "ppo"): ProbedTask => ({
  algorithm,
  options: resolveOptions(algorithm, { env: "CartPole-v1", totalSteps: 11_000, ...options }),
  evaluation: { episodes: 10, deterministic: true },
});
const probe: ProbeReport = {
  first: { seconds: 0.5, steps: 1000 },
  stepsPerSecond: 2000,
  meanLength: 20,
  closingSeconds: 0.2,
  evaluation: { opening: 0.05, perStep: 1e-5 },
  bytes: 80e6,
};

describe("the seconds of a run", () => {
  test("are its start, its other steps, its end and its evaluation", () => {
    // 0.5, 10,000 / 2,000, 0.2, and 0.05 with 10 episodes of at most 500 steps at 10 µs
    expect(secondsOf(task(), probe)).toBeCloseTo(0.5 + 5 + 0.25 + 0.05, 12);
    expect(secondsOf(task({ envOptions: { maxEpisodeSteps: 50 } }), probe)).toBeCloseTo(5.755, 12);
    expect(secondsOf(task({ totalSteps: 400 }), probe)).toBeCloseTo(0.8, 12); // no more than the first update
  });

  test("count evaluations on the way", () => {
    const often = task({ evaluateEvery: 5000, evaluateEpisodes: 4 }); // at 5,000 and 10,000
    expect(secondsOf(often, probe) - secondsOf(task(), probe)).toBeCloseTo(2 * 4 * 500 * 1e-5, 12);
  });

  test("of a length in episodes are as if those stayed as they were", () => {
    const options = { totalSteps: null, totalEpisodes: 600 }; // of 20 steps
    expect(secondsOf(task(options, "reinforce"), probe)).toBeCloseTo(0.5 + 11_000 / 2000 + 0.25 + 0.05, 12);
    const unknown = { ...probe, meanLength: null }; // of 500
    expect(secondsOf(task(options, "reinforce"), unknown)).toBeCloseTo(0.5 + 299_000 / 2000 + 0.25 + 0.05, 12);
  });
});

test("runs are begun in their order, each where a place is free", () => {
  expect(plannedSeconds([4, 1, 1, 1, 3], 2)).toBe(6); // 4, and 1 + 1 + 1 + 3
  expect(plannedSeconds([1, 1, 1, 3, 4], 2)).toBe(6); // 1 + 1 + 4, and 1 + 3
  expect(plannedSeconds([2, 3], 8)).toBe(3);
  expect(plannedSeconds([2, 3], 1)).toBe(5);
  expect(plannedSeconds([], 4)).toBe(0);
});

describe("kinds", () => {
  /** Estimates with probes that tell how many went before them; also which were made, and how many together at most. */
  async function estimate(tasks: readonly ProbedTask[], atATime: number) {
    const probed: ProbedTask[] = [];
    let [now, most] = [0, 0];
    const found = await estimateTrainings(tasks, {
      atATime,
      async carryOut(one, { onProgress }) {
        probed.push(one);
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now--;
        onProgress?.({
          ...probe,
          stepsPerSecond: 1000 * probed.indexOf(one) + 1000,
          bytes: 1e6 * one.options.hidden[0],
        });
        return "finished";
      },
    });
    return { found: found!, probed, most };
  }

  test("are trainings of the same work: a probe each", async () => {
    const tasks = [
      task({ seed: 1, learningRate: 0.1, hidden: [64] }),
      task({ seed: 2, gamma: 0.5, totalSteps: 21_000, hidden: [64] }),
      task({ epochs: 3, hidden: [64] }),
      task({ hidden: [16] }),
      task({ hidden: [16] }, "a2c"),
    ];
    const { found, probed, most } = await estimate(tasks, 1);
    expect(probed).toHaveLength(4);
    expect(most).toBe(1);
    expect(found.kinds).toEqual([
      { algorithm: "ppo", env: "CartPole-v1", hidden: [64], tasks: 2, stepsPerSecond: 1000, bytes: 64e6 },
      { algorithm: "ppo", env: "CartPole-v1", hidden: [64], tasks: 1, stepsPerSecond: 2000, bytes: 64e6 },
      { algorithm: "ppo", env: "CartPole-v1", hidden: [16], tasks: 1, stepsPerSecond: 3000, bytes: 16e6 },
      { algorithm: "a2c", env: "CartPole-v1", hidden: [16], tasks: 1, stepsPerSecond: 4000, bytes: 16e6 },
    ]);
    const other = 0.5 + 0.25 + 0.05;
    const seconds = [10 + other, 20 + other, 5 + other, 10 / 3 + other, 2.5 + other];
    found.taskSeconds.forEach((value, i) => expect(value).toBeCloseTo(seconds[i], 12));
    expect(found.seconds).toBeCloseTo(10 + 20 + 5 + 10 / 3 + 2.5 + 5 * other, 12); // one after the other
    expect(found).toMatchObject({ bytes: 64e6, atATime: 1, isRough: false });
  });

  test("of few kinds there are as many probes as runs would share the machine, and their mean counts", async () => {
    const { found, probed, most } = await estimate([task({ hidden: [64] }), task({ seed: 2, hidden: [64] }), task({ seed: 3, hidden: [64] })], 2); // prettier-ignore
    expect(probed).toHaveLength(2);
    expect(most).toBe(2);
    expect(found.kinds[0].stepsPerSecond).toBe(1500); // of 1,000 and 2,000
    expect(found.bytes).toBe(128e6); // two at a time
  });

  test("memory is that of the largest that can meet", async () => {
    const tasks = [8, 64, 16, 32].map((units) => task({ hidden: [units] }));
    expect((await estimate(tasks, 3)).found.bytes).toBe((64 + 32 + 16) * 1e6);
    expect((await estimate(tasks, 9)).found).toMatchObject({ bytes: 120e6, atATime: 4 });
  });

  test("nothing to do takes no time; a length in episodes makes it rough", async () => {
    expect((await estimate([], 2)).found).toMatchObject({ seconds: 0, bytes: 0, kinds: [] });
    const byEpisodes = task({ totalSteps: null, totalEpisodes: 10, hidden: [8] }, "reinforce");
    expect((await estimate([byEpisodes], 2)).found.isRough).toBe(true);
  });
});

test("a probe that fails is told; once aborted there is no estimate", async () => {
  const failing = () => Promise.reject(new Error("it broke"));
  const estimate = estimateTrainings([task()], { atATime: 1, carryOut: failing });
  await expect(estimate).rejects.toThrow(RunError);
  await expect(estimate).rejects.toThrow("cannot tell how long ppo on CartPole-v1 takes: it broke");
  const signal = AbortSignal.abort();
  expect(await estimateTrainings([task()], { atATime: 1, carryOut: failing, signal })).toBeNull();
});

test("a probe trains and evaluates for real, and tells what that took", async () => {
  const reports: ProbeReport[] = [];
  const onProgress = (report: ProbeReport) => void reports.push(report);
  const short = task({ totalSteps: 2000, envs: 4, rollout: 64, hidden: [8], evaluateEvery: 256 });
  expect(await probeTraining(short, { onProgress })).toBe("finished");
  expect(reports).toHaveLength(1);
  const [{ first, ...report }] = reports;
  expect(first.steps).toBe(256);
  expect(report.meanLength).toBeGreaterThan(8); // the shortest that CartPole can be is 8 or 9 steps
  expect(report.bytes).toBeGreaterThan(30e6);
  const { evaluation, stepsPerSecond, closingSeconds } = report;
  for (const value of [first.seconds, stepsPerSecond, closingSeconds, evaluation.opening, evaluation.perStep])
    expect(value).toBeGreaterThan(0);
});
