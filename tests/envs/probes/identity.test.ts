import { describe, expect, test } from "vitest";
import { checkEnv, makeEnv } from "../../../src/envs/index.ts";
import { describeSpace } from "../../../src/spaces/index.ts";

describe.each(["Identity-v0", "IdentityBox-v0"])("%s", (id) => {
  test("keeps the contract", async () => {
    const env = await makeEnv(id);
    expect(() => checkEnv(env)).not.toThrow();
  });

  test("pays 1 for the state's number and 0 for others; 100 steps, then truncated", async () => {
    const env = await makeEnv(id, { n: 3 });
    let { observation } = env.reset(5);
    let total = 0;
    const seen = new Set<number>();
    for (let t = 1; t <= 100; t++) {
      const state = typeof observation === "number" ? observation : observation.indexOf(1);
      seen.add(state);
      const right = t % 2 === 0;
      const result = env.step(right ? state : (state + 1) % 3);
      expect(result).toMatchObject({ reward: right ? 1 : 0, terminated: false, truncated: t === 100 });
      total += result.reward;
      observation = result.observation;
    }
    expect(total).toBe(50);
    expect(seen.size).toBe(3);
  });
});

test("observes a number, or a one-hot vector", async () => {
  expect(describeSpace((await makeEnv("Identity-v0")).observationSpace)).toBe("Discrete(4)");
  const env = await makeEnv("IdentityBox-v0", { n: 2, episodeLength: 1 });
  expect(describeSpace(env.observationSpace)).toBe("Box(0..1, shape (2,))");
  expect([...(env.reset(0).observation as Float32Array)].sort()).toEqual([0, 1]);
  expect(env.step(0).truncated).toBe(true);
});

test.each([{ n: 0 }, { episodeLength: 0 }, { observe: "pixels" }, { size: 3 }])("refuses %j", async (options) => {
  await expect(makeEnv("Identity-v0", options)).rejects.toThrow(/n is 0|episodeLength is 0|pixels|no option "size"/);
});

test.each([4, -1, 0.5, "0", undefined, NaN])("refuses the action %s", async (action) => {
  const env = await makeEnv("Identity-v0");
  env.reset(0);
  expect(() => env.step(action as number)).toThrow(/^Identity: the action is .*Discrete\(4\) has (the )?whole numbers/);
});
