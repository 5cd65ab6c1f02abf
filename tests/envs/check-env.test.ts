import { describe, expect, test } from "vitest";
import { checkEnv, envProblems, type Env, type Step } from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { box, discrete, multiBinary, multiDiscrete } from "../../src/spaces/index.ts";
import { choices, echo, locked, scripted, walk } from "./toys.ts";

/** Once: some of these environments are different the second time. */
const expectProblem = (env: unknown, message: RegExp): void => {
  let thrown: unknown;
  try {
    checkEnv(env);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(InputError);
  expect((thrown as InputError).message).toMatch(message);
};

/** Two choices, of which the second may never be the first's. */
function masked(): Env<Int32Array, Int32Array> {
  const env = choices(multiDiscrete([3, 3]));
  const step = (action: Int32Array) => {
    if (action[0] === 1 || action[1] === 2) throw new Error(`[${action}] is forbidden`);
    return env.step(action);
  };
  return { ...env, step, actionMask: () => [1, 0, 1, 1, 1, 0] };
}

describe("sound environments pass", () => {
  test.each([
    ["plain arrays, a shifted action space, no state", () => walk()],
    ["a Box of actions", () => echo()],
    ["several choices at once", () => choices(multiDiscrete([3, 2]))],
    ["an action mask, that is never overstepped", () => locked()],
    ["a mask of several choices", () => masked()],
    ["several switches", () => choices(multiBinary(4))],
    [
      "numbers as observations",
      () =>
        scripted([{ observation: 1 }], {
          observationSpace: discrete(2),
          reset: () => ({ observation: 0, info: {} }),
        }),
    ],
  ])("%s", (_, make) => {
    expect(envProblems(make())).toEqual([]);
    expect(() => checkEnv(make())).not.toThrow();
  });
});

describe("parts", () => {
  test("all that is missing is told at once", () => {
    expectProblem({}, /observationSpace is undefined.*\n- actionSpace.*\n- reset is undefined.*\n- step is undefined/);
    expectProblem(null, /it is null, but must be an object/);
    expect(() => checkEnv({})).toThrow(/breaks the contract:\n- observationSpace/);
  });

  test("malformed spaces", () => {
    expectProblem(scripted([{}], { actionSpace: 4 }), /actionSpace is a number/);
    expectProblem(
      scripted([{}], { observationSpace: { kind: "box", shape: [2] } }),
      /observationSpace is a Box without/,
    );
  });

  test("a mask that is no function, or of actions that cannot be masked", () => {
    expectProblem(scripted([{}], { actionMask: [1, 1] }), /actionMask is an array, but must be a function/);
    expectProblem(
      { ...echo(), actionMask: () => [1, 1] },
      /an actionMask, which is for Discrete and MultiDiscrete actions, but its action space is Box/,
    );
  });

  test("one that adapts, without a state to adapt from", () => {
    expectProblem(scripted([{}], { adapts: true }), /it adapts, but has no getState and setState/);
  });

  test("getState without setState", () => {
    expectProblem(scripted([{}], { getState: () => 0 }), /it has getState, but no setState/);
  });
});

describe("results", () => {
  test.each([
    [{ observation: Float32Array.of(0) }, /observation has 1 components, but Box.* has 2/],
    [{ observation: [0, 2] }, /observation\[1\] is 2, outside the bounds -1..1 of its space/],
    [{ observation: [NaN, 0] }, /observation\[0\] is NaN/],
    [{ observation: [0, "0"] }, /observation\[1\] is a string/],
    [{ observation: 0 }, /the observation is 0, but Box/],
    [{ observation: undefined }, /the observation is undefined/],
    [{ reward: NaN }, /the reward is NaN, but must be a finite number/],
    [{ reward: "1" }, /the reward is a string/],
    [{ reward: undefined }, /the reward is undefined/],
    [{ terminated: 0 }, /terminated is 0, but must be true or false/],
    [{ truncated: undefined }, /truncated is undefined, but must be true or false/],
    [{ info: undefined }, /no info/],
  ])("%j", (result, message) => {
    expectProblem(scripted([{}, {}, result]), message);
  });

  test("the message names the step", () => {
    expectProblem(
      scripted([{}, {}, { reward: NaN }]),
      /step\([01]\), number 3 after reset\(0\), went wrong: the reward/,
    );
  });

  test("a wrong first observation", () => {
    const env = scripted([{}], { reset: () => ({ observation: [0, 0, 0], info: {} }) });
    expectProblem(env, /reset\(0\) went wrong: the observation has 3 components/);
    expectProblem(
      scripted([{}], { reset: () => Float32Array.of(0, 0) }),
      /reset\(0\) returned a Float32Array, but must return/,
    );
    expectProblem(scripted([{}], { reset: () => undefined }), /reset\(0\) returned undefined/);
  });

  test("a number outside of Discrete", () => {
    const parts = { observationSpace: discrete(3, 1), reset: () => ({ observation: 1, info: {} }) };
    expectProblem(scripted([{ observation: 0 }], parts), /the observation is 0, but Discrete\(3, start 1\) .* 1..3/);
    expectProblem(scripted([{ observation: 1.5 }], parts), /the observation is 1.5/);
  });

  test("promises of something else", async () => {
    const problems = await envProblems({ ...scripted([{}]), step: async () => [0] });
    expect(problems).toEqual([expect.stringMatching(/^step\([01]\), number 1 .* returned an array, but must return/)]);
  });

  test("an exception", () => {
    const step = (): never => {
      throw new TypeError("boom");
    };
    expectProblem(scripted([{}], { step }), /step\([01]\), number 1 after reset\(0\), threw TypeError: boom/);
  });
});

describe("behaviour", () => {
  test("a seed that decides nothing", () => {
    let resets = 0;
    const reset = () => ({ observation: Float32Array.of(0, ++resets / 100), info: {} });
    expectProblem(
      scripted([{}], { reset }),
      /reset\(seed\) with the same seed.* leads to a different observation \(\[0, 0.00999/,
    );
  });

  test("randomness that no seed reaches", () => {
    let calls = 0;
    const step = () => ({
      observation: Float32Array.of(0, 0),
      reward: calls++,
      terminated: false,
      truncated: false,
      info: {},
    });
    expectProblem(scripted([{}], { step }), /leads to a different reward/);
  });

  test("an episode whose length depends on the past", () => {
    let calls = 0;
    const base = scripted([{}]);
    const step = (action: number) => ({ ...base.step(action), terminated: ++calls === 7 });
    expectProblem({ ...base, step }, /leads to (a different terminated|an episode of a different length)/);
  });

  test("one observation array for all steps", () => {
    const shared = Float32Array.of(0, 0);
    let t = 0;
    const env = scripted([{}], {
      reset: () => ({ observation: Float32Array.of((t = 0), 0), info: {} }),
      step: () => {
        shared[0] = ++t / 200;
        return { observation: shared, reward: 0, terminated: false, truncated: false, info: {} };
      },
    });
    expectProblem(env, /written to again later.*fresh array/);
  });

  test("step(action, out) that does something else", () => {
    const base = walk() as Env;
    const step = (action: number, out?: Step): Step => {
      const result = base.step(action);
      return out ? { ...result, reward: result.reward + 1 } : result;
    };
    expectProblem(
      { ...base, step },
      /step\(action, out\) instead of step\(action\), with .* leads to a different reward/,
    );
  });

  test("masks that are wrong, or follow from something else", () => {
    expectProblem(
      scripted([{}], { actionMask: () => [0, 0] }),
      /reset\(0\) left the environment in a wrong state: the action mask forbids every action/,
    );
    expectProblem(
      scripted([{}], { actionMask: () => [1] }),
      /the action mask has 1 entries, but Discrete\(2\) takes 2/,
    );
    expectProblem(scripted([{}], { actionMask: () => [1, NaN] }), /entry 1 of the action mask is NaN/);
    let calls = 0;
    expectProblem(
      scripted([{}], { actionMask: () => [1, +(++calls > 150)] }),
      /the same actions, leads to a different action mask \(\[1, 0\], then \[1, 1\]\)/,
    );
    let forgotten = 1;
    const parts = {
      step: () => ({
        observation: [0, 0],
        reward: 0,
        terminated: false,
        truncated: false,
        info: {},
        t: (forgotten ^= 1),
      }),
      reset: () => ({ observation: [0, 0], info: {}, t: (forgotten = 1) }),
      actionMask: () => [1, forgotten],
      getState: () => 0,
      setState: () => (forgotten = 7),
    };
    expectProblem(scripted([{}], parts), /leads to a different action mask/);
  });

  test("setState that forgets something", () => {
    let [t, hidden] = [0, 0];
    const env = scripted([{}], {
      observationSpace: box(0, 200, [1]),
      reset: () => ({ observation: [(t = hidden = 0)], info: {} }),
      step: () => ({ observation: [++t], reward: ++hidden, terminated: false, truncated: false, info: {} }),
      getState: () => ({ t }),
      setState: (state: { t: number }) => ({ t } = state),
    });
    expectProblem(env, /setState\(state\) with a state of getState\(\) leads to a different reward \(6, then 31\)/);
  });

  test.each([[{ x: () => 1 }], [{ x: 1n }], [new Date()], [new Map()]])(
    "getState that a checkpoint does not keep: %o",
    (state) => {
      expectProblem(
        scripted([{}], { getState: () => state, setState: () => {} }),
        /getState\(\) returns what a checkpoint cannot keep: /,
      );
    },
  );
});
