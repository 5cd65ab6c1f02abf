import { describe, expect, test } from "vitest";
import { MountainCar, type MountainCarOptions } from "../../../src/envs/classic-control/mountain-car.ts";
import { makeEnv } from "../../../src/envs/index.ts";
import { RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";
import { describeGolden } from "../golden.ts";

describeGolden("MountainCar-v0");

function at(position: number, velocity: number, options: MountainCarOptions = {}): MountainCar {
  const env = new MountainCar(options);
  env.reset(0);
  env.setState({ ...(env.getState() as object), state: [position, velocity] });
  return env;
}

describe("MountainCar", () => {
  test("starts and moves as Gymnasium with seed 0 (numbers kept here)", () => {
    const env = new MountainCar();
    expect([...env.reset(0).observation]).toEqual([-0.47260767221450806, 0]);
    expect([...env.step(2).observation]).toEqual([-0.47198861837387085, 0.0006190564599819481]);
  });

  test("on the floor of the valley, where cos(3x) is 0, only the engine counts", () => {
    const floor = -Math.PI / 6;
    for (const action of [0, 1, 2]) {
      const { observation, reward } = at(floor, 0).step(action);
      expect(observation[1]).toBeCloseTo((action - 1) * 0.001, 9);
      expect(observation[0]).toBeCloseTo(floor + (action - 1) * 0.001, 6);
      expect(reward).toBe(-1);
    }
  });

  test("on a slope, gravity pulls back", () => {
    const { observation } = at(0, 0.01).step(1);
    expect(observation[1]).toBeCloseTo(0.01 - 0.0025, 8);
    expect(observation[0]).toBeCloseTo(0.0075, 8);
  });

  test("the wall at the left takes the momentum", () => {
    expect([...at(-1.19, -0.06).step(0).observation]).toEqual([Math.fround(-1.2), 0]);
  });

  test("terminates at the goal, with goalVelocity only when fast enough", () => {
    expect(at(0.49, 0.03).step(2)).toMatchObject({ terminated: true, reward: -1 });
    expect(at(0.49, 0.03, { goalVelocity: 0.05 }).step(2)).toMatchObject({ terminated: false });
    expect(at(0.48, 0.065, { goalVelocity: 0.05 }).step(2)).toMatchObject({ terminated: true });
    expect(at(0.6, -0.03).step(0)).toMatchObject({ terminated: false });
    const { observation } = at(0.59, 0.07).step(2);
    expect(observation[0]).toBe(Math.fround(0.6)); // the end of the world
  });

  test("swinging with the velocity gets there, pushing right does not", async () => {
    const ends = async (policy: (velocity: number) => number) => {
      const env = await makeEnv("MountainCar-v0");
      let velocity = env.reset(1).observation[1];
      for (let t = 1; ; t++) {
        const { observation, terminated, truncated } = env.step(policy(velocity));
        velocity = observation[1];
        if (terminated || truncated) return { t, terminated, truncated };
      }
    };
    expect(await ends((velocity) => (velocity < 0 ? 0 : 2))).toMatchObject({ terminated: true, truncated: false });
    expect(await ends(() => 2)).toEqual({ t: 200, terminated: false, truncated: true });
  });

  test("its space", () => {
    expect(describeSpace(new MountainCar().observationSpace)).toBe("Box([-1.2, -0.07]..[0.6, 0.07], shape (2,))");
  });

  test.each([3, -1, 0.5, NaN])("refuses the action %s", (action) => {
    const env = new MountainCar();
    env.reset(0);
    expect(() => env.step(action)).toThrow(RunError);
  });

  test("refuses options that it does not have", async () => {
    await expect(makeEnv("MountainCar-v0", { goal: 1 })).rejects.toThrow(/no option "goal"/);
    await expect(makeEnv("MountainCar-v0", { goalVelocity: "fast" })).rejects.toThrow(/must be a number/);
  });
});
