import { describe, expect, test } from "vitest";
import { frozenLake, randomLake } from "../../../src/envs/toy-text/frozen-lake.ts";
import { makeEnv } from "../../../src/envs/index.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";
import { describeGolden } from "../golden.ts";

describeGolden("FrozenLake-v1");
describeGolden("FrozenLake-v1-8x8");
describeGolden("FrozenLake-v1-noslip");

const [left, down, right, up] = [0, 1, 2, 3];

describe("FrozenLake", () => {
  test("starts and slips as Gymnasium with seed 0 (numbers kept here)", () => {
    const env = frozenLake();
    expect(env.reset(0)).toEqual({ observation: 0, info: { prob: 1 } });
    const fields = [right, right, right, right].map((action) => env.step(action));
    expect(fields.map(({ observation }) => observation)).toEqual([4, 8, 12, 12]);
    expect(fields.map(({ terminated }) => terminated)).toEqual([false, false, true, true]);
    expect(fields[0].info.prob).toBeCloseTo(1 / 3, 15);
  });

  test("walks where it is told on ice that is not slippery", () => {
    const env = frozenLake({ isSlippery: false });
    env.reset(0);
    const way = [up, left, down, down, right, right, down, right].map((action) => env.step(action));
    expect(way.map(({ observation }) => observation)).toEqual([0, 0, 4, 8, 9, 10, 14, 15]);
    expect(way.map(({ reward }) => reward)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    expect(way.at(-1)).toMatchObject({ terminated: true, truncated: false, info: { prob: 1 } });
    env.reset();
    env.step(right);
    expect(env.step(down)).toMatchObject({ observation: 5, reward: 0, terminated: true }); // a hole
  });

  test("slips aside as often as successRate leaves, and never backwards", () => {
    const env = frozenLake({ desc: ["FFF", "FSF", "FFF"], successRate: 0.8 });
    const counts = new Map<number, number>();
    env.reset(1);
    for (let i = 0; i < 5000; i++) {
      env.reset();
      const { observation, info } = env.step(left);
      counts.set(observation, (counts.get(observation) ?? 0) + 1);
      expect(info.prob).toBe(observation === 3 ? 0.8 : (1 - 0.8) / 2);
    }
    expect([...counts.keys()].sort()).toEqual([1, 3, 7]);
    expect(counts.get(3)! / 5000).toBeCloseTo(0.8, 1);
    expect(counts.get(1)! / 5000).toBeCloseTo(0.1, 1);
  });

  test("rewardSchedule: goal, hole, frozen", () => {
    const env = frozenLake({ desc: ["HSG"], isSlippery: false, rewardSchedule: [10, -5, -1] });
    const play = (action: number) => {
      env.reset(0);
      return env.step(action).reward;
    };
    expect([play(right), play(left), play(up)]).toEqual([10, -5, -1]);
  });

  test("a map of one's own, with several starts", () => {
    const env = frozenLake({ desc: ["SFS", "FFG"] });
    expect(describeSpace(env.observationSpace)).toBe("Discrete(6)");
    env.reset(0);
    expect(new Set(Array.from({ length: 50 }, () => env.reset().observation))).toEqual(new Set([0, 2]));
  });

  test("FrozenLake8x8-v1 is the larger one, and options still count", async () => {
    expect(describeSpace((await makeEnv("FrozenLake8x8-v1")).observationSpace)).toBe("Discrete(64)");
    expect(describeSpace((await makeEnv("FrozenLake-v1", { mapName: "8x8" })).observationSpace)).toBe("Discrete(64)");
    expect(describeSpace((await makeEnv("FrozenLake8x8-v1", { mapName: "4x4" })).observationSpace)).toBe(
      "Discrete(16)",
    );
  });

  test("random maps are Gymnasium's, follow from their seed, and have a way (numbers kept here)", () => {
    expect(randomLake({ size: 4, p: 0.5, seed: 1 })).toEqual(randomPolicy);
    expect(randomLake({ seed: 3 })).toEqual(randomLake({ seed: 3 }));
    expect(randomLake({ seed: 3 })).not.toEqual(randomLake({ seed: 4 }));
    for (let seed = 0; seed < 20; seed++) {
      const map = randomLake({ size: 5, p: 0.6, seed });
      expect(map.join("")).toMatch(/^S[FH]{23}G$/);
      expect(canCross(map)).toBe(true);
    }
    expect(describeSpace(frozenLake({ mapName: "random", mapSeed: 5 }).observationSpace)).toBe("Discrete(64)");
  });

  test.each([4, -1, 0.5, NaN])("refuses the action %s", (action) => {
    const env = frozenLake();
    env.reset(0);
    expect(() => env.step(action)).toThrow(RunError);
    expect(() => env.step(action)).toThrow(/must be one of 0 … 3/);
  });

  test.each([
    [{ mapName: "9x9" }, /"9x9", but must be "4x4", "8x8" or "random"/],
    [{ successRate: 1.5 }, /must be a probability/],
    [{ rewardSchedule: [1, 0] }, /three numbers/],
    [{ desc: ["SF", "G"] }, /has 1 fields in row 1, but 2 in row 0/],
    [{ desc: ["SX", "FG"] }, /has the letter "X"/],
    [{ desc: ["FF", "FG"] }, /has no start/],
    [{ desc: [] }, /must be rows of letters/],
    [{ mapName: "random", mapSeed: -1 }, /"mapSeed" is -1/],
    [{ slippery: false }, /no option "slippery". Did you mean "isSlippery"\?/],
  ])("refuses the options %j", async (options, message) => {
    await expect(makeEnv("FrozenLake-v1", options)).rejects.toThrow(message);
    await expect(makeEnv("FrozenLake-v1", options)).rejects.toThrow(InputError);
  });
});

/** Whether there is a way from the first field to the last, by flooding without haste. */
function canCross(map: readonly string[]): boolean {
  const wet = new Set(["0,0"]);
  for (let round = 0; round < map.length ** 2; round++) {
    for (let r = 0; r < map.length; r++) {
      for (let c = 0; c < map.length; c++) {
        const beside = [`${r - 1},${c}`, `${r + 1},${c}`, `${r},${c - 1}`, `${r},${c + 1}`];
        if (map[r][c] !== "H" && beside.some((field) => wet.has(field))) wet.add(`${r},${c}`);
      }
    }
  }
  return wet.has(`${map.length - 1},${map.length - 1}`);
}

/** Gymnasium's generate_random_map(4, 0.5, 1). */
const randomPolicy = ["SFFH", "HHFF", "HFHF", "HHHG"];
