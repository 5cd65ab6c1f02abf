// A3C on threads: every step and push is counted, stale gradients too; it learns; it pauses for checkpoints; workers
// that fail.

import { expect, test } from "vitest";
import { createTraining, RunError, train } from "./library.ts";

const faulty = new URL("./workers/faulty-env.mjs", import.meta.url);

test("4 workers learn the identity of observation and action; every step and push is counted", async () => {
  let pushes = 0;
  let most = 0;
  const perWorker = [0, 0, 0, 0];
  const { summary } = await train("a3c", {
    env: "Identity-v0",
    envOptions: { episodeLength: 20 },
    workers: 4,
    rollout: 10,
    hidden: [32],
    learningRate: 5e-3,
    gamma: 0,
    entropyCoefficient: 0,
    normalizeRewards: false,
    totalSteps: 20_005,
    reportEvery: 4000,
    onUpdate({ metrics }) {
      pushes += metrics.pushes;
      most = Math.max(most, metrics.stalenessMax);
      perWorker.forEach((_, i) => (perWorker[i] += metrics[`pushesOfWorker${i}`]));
      expect(metrics.staleness).toBeLessThanOrEqual(metrics.stalenessMax);
    },
  });
  expect(summary.threads).toBe(4);
  expect([summary.steps, pushes]).toEqual([20_010, 2001]);
  expect(perWorker.reduce((a, b) => a + b)).toBe(pushes);
  expect(perWorker.filter((count) => count > 0).length).toBeGreaterThan(1);
  expect(most, "somebody pushed while another played").toBeGreaterThan(0);
  expect(summary.episodes).toBeGreaterThan(980);
  expect(summary.meanReturn100).toBeGreaterThan(18);
});

test.each([
  ["RMSProp", 0, { optimizer: "rmsprop", normalizeObservations: false, normalizeRewards: false }],
  ["Adam, normalized, with V-trace", 450, { optimizer: "adam", vtrace: true, normalizeObservations: true, normalizeRewards: true }], // prettier-ignore
])("with %s it pauses for a checkpoint, and goes on from it on as many threads", async (_, warmUp, more) => {
  const options = { env: "Pendulum-v1", workers: 3, envs: 2, rollout: 5, reportEvery: 900, hidden: [8], totalSteps: 9000, ...more }; // prettier-ignore
  const training = await createTraining("a3c", options);
  for (let i = 0; i < 4; i++) training.update();
  const checkpoint = training.checkpoint();
  const [weights, { episodes }] = [training.weightsSha256(), training];
  training.close();
  const resumed = await createTraining("a3c", options, checkpoint);
  expect([resumed.step, resumed.episodes, resumed.weightsSha256()]).toEqual([3600 + warmUp, episodes, weights]);
  const report = resumed.update();
  expect(report.step).toBe(4500 + warmUp);
  expect(resumed.weightsSha256()).not.toBe(weights);
  if (resumed.policy.normalizer) expect(resumed.policy.normalizer.count).toBeCloseTo(4506 + warmUp, 2);
  resumed.close();
  await expect(createTraining("a3c", { ...options, workers: 2 }, checkpoint)).rejects.toThrow(
    "the checkpoint is of 3 workers, and cannot be resumed with 2",
  );
});

test.each([
  ["throws", /^worker [12] failed: environment [12], step 700 .*: it threw Error: the motor is on fire$/],
  ["exits", /^worker [12] died: it (has ended|exited with code 9)$/],
])("a worker that %s is named, and the last good checkpoint kept", async (fails, told) => {
  const options = { env: { module: faulty }, envs: 1, workers: 3, rollout: 10, hidden: [4], totalSteps: 90_000, reportEvery: 300 }; // prettier-ignore
  const failure: unknown = await train("a3c", { ...options, envOptions: { fails, at: 700 } }).catch((e: unknown) => e);
  expect(failure).toBeInstanceOf(RunError);
  expect((failure as Error).message).toMatch(told);
  const checkpoint = (failure as InstanceType<typeof RunError>).checkpoint!;
  const resumed = await createTraining("a3c", options, { checkpoint, change: ["envOptions"] });
  resumed.update();
  resumed.close();
});

test("a warning counts the environments of all workers", async () => {
  const training = await createTraining("a3c", {
    env: "Pendulum-v1", envOptions: { maxEpisodeSteps: null }, workers: 3, envs: 2, rollout: 5, reportEvery: 2500,
    hidden: [8], totalSteps: 60_000, lambda: 0.95,
  }); // prettier-ignore
  const warnings: string[] = [];
  let told: number | undefined;
  while (training.step < 20_000) {
    const report = training.update();
    warnings.push(...(report.warnings ?? []));
    if (report.warnings) told ??= report.step;
  }
  training.close();
  expect(warnings).toEqual([expect.stringMatching(/^no episode has ended in 2,\d{3} steps of each environment/)]);
  expect(told).toBeGreaterThanOrEqual(3 * 2 * 2500);
});
