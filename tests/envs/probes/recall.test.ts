import { describe, expect, test } from "vitest";
import { makeEnv } from "../../../src/envs/index.ts";
import { RunError } from "../../../src/errors.ts";

describe("Recall-v0", () => {
  test.each([0, 1, 4])("shows the cue, then %i blanks, and pays for naming it at the last of them", async (delay) => {
    const env = await makeEnv("Recall-v0", { delay });
    env.reset(0);
    const cues = new Set<number>();
    for (let episode = 0; episode < 20; episode++) {
      const cue = env.reset().observation as number;
      cues.add(cue);
      const right = episode % 2 === 0;
      for (let t = 0; t < delay; t++) {
        expect(env.step(cue)).toMatchObject({ observation: 2, reward: 0, terminated: false, truncated: false });
      }
      expect(env.step(right ? cue : 1 - cue)).toMatchObject({ reward: right ? 1 : 0, terminated: true });
    }
    expect(cues).toEqual(new Set([0, 1]));
  });

  test("without memory half of the episodes are the best", async () => {
    const env = await makeEnv("Recall-v0", { delay: 1 });
    env.reset(0);
    for (const answer of [0, 1]) {
      let total = 0;
      for (let episode = 0; episode < 1000; episode++) {
        env.reset();
        env.step(0);
        total += env.step(answer).reward;
      }
      expect(total / 1000).toBeCloseTo(0.5, 1);
    }
  });

  test("refuses other actions, and a delay that is none", async () => {
    const env = await makeEnv("Recall-v0");
    env.reset(0);
    expect(() => env.step(2)).toThrow(RunError);
    await expect(makeEnv("Recall-v0", { delay: -1 })).rejects.toThrow(/"delay" is -1/);
  });
});
