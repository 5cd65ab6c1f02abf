import { describe, expect, test } from "vitest";
import { makeEnv } from "../../../src/envs/index.ts";
import { terraces } from "../../../src/envs/toy-text/terraces.ts";
import { InputError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";

const [stay, change] = [0, 1];

describe("Terraces", () => {
  test("without slips one goes where one means to, and earns 1 for each step that ends above", () => {
    const env = terraces({ slip: 0, length: 3 });
    expect(describeSpace(env.observationSpace)).toBe("Discrete(8)");
    let start = env.reset(0).observation;
    while (start !== 0) start = env.reset().observation;
    const way = [stay, change, stay].map((action) => env.step(action));
    expect(way.map(({ observation }) => observation)).toEqual([2, 5, 7]); // 2 · step + terrace
    expect(way.map(({ reward }) => reward)).toEqual([0, 1, 1]);
    expect(way.map(({ terminated }) => terminated)).toEqual([false, false, true]);
    while (start !== 1) start = env.reset().observation;
    expect(env.step(change)).toMatchObject({ observation: 2, reward: 0 });
  });

  test("slips as often as `slip`, begins on either terrace as often, and noise is ±noise as often", () => {
    const env = terraces({ slip: 0.3, noise: 2, length: 1 });
    const n = 5000;
    const counts = { above: 0, slipped: 0, lucky: 0 };
    env.reset(4);
    for (let i = 0; i < n; i++) {
      const { observation: from } = env.reset();
      const { observation: to, reward, terminated } = env.step(stay);
      counts.above += from;
      if (to - 2 !== from) counts.slipped++;
      if (reward > 1.5) counts.lucky++;
      expect([2, -2]).toContain(reward - (to - 2));
      expect(terminated).toBe(true);
    }
    const isNear = (count: number, p: number) => Math.abs(count / n - p) < 5 * Math.sqrt((p * (1 - p)) / n);
    expect([isNear(counts.above, 0.5), isNear(counts.slipped, 0.3), isNear(counts.lucky, 0.5)]).toEqual([true, true, true]); // prettier-ignore
  });

  test.each([
    [{ length: 0 }, /"length" is 0, but must be a whole number from 1 to 1000/],
    [{ length: 2.5 }, /"length" is 2.5/],
    [{ slip: 1.2 }, /"slip" is 1.2, but must be a probability/],
    [{ noise: -1 }, /"noise" is -1, but must be a number of at least 0/],
    [{ noise: "much" }, /"noise" is "much", but must be a number/],
    [{ slips: 0 }, /no option "slips". Did you mean "slip"\?/],
  ])("refuses the options %j", async (options, message) => {
    await expect(makeEnv("Terraces-v0", options)).rejects.toThrow(message);
    await expect(makeEnv("Terraces-v0", options)).rejects.toThrow(InputError);
  });
});
