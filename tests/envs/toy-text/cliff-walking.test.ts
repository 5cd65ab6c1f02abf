import { describe, expect, test } from "vitest";
import { cliffWalking } from "../../../src/envs/toy-text/cliff-walking.ts";
import { makeEnv } from "../../../src/envs/index.ts";
import { RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";
import { describeGolden } from "../golden.ts";

describeGolden("CliffWalking-v1");

const [up, right, down, left] = [0, 1, 2, 3];

describe("CliffWalking", () => {
  test("the shortest way along the cliff earns −13", () => {
    const env = cliffWalking();
    expect(describeSpace(env.observationSpace)).toBe("Discrete(48)");
    expect(env.reset(0)).toEqual({ observation: 36, info: { prob: 1 } });
    const way = [up, ...Array<number>(11).fill(right), down].map((action) => env.step(action));
    expect(way.map(({ observation }) => observation)).toEqual([24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 47]);
    expect(way.reduce((sum, { reward }) => sum + reward, 0)).toBe(-13);
    expect(way.map(({ terminated }) => terminated)).toEqual([...Array<boolean>(12).fill(false), true]);
  });

  test("off the cliff: −100, back to the start, and on", () => {
    const env = cliffWalking();
    env.reset(0);
    expect(env.step(right)).toMatchObject({ observation: 36, reward: -100, terminated: false, info: { prob: 1 } });
    expect(env.step(left)).toMatchObject({ observation: 36, reward: -1 }); // the edge
    expect(env.step(down)).toMatchObject({ observation: 36, reward: -1 });
  });

  test("isSlippery: aside as often as ahead", async () => {
    const env = await makeEnv("CliffWalkingSlippery-v1");
    env.reset(0);
    const counts = new Map<number, number>();
    for (let i = 0; i < 3000; i++) {
      env.reset();
      const { observation, reward, info } = env.step(up);
      const fell = reward === -100;
      const place = fell ? -1 : observation;
      counts.set(place, (counts.get(place) ?? 0) + 1);
      expect(info.prob).toBe(1 / 3);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-1, 24, 36]); // right into the cliff, up, left at the edge
    for (const count of counts.values()) expect(count / 3000).toBeCloseTo(1 / 3, 1);
  });

  test("has no time limit", async () => {
    const env = await makeEnv("CliffWalking-v1");
    env.reset(0);
    for (let t = 0; t < 2000; t++) expect(env.step(up)).toMatchObject({ terminated: false, truncated: false });
  });

  test("refuses what is no action of its, and options that it does not have", async () => {
    const env = cliffWalking();
    env.reset(0);
    expect(() => env.step(4)).toThrow(RunError);
    await expect(makeEnv("CliffWalking-v1", { slippery: true })).rejects.toThrow(/no option "slippery"/);
  });
});
