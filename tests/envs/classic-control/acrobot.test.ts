import { describe, expect, test } from "vitest";
import { Acrobot, type AcrobotOptions } from "../../../src/envs/classic-control/acrobot.ts";
import { makeEnv } from "../../../src/envs/index.ts";
import { RunError } from "../../../src/errors.ts";
import { describeSpace } from "../../../src/spaces/index.ts";
import { describeGolden } from "../golden.ts";

describeGolden("Acrobot-v1");

type Numbers = [angle1: number, angle2: number, speed1: number, speed2: number];

function at(state: Numbers, options: AcrobotOptions = {}): Acrobot {
  const env = new Acrobot(options);
  env.reset(0);
  env.setState({ ...(env.getState() as object), state });
  return env;
}

/** Kinetic and potential energy of the double pendulum, from its Lagrangian. */
function energy([angle1, angle2, speed1, speed2]: Numbers): number {
  const [mass, length, centre, inertia, g] = [1, 1, 0.5, 1, 9.8];
  const speedSum = speed1 + speed2;
  const kinetic =
    0.5 * (inertia + mass * centre ** 2) * speed1 ** 2 +
    0.5 * inertia * speedSum ** 2 +
    0.5 *
      mass *
      (length ** 2 * speed1 ** 2 +
        centre ** 2 * speedSum ** 2 +
        2 * length * centre * speed1 * speedSum * Math.cos(angle2));
  const height1 = -centre * Math.cos(angle1);
  const height2 = -length * Math.cos(angle1) - centre * Math.cos(angle1 + angle2);
  return kinetic + mass * g * (height1 + height2);
}

describe("Acrobot", () => {
  test("starts and moves as Gymnasium with seed 0 (numbers kept here)", () => {
    const env = new Acrobot();
    expect([...env.reset(0).observation]).toEqual([
      0.9996248483657837, 0.027388911694288254, 0.9989402294158936, -0.04602639377117157, -0.09180529415607452,
      -0.0966944694519043,
    ]);
    expect([...env.step(2).observation]).toEqual([
      0.9999698400497437, -0.007764202076941729, 0.999718189239502, -0.023738831281661987, -0.25169676542282104,
      0.3100071847438812,
    ]);
  });

  test('bookOrNips "nips" as Gymnasium (numbers kept here)', () => {
    const env = new Acrobot({ bookOrNips: "nips" });
    env.reset(0);
    expect([...env.step(2).observation]).toEqual([
      0.9999698996543884, -0.007756778970360756, 0.9997177124023438, -0.02375795505940914, -0.25161486864089966,
      0.3097945749759674,
    ]);
  });

  test("without torque the book's equations keep the energy, the paper's do not", () => {
    const drift = (bookOrNips: "book" | "nips"): number => {
      const env = at([1, -0.5, 0, 0], { bookOrNips });
      const start = energy([1, -0.5, 0, 0]);
      let worst = 0;
      for (let t = 0; t < 10; t++) {
        env.step(1);
        worst = Math.max(worst, Math.abs(energy((env.getState() as { state: Numbers }).state) - start));
      }
      return worst;
    };
    expect(drift("book")).toBeLessThan(0.02);
    expect(drift("nips")).toBeGreaterThan(0.2);
  });

  test("torque sets both links going, in opposite senses", () => {
    // d1 = 4.5, d2 = 1.75 when it hangs: the second link's acceleration is 1 / (1.25 − 1.75² / 4.5)
    const still = at([0, 0, 0, 0]).step(1).observation;
    for (const component of [1, 3, 4, 5]) expect(still[component]).toBeCloseTo(0, 12);
    const [left, right] = [0, 2].map((action) => at([0, 0, 0, 0]).step(action).observation);
    const acceleration = 1 / (1.25 - 1.75 ** 2 / 4.5);
    expect(right[5] / 0.2).toBeCloseTo(acceleration, 0);
    expect(right[4] / 0.2).toBeCloseTo((-1.75 * acceleration) / 4.5, 0);
    expect([left[4], left[5]]).toEqual([-right[4], -right[5]]);
  });

  test("terminates with 0 above the height, earns −1 below", () => {
    expect(at([Math.PI - 0.1, 0, 0, 0]).step(1)).toMatchObject({ reward: 0, terminated: true, truncated: false });
    expect(at([Math.PI / 2, 0, 0, 0]).step(1)).toMatchObject({ reward: -1, terminated: false });
    // Both links to the side, then up: the end is exactly one length above. It falls.
    expect(at([Math.PI / 2, Math.PI / 2, 0, 0]).step(1)).toMatchObject({ reward: -1, terminated: false });
  });

  test("keeps velocities within ±4π and ±9π, and angles within half a turn", () => {
    const env = at([3, 3, 12, 28]);
    for (let t = 0; t < 30; t++) {
      const { observation } = env.step(t % 3);
      expect(Math.abs(observation[4])).toBeLessThanOrEqual(Math.fround(4 * Math.PI));
      expect(Math.abs(observation[5])).toBeLessThanOrEqual(Math.fround(9 * Math.PI));
      const { state } = env.getState() as { state: number[] };
      expect(Math.max(Math.abs(state[0]), Math.abs(state[1]))).toBeLessThanOrEqual(Math.PI);
    }
    expect(describeSpace(env.observationSpace)).toBe(
      "Box([-1, -1, -1, -1, -12.5664, -28.2743]..[1, 1, 1, 1, 12.5664, 28.2743], shape (6,))",
    );
  });

  test.each([3, -1, 0.5, NaN])("refuses the action %s", (action) => {
    const env = new Acrobot();
    env.reset(0);
    expect(() => env.step(action)).toThrow(RunError);
  });

  test("refuses options that it does not have", async () => {
    await expect(makeEnv("Acrobot-v1", { bookOrNips: "paper" })).rejects.toThrow(
      /"paper", but must be "book" or "nips"/,
    );
    await expect(makeEnv("Acrobot-v1", { book: true })).rejects.toThrow(/no option "book"/);
  });
});
