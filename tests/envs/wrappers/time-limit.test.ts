import { describe, expect, test } from "vitest";
import { checkEnv, createStep, timeLimit, type Env } from "../../../src/envs/index.ts";
import { Identity } from "../../../src/envs/probes/identity.ts";
import { InputError } from "../../../src/errors.ts";
import { discrete } from "../../../src/spaces/index.ts";

/** Terminates with its `end`-th step. */
const endsAfter = (end: number): Env<number, number> => {
  let t = 0;
  return {
    observationSpace: discrete(100),
    actionSpace: discrete(2),
    reset: () => ({ observation: (t = 0), info: {} }),
    step: () => Object.freeze({ observation: ++t, reward: 1, terminated: t === end, truncated: false, info: {} }),
  };
};

describe("timeLimit", () => {
  test("truncates with the last step, and counts anew after reset", () => {
    const env = timeLimit(endsAfter(9), 3);
    for (let episode = 0; episode < 2; episode++) {
      env.reset();
      expect([1, 2, 3].map(() => env.step(0).truncated)).toEqual([false, false, true]);
    }
  });

  test("a step that terminates as well is both", () => {
    const env = timeLimit(endsAfter(3), 3);
    env.reset();
    env.step(0);
    env.step(0);
    expect(env.step(0)).toMatchObject({ terminated: true, truncated: true });
  });

  test("writes into out", () => {
    const env = timeLimit(new Identity(), 1);
    env.reset(0);
    const out = createStep(env.observationSpace);
    expect(env.step(0, out)).toBe(out);
    expect(out.truncated).toBe(true);
  });

  test("its state holds the count; there is none where the environment has none", () => {
    const env = timeLimit(new Identity(), 3);
    env.reset(0);
    env.step(0);
    const state = JSON.parse(JSON.stringify(env.getState!())) as unknown;
    const other = timeLimit(new Identity(), 3);
    other.setState!(state);
    expect([0, 0].map(() => other.step(0).truncated)).toEqual([false, true]);
    expect(timeLimit(endsAfter(9), 3).getState).toBeUndefined();
    expect(() => checkEnv(env)).not.toThrow();
  });

  test("closes what it wraps", () => {
    let closed = 0;
    timeLimit({ ...endsAfter(1), close: () => closed++ }, 3).close!();
    expect(closed).toBe(1);
  });

  test.each([0, -1, 1.5, NaN, Infinity])("refuses a limit of %s", (limit) => {
    expect(() => timeLimit(endsAfter(1), limit)).toThrow(InputError);
  });
});
