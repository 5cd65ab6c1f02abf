import { describe, expect, test } from "vitest";
import { Pendulum, type PendulumOptions } from "../../../src/envs/classic-control/pendulum.ts";
import { makeEnv } from "../../../src/envs/index.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";
import { describeGolden } from "../golden.ts";

// Rewards are float64 there, and an ulp of NumPy's sine shows in them.
describeGolden("Pendulum-v1", Math.fround);

/** A pendulum at an angle (0 is upright) with a velocity. */
function at(angle: number, velocity: number, options: PendulumOptions = {}): Pendulum {
  const env = new Pendulum(options);
  env.reset(0);
  env.setState({ ...(env.getState() as object), state: [angle, velocity] });
  return env;
}

describe("Pendulum", () => {
  test("starts and moves as Gymnasium with seed 0 (numbers kept here)", () => {
    const env = new Pendulum();
    expect([...env.reset(0).observation]).toEqual([0.652016282081604, 0.758204996585846, -0.46042656898498535]);
    expect([...env.step(Float32Array.of(1)).observation]).toEqual([
      0.6421727538108826, 0.7665599584579468, 0.2582271695137024,
    ]);
  });

  test("lying on its side, with full torque: by hand", () => {
    const { observation, reward } = at(Math.PI / 2, 0).step(Float32Array.of(2));
    expect(observation[2]).toBeCloseTo((1.5 * 10 + 3 * 2) * 0.05, 6); // 3g/2 sin θ + 3u, for 0.05 s
    expect(observation[0]).toBeCloseTo(-Math.sin(1.05 * 0.05), 6);
    expect(reward).toBeCloseTo(-((Math.PI / 2) ** 2 + 0.001 * 4), 12);
  });

  test("g is gravity: without it only torque moves", () => {
    expect(at(Math.PI / 2, 0, { g: 0 }).step(Float32Array.of(0)).observation[2]).toBe(0);
    expect(at(Math.PI / 2, 0, { g: 9.81 }).step(Float32Array.of(0)).observation[2]).toBeCloseTo(0.05 * 1.5 * 9.81, 6);
  });

  test.each([0, 1, -1, 2, -3, 50])("the cost does not count %d whole turns", (turns) => {
    for (const angle of [-3, -1, 0, 1, 3]) {
      const { reward } = at(angle + 2 * Math.PI * turns, 1).step(Float32Array.of(0));
      expect(reward).toBeCloseTo(-(angle ** 2 + 0.1), 9);
    }
  });

  test("clips the torque to ±2 and the velocity to ±8", () => {
    for (const sign of [-1, 1]) {
      const [far, near] = [5, 2].map((torque) => at(1, 0).step(Float32Array.of(sign * torque)));
      expect(far).toEqual(near);
      expect(at(sign, sign * 7.99).step(Float32Array.of(sign * 2)).observation[2]).toBe(sign * 8);
    }
  });

  test("hideVelocity: cosine and sine alone, of the same episode", () => {
    const [whole, hidden] = [new Pendulum(), new Pendulum({ hideVelocity: true })];
    expect(describeSpace(whole.observationSpace)).toBe("Box([-1, -1, -8]..[1, 1, 8], shape (3,))");
    expect(describeSpace(hidden.observationSpace)).toBe("Box(-1..1, shape (2,))");
    expect([...hidden.reset(4).observation]).toEqual([...whole.reset(4).observation.slice(0, 2)]);
    for (let t = 0; t < 20; t++) {
      const [a, b] = [whole, hidden].map((env) => env.step(Float32Array.of(Math.sin(t))));
      expect([...b.observation]).toEqual([...a.observation.slice(0, 2)]);
      expect(b.reward).toBe(a.reward);
    }
  });

  test.each([[[NaN]], [[Infinity]], [[0, 0]], [[]], [0]])("refuses the action %j", (action) => {
    const env = new Pendulum();
    env.reset(0);
    expect(() => env.step(action as never)).toThrow(RunError);
    expect(() => env.step(action as never)).toThrow(/must be an array of one finite number/);
  });

  test("refuses options that it does not have", async () => {
    await expect(makeEnv("Pendulum-v1", { gravity: 9 })).rejects.toThrow(/no option "gravity"/);
    await expect(makeEnv("Pendulum-v1", { g: "9" })).rejects.toThrow(InputError);
    await expect(makeEnv("Pendulum-v1", { g: Infinity })).rejects.toThrow(/"g" is Infinity/);
  });
});
