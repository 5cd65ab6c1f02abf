// A3C on one thread, where it follows from the seed alone: its workers take turns. With threads:
// tests/threads/a3c.test.ts.

import { describe, expect, test } from "vitest";
import { InputError, RunError } from "../../src/errors.ts";
import { createTraining, type Training, type UpdateReport } from "../../src/training/index.ts";

const start = (options: Record<string, unknown>, resume?: Uint8Array, algorithm = "a3c"): Promise<Training> =>
  createTraining(
    algorithm,
    { env: "CartPole-v1", hidden: [16], seed: 7, learningRateSchedule: "constant", totalSteps: 1e6, ...options },
    resume,
  );
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

describe.each(["rmsprop", "adam", "sgd"])("with %s", (optimizer) => {
  test("one worker is A2C, to the bit: a gradient at its copy of the parameters is one at the parameters", async () => {
    const options = { envs: 3, workers: 1, rollout: 8, optimizer, learningRate: 3e-3, lambda: 0.9 };
    const a2c = await start(options, undefined, "a2c");
    const a3c = await start({ ...options, reportEvery: 24 });
    for (let i = 0; i < 40; i++) {
      const [one, other] = [a2c.update(), a3c.update()];
      expect(other.finished).toEqual(one.finished);
      expect(other.metrics.policyLoss).toBe(one.metrics.policyLoss);
    }
    expect(a3c.weightsSha256()).toBe(a2c.weightsSha256());
  });
});

test("workers take turns: pushes are even and never stale, steps are exact, and the same seed gives the same bits", async () => {
  const options = { workers: 3, envs: 1, rollout: 10, reportEvery: 100, totalSteps: 650 };
  const [one, other] = [await start(options), await start(options)];
  const reports: UpdateReport[] = [];
  while (!one.done) reports.push(one.update());
  expect(reports.map((r) => r.step)).toEqual([100, 200, 300, 400, 500, 600, 650]);
  const total = (name: string) => reports.reduce((sum, r) => sum + r.metrics[name], 0);
  expect(total("pushes")).toBe(65);
  expect(["pushesOfWorker0", "pushesOfWorker1", "pushesOfWorker2"].map(total)).toEqual([22, 22, 21]);
  expect([total("staleness"), total("stalenessMax")]).toEqual([0, 0]);
  expect(one.threads).toBe(1);
  expect(one.threadsNote).toContain("built package");
  while (!other.done) other.update();
  expect(base64(other.checkpoint())).toBe(base64(one.checkpoint()));
  const episodes = reports.flatMap((r) => r.finished);
  expect(episodes.length).toBeGreaterThan(10);
  expect(episodes.map((e) => e.step)).toEqual(episodes.map((e) => e.step).sort((a, b) => a - b));
});

test.each([
  ["as it is", {}],
  ["with normalization, on continuous actions", { env: "Pendulum-v1", normalizeObservations: true, normalizeRewards: true }], // prettier-ignore
  ["with Adam and V-trace", { optimizer: "adam", vtrace: true, lambda: 0.95, envs: 2 }],
])("resumed %s, it goes on with the same bits", async (_, more) => {
  const options = { workers: 3, rollout: 7, reportEvery: 300, ...more };
  const whole = await start(options);
  for (let i = 0; i < 3; i++) whole.update();
  const resumed = await start(options, whole.checkpoint());
  for (let i = 0; i < 3; i++) expect(resumed.update()).toEqual(whole.update());
  expect(base64(resumed.checkpoint())).toBe(base64(whole.checkpoint()));
  if (whole.policy.normalizer) expect(whole.policy.normalizer.count).toBeCloseTo(3 + whole.step, 2);
  const other = start({ ...options, workers: 4 }, whole.checkpoint());
  await expect(other).rejects.toThrow("the checkpoint is of 3 workers, and cannot be resumed with 4");
  await expect(other).rejects.toBeInstanceOf(InputError);
});

test("V-trace of what is not stale is GAE", async () => {
  const options = { workers: 2, rollout: 16, lambda: 0.9, reportEvery: 32 };
  const [plain, corrected] = [await start(options), await start({ ...options, vtrace: true })];
  for (let i = 0; i < 20; i++) {
    const [one, other] = [plain.update().metrics, corrected.update().metrics];
    for (const name of ["policyLoss", "valueLoss", "gradientNorm"])
      expect(Math.abs(other[name] - one[name]), name).toBeLessThan(1e-3 * Math.max(1, Math.abs(one[name])));
  }
});

test("a NaN is told with the tensor that held it first, and the weights stay", async () => {
  const options = { workers: 2, learningRate: 1e30, optimizer: "sgd", maxGradientNorm: 1e30 };
  const training = await start(options);
  expect(() => {
    for (let i = 0; i < 20; i++) training.update();
  }).toThrow(RunError);
  expect(() => training.update()).toThrow(/a3c: the loss or its gradient stopped being a finite number at step \d+; /);
});

test("a worker whose environment throws is named where one thread plays them in turn, too", async () => {
  const module = new URL("../threads/workers/faulty-env.mjs", import.meta.url);
  const envOptions = { fails: "throws", at: 7, everywhere: true };
  const training = await createTraining("a3c", { env: { module }, envOptions, workers: 2, rollout: 5, hidden: [4] });
  expect(() => training.update()).toThrow(/^worker 0 failed: environment 0, step 7 .*the motor is on fire$/);
});
