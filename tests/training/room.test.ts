// The memory of a training as it is estimated, beside what it takes; and trainings that have no room.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeEnv } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { createTraining, resolveOptions } from "../../src/training/index.ts";
import { assertRoom, roomOf } from "../../src/training/room.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;
/** Bytes of arrays, once those that nobody holds are freed, which takes a moment after their collection. */
async function arrayBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().arrayBuffers;
}

const once = { epochs: 1, normalizeRewards: false, normalizeObservations: false };

test.each<[string, string, Record<string, unknown>]>([
  ["a long rollout", "ppo", { env: "CartPole-v1", rollout: 8192, hidden: [4], ...once }],
  ["one with a normalizer", "a2c", { env: "CartPole-v1", rollout: 4096, hidden: [4], normalizeObservations: true }],
  ["large networks", "ppo", { env: "CartPole-v1", rollout: 128, hidden: [256, 256], minibatches: 1, ...once }],
  ["one that is shared, with plain SGD", "a2c", { env: "Pendulum-v1", hidden: [256, 256], sharedTrunk: true, optimizer: "sgd", rollout: 128 }], // prettier-ignore
])("%s: estimated and taken differ by less than a factor of 2", async (_, algorithm, options) => {
  const before = await arrayBytes();
  const training = await createTraining(algorithm, options);
  training.update();
  const arrays = (await arrayBytes()) - before;
  const engine = training.policy.engine.bytes;
  training.close();
  const room = roomOf(resolveOptions(algorithm, options), await makeEnv(options.env as string));
  const [large, estimate] = arrays > engine ? [arrays, room.rollout] : [engine, room.weights + room.program];
  expect(large).toBeGreaterThan(1 << 20);
  expect(estimate / large).toBeGreaterThan(0.5);
  expect(estimate / large).toBeLessThan(2);
});

describe("there is no room", () => {
  const recurrent = { env: "CartPole-v1", memory: "gru", hidden: [8] };
  const impossible: [string, Record<string, unknown>, RegExp][] = [
    ["ppo", { env: "CartPole-v1", envs: 1e9 }, /^ppo: this training would take [\d,]+ GiB .* lower "envs"/],
    ["a2c", { env: "Pendulum-v1", envs: Number.MAX_SAFE_INTEGER }, /of it for its environments, .* lower "envs"$/],
    ["ppo", { env: "CartPole-v1", rollout: 1e10 }, /GiB: lower "envs" or "rollout"/],
    ["trpo", { env: "CartPole-v1", rollout: 1e9 }, /an engine has at most 4 GiB: lower "envs" or "rollout"/],
    ["ppo", { env: "CartPole-v1", rollout: Number.MAX_SAFE_INTEGER, minibatches: 1e9 }, /would take .* GiB/],
    ["ppo", { ...recurrent, rollout: 1e7 }, /of it for its graph, .* lower "rollout", over whose steps a policy/],
    ["ppo", { env: "CartPole-v1", envOptions: { frameStack: 1e5 }, hidden: [1024] }, /its weights, .* lower "hidden"/],
    ["ppo", { env: "CartPole-v1", envOptions: { frameStack: 1e9 } }, /frames of 4 numbers are more than/],
    ["ppo", { env: "IdentityMultiBinary-v0", envOptions: { n: 2e6 }, hidden: [512] }, /an engine has at most 4 GiB/],
    ["a3c", { env: "CartPole-v1", workers: 10_000 }, /"workers" is 10000, but at most 1024 threads/],
    ["ppo", { env: "CartPole-v1", workers: 1e15, envs: 1e15 }, /at most 1024 threads/],
    ["ppo", { env: "CartPole-v1", hidden: Array(1e6).fill(1) }, /"hidden" has 1000000 items, and at most 2000/],
    ["ppo", { env: "CartPole-v1", hidden: Array(2000).fill(1024) }, /its weights, and an engine has at most 4 GiB/],
    ["reinforce", { env: "CartPole-v1", totalSteps: 1e308 }, /"totalSteps" must be a whole number/],
  ];
  test.each(impossible.map(([algorithm, , message]) => [algorithm, message] as const))(
    "%s: %s",
    async (algorithm, message) => {
      const options = impossible.find((one) => one[2] === message)![1];
      const start = performance.now();
      const creating = createTraining(algorithm, options);
      await expect(creating).rejects.toThrow(InputError);
      await expect(creating).rejects.toThrow(message);
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );

  test("sizes of any kind are an estimate that grows with each of them", async () => {
    const env = await makeEnv("CartPole-v1");
    const size = fc.integer({ min: 1, max: 1e6 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.array(fc.integer({ min: 1, max: 1024 }), { maxLength: 3 }),
        (envs, rollout, hidden) => {
          const roomWith = (more: object): number => {
            const options = resolveOptions("ppo", { env: "CartPole-v1", envs, rollout, hidden, ...more });
            return Object.values(roomOf(options, env)).reduce((a, b) => a + b, 0);
          };
          const room = roomWith({});
          expect(room).toBeGreaterThan(envs * rollout * 40);
          for (const more of [{ envs: 2 * envs }, { rollout: 2 * rollout }, { hidden: [...hidden, 1024] }])
            expect(roomWith(more)).toBeGreaterThan(room);
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });

  test("a machine has room for what it has room for", async () => {
    const env = await makeEnv("CartPole-v1");
    const options = resolveOptions("ppo", { env: "CartPole-v1" });
    const room = Object.values(roomOf(options, env)).reduce((a, b) => a + b, 0);
    expect(() => assertRoom("ppo", options, env, {}, { memory: room, heap: room })).not.toThrow();
    expect(() => assertRoom("ppo", options, env, {}, { memory: room - 1, heap: room })).toThrow("the machine has");
    expect(() => assertRoom("ppo", options, env, {}, { memory: undefined, heap: undefined })).not.toThrow();
  });
});
