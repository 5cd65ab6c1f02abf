import { expect, test } from "vitest";
import { exportOnnx } from "../../src/onnx/index.ts";
import { trainPpo } from "../../src/training/index.ts";
import { makeEnv } from "../../src/envs/index.ts";
import "./run-model.ts"; // one thread

interface OpenPolicy {
  act(observation: number | ArrayLike<number>): Promise<number | Float32Array>;
  sample(observation: number | ArrayLike<number>): Promise<number | Float32Array>;
}

const file = new URL("../../examples/onnx.js", import.meta.url).href;
const { openPolicy } = (await import(/* @vite-ignore */ file)) as {
  openPolicy(model: Uint8Array): Promise<OpenPolicy>;
};

test("examples/onnx.js plays an episode as the policy does, and draws actions with its probabilities", async () => {
  const { policy } = await trainPpo({ env: "CartPole-v1", totalSteps: 2048, seed: 2 });
  const exported = await openPolicy(exportOnnx(policy));

  const env = await makeEnv("CartPole-v1");
  let { observation } = env.reset(4);
  const start = observation;
  let steps = 0;
  for (let done = false; !done && steps < 200; steps++) {
    const action = await exported.act(observation);
    expect(action).toBe(policy.act(observation, { deterministic: true }));
    const next = env.step(action as number);
    observation = next.observation;
    done = next.terminated || next.truncated;
  }
  expect(steps).toBeGreaterThan(8);

  let right = 0;
  for (let i = 0; i < 400; i++) right += (await exported.sample(start)) as number;
  const [, p] = policy.probabilities(start) as unknown as [number, number];
  expect(Math.abs(right / 400 - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 400)); // five deviations
});

test("acts and draws in a Box too, and takes Discrete observations", async () => {
  const { policy } = await trainPpo({ env: "Pendulum-v1", totalSteps: 2048, seed: 2, initialLogStd: -4 });
  const exported = await openPolicy(exportOnnx(policy));
  const observation = [0.6, 0.8, 1];
  const action = await exported.act(observation);
  const [expected] = policy.act(Float32Array.from(observation), { deterministic: true });
  expect(action).toHaveLength(1);
  expect((action as Float32Array)[0]).toBeCloseTo(expected, 5);
  const drawn = await Promise.all([1, 2].map(async () => ((await exported.sample(observation)) as Float32Array)[0]));
  expect(drawn[0]).not.toBe(drawn[1]);
  for (const one of drawn) expect(Math.abs(one - expected)).toBeLessThan(0.2); // σ is about 0.02

  const grid = await trainPpo({ env: "FrozenLake-v1", totalSteps: 2048, seed: 2 });
  const onGrid = await openPolicy(exportOnnx(grid.policy));
  expect(await onGrid.act(3)).toBe(grid.policy.act(3, { deterministic: true }));
});
