import { expect, test } from "vitest";
import { exportOnnx } from "../../src/onnx/index.ts";
import { trainPpo } from "../../src/training/index.ts";
import { makeEnv } from "../../src/envs/index.ts";
import "./run-model.ts"; // one thread

interface OpenPolicy {
  act(observation: ArrayLike<number>): Promise<number>;
  sample(observation: ArrayLike<number>): Promise<number>;
}

test("examples/onnx.js plays an episode as the policy does, and draws actions with its probabilities", async () => {
  const { policy } = await trainPpo({ env: "CartPole-v1", totalSteps: 2048, seed: 2 });
  const file = new URL("../../examples/onnx.js", import.meta.url).href;
  const { openPolicy } = (await import(/* @vite-ignore */ file)) as {
    openPolicy(model: Uint8Array): Promise<OpenPolicy>;
  };
  const exported = await openPolicy(exportOnnx(policy));

  const env = await makeEnv("CartPole-v1");
  let { observation } = env.reset(4);
  const start = observation as Float32Array;
  let steps = 0;
  for (let done = false; !done && steps < 200; steps++) {
    const action = await exported.act(observation as Float32Array);
    expect(action).toBe(policy.act(observation, { deterministic: true }));
    const next = env.step(action);
    observation = next.observation;
    done = next.terminated || next.truncated;
  }
  expect(steps).toBeGreaterThan(8);

  let right = 0;
  for (let i = 0; i < 400; i++) right += await exported.sample(start);
  const [, p] = policy.probabilities(start) as unknown as [number, number];
  expect(Math.abs(right / 400 - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 400)); // five deviations
});
