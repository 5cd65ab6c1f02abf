import { describe, expect, test } from "vitest";
import {
  MountainCarContinuous,
  type MountainCarContinuousOptions,
} from "../../../src/envs/classic-control/mountain-car-continuous.ts";
import { makeEnv } from "../../../src/envs/index.ts";
import { RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";
import { describeGolden } from "../golden.ts";

describeGolden("MountainCarContinuous-v0");

function at(position: number, velocity: number, options: MountainCarContinuousOptions = {}): MountainCarContinuous {
  const env = new MountainCarContinuous(options);
  env.reset(0);
  env.setState({ ...(env.getState() as object), state: [position, velocity] });
  return env;
}

describe("MountainCarContinuous", () => {
  test("starts and moves as Gymnasium with seed 0 (numbers kept here)", () => {
    const env = new MountainCarContinuous();
    expect([...env.reset(0).observation]).toEqual([-0.47260767221450806, 0]);
    expect([...env.step(Float32Array.of(0.5)).observation]).toEqual([-0.47223860025405884, 0.0003690564481075853]);
    expect([...env.step(Float32Array.of(0.5)).observation]).toEqual([-0.47150322794914246, 0.0007353774853982031]);
  });

  test("on the floor of the valley, where cos(3x) is 0, only the engine counts", () => {
    const floor = -Math.PI / 6;
    for (const action of [-1, -0.25, 0, 0.5]) {
      const { observation, reward } = at(floor, 0).step(Float32Array.of(action));
      expect(observation[1]).toBeCloseTo(action * 0.0015, 9);
      expect(reward).toBeCloseTo(-0.1 * action * action, 15);
    }
  });

  test("clips the force to ±1, but charges for the action as given", () => {
    const [far, near] = [3, 1].map((action) => at(-0.5, 0).step(Float32Array.of(action)));
    expect(far.observation).toEqual(near.observation);
    expect(far.reward).toBeCloseTo(-0.9, 15);
    expect(near.reward).toBe(-0.1);
  });

  test("goes on from what it showed: the state is float32", () => {
    const env = at(-0.5, 0.01);
    const { observation } = env.step(Float32Array.of(0.3));
    expect((env.getState() as { state: number[] }).state).toEqual([...observation]);
  });

  test("the wall at the left takes the momentum", () => {
    expect([...at(-1.19, -0.06).step(Float32Array.of(-1)).observation]).toEqual([Math.fround(-1.2), 0]);
  });

  test("terminates at the goal with 100, with goalVelocity only when fast enough", () => {
    expect(at(0.44, 0.03).step(Float32Array.of(1))).toMatchObject({ terminated: true, reward: 99.9 });
    expect(at(0.44, 0.03).step(Float32Array.of(0))).toMatchObject({ terminated: true, reward: 100 });
    expect(at(0.44, 0.03, { goalVelocity: 0.05 }).step(Float32Array.of(1))).toMatchObject({
      terminated: false,
      reward: -0.1,
    });
  });

  test("its space", () => {
    const env = new MountainCarContinuous();
    expect(describeSpace(env.observationSpace)).toBe("Box([-1.2, -0.07]..[0.6, 0.07], shape (2,))");
    expect(describeSpace(env.actionSpace)).toBe("Box(-1..1, shape (1,))");
  });

  test.each([[[NaN]], [[-Infinity]], [[0, 0]], [1]])("refuses the action %j", (action) => {
    const env = new MountainCarContinuous();
    env.reset(0);
    expect(() => env.step(action as never)).toThrow(RunError);
  });

  test("refuses options that it does not have", async () => {
    await expect(makeEnv("MountainCarContinuous-v0", { goal: 1 })).rejects.toThrow(/no option "goal"/);
  });
});
