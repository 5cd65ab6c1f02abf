import { describe, expect, test } from "vitest";
import { makeEnv, type Action, type Env } from "../../../src/envs/index.ts";
import { RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";

/** Plays an episode with answers to what is observed: its length and return. */
function play(env: Env, answer: (target: number[]) => Action): { length: number; total: number } {
  let target = [...(env.reset(1).observation as number[])];
  let total = 0;
  for (let length = 1; ; length++) {
    const { observation, reward, terminated, truncated } = env.step(answer(target));
    expect(terminated).toBe(false);
    target = [...(observation as number[])];
    total += reward;
    if (truncated) return { length, total };
  }
}

test("IdentityContinuous-v0: minus the squared distance to the target", async () => {
  const env = await makeEnv("IdentityContinuous-v0");
  expect(describeSpace(env.actionSpace)).toBe("Box(-1..1, shape (1,))");
  expect(play(env, (target) => Float32Array.from(target))).toEqual({ length: 100, total: expect.closeTo(0, 12) });
  expect(play(env, () => Float32Array.of(0)).total).toBeLessThan(-20);
  const wide = await makeEnv("IdentityContinuous-v0", { n: 2, episodeLength: 1 });
  const [a, b] = wide.reset(3).observation as Float32Array;
  expect(wide.step(Float32Array.of(0.5, -0.5)).reward).toBeCloseTo(-((0.5 - a) ** 2) - (0.5 + b) ** 2, 6);
});

test("IdentityMultiDiscrete-v0: the share of components that are right", async () => {
  const env = await makeEnv("IdentityMultiDiscrete-v0");
  expect(describeSpace(env.actionSpace)).toBe("MultiDiscrete([3, 2])");
  expect(play(env, (target) => Int32Array.from(target))).toEqual({ length: 100, total: 100 });
  expect(play(env, ([a, b]) => Int32Array.of(a, 1 - b))).toEqual({ length: 100, total: 50 });
  const seen = new Set<string>();
  play(env, (target) => (seen.add(target.join()), Int32Array.of(0, 0)));
  expect(seen.size).toBe(6);
});

test("IdentityMultiBinary-v0: the share of bits that are right", async () => {
  const env = await makeEnv("IdentityMultiBinary-v0", { n: 4, episodeLength: 8 });
  expect(describeSpace(env.actionSpace)).toBe("MultiBinary(4)");
  expect(play(env, (target) => Int32Array.from(target))).toEqual({ length: 8, total: 8 });
  expect(play(env, ([a, ...rest]) => Int32Array.of(1 - a, ...rest))).toEqual({ length: 8, total: 6 });
});

describe("refuse", () => {
  test.each([
    ["IdentityContinuous-v0", Float32Array.of(1.5)],
    ["IdentityContinuous-v0", Float32Array.of(NaN)],
    ["IdentityMultiDiscrete-v0", Int32Array.of(0, 2)],
    ["IdentityMultiDiscrete-v0", Int32Array.of(0)],
    ["IdentityMultiBinary-v0", Int32Array.of(0, 1, 2)],
  ])("in %s the action %j", async (id, action) => {
    const env = await makeEnv(id);
    env.reset(0);
    expect(() => env.step(action)).toThrow(RunError);
  });

  test.each([
    ["IdentityContinuous-v0", { n: 0 }],
    ["IdentityMultiDiscrete-v0", { counts: [3, 0] }],
    ["IdentityMultiDiscrete-v0", { episodeLength: 0.5 }],
    ["IdentityMultiBinary-v0", { size: 2 }],
  ])("%s with %j", async (id, options) => {
    await expect(makeEnv(id, options)).rejects.toThrow(/whole number|no option "size"/);
  });
});
