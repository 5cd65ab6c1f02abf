// What an environment is handed is its own to keep, unless it asks for the same arrays again.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkEnv,
  clipAction,
  createStep,
  createVectorEnv,
  envIds,
  envProblems,
  frameStack,
  makeEnv,
  normalizeObservation,
  normalizeReward,
  recordEpisodeStatistics,
  rescaleAction,
  timeLimit,
  type Action,
  type Env,
  type Observation,
  type Step,
} from "../../src/envs/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box, discrete, elementSize, multiBinary, multiDiscrete, sample, type Space } from "../../src/spaces/index.ts";
import { createTraining, evaluate } from "../../src/training/index.ts";

const numRuns = Number(process.env.POLGRAD_CASES ?? 20);

type Vector = Float32Array | Int32Array;

/** Keeps every action and every `out` as it gets them, with a copy of the action; earns how little the action moved. */
function keeper(actionSpace: Space, length = 7, parts: object = {}) {
  const kept: { action: Vector; copy: Vector; out: Step | undefined }[] = [];
  let last: Vector | undefined;
  let t = 0;
  const env = {
    observationSpace: box(-1, 1, [1]),
    actionSpace,
    reset() {
      [last, t] = [undefined, 0];
      return { observation: [0], info: {} };
    },
    step(action: Vector, out?: Step) {
      kept.push({ action, copy: action.slice(), out });
      const reward = -[...action].reduce((sum, x, j) => sum + Math.abs(x - (last?.[j] ?? 0)), 0);
      last = action;
      return { observation: [0], reward, terminated: false, truncated: ++t >= length, info: {} };
    },
    ...parts,
  } as unknown as Env;
  return { env, kept };
}

const wrappers: Record<string, (env: Env) => Env> = {
  timeLimit: (env) => timeLimit(env, 5),
  frameStack: (env) => frameStack(env, 2),
  normalizeObservation: (env) => normalizeObservation(env),
  normalizeReward: (env) => normalizeReward(env),
  recordEpisodeStatistics: (env) => recordEpisodeStatistics(env),
};
const actionWrappers: Record<string, (env: Env) => Env> = {
  rescaleAction: (env) => rescaleAction(env as never),
  clipAction: (env) => clipAction(env as never),
};

const spaces = fc.constantFrom<Space>(box(-1, 1, [1]), box(-2, 3, [3]), multiDiscrete([3, 4]), multiBinary(3));
const stacks = fc.uniqueArray(fc.constantFrom(...Object.keys(wrappers), ...Object.keys(actionWrappers)), { maxLength: 4 }); // prettier-ignore
const isClipped = (stack: readonly string[]) => stack.includes("rescaleAction") && stack.includes("clipAction");

function wrapped(env: Env, stack: readonly string[]): Env {
  const all = { ...wrappers, ...(env.actionSpace.kind === "box" && actionWrappers) };
  return stack.reduce((inner, name) => all[name]?.(inner) ?? inner, env);
}

/** Random actions of a policy for two environments, inside and outside of bounds. */
function play(env: Env, other: Env, seed: number): void {
  const vector = createVectorEnv([env, other], new SeedSequence(seed));
  vector.reset();
  const generator = createGenerator(seed);
  const { actionSpace: space } = env;
  for (let t = 0; t < 20; t++) {
    const actions = [0, 1].flatMap(() => [...(sample(space, generator) as Vector)]);
    vector.step(space.kind === "box" ? Float32Array.from(actions) : Int32Array.from(actions));
  }
}

describe("fresh arrays", () => {
  test("for every action, and no out, under whatever wrappers", () => {
    fc.assert(
      fc.property(spaces, stacks, fc.nat(1e6), (space, stack, seed) => {
        fc.pre(!isClipped(stack)); // no finite bounds to rescale
        const [one, two] = [keeper(space), keeper(space)];
        play(wrapped(one.env, stack), wrapped(two.env, stack), seed);
        for (const { kept } of [one, two]) {
          expect(kept.map(({ action }) => action)).toEqual(kept.map(({ copy }) => copy));
          expect(new Set(kept.map(({ action }) => action)).size).toBe(kept.length);
          expect(kept.every(({ out }) => out === undefined)).toBe(true);
        }
      }),
      { numRuns },
    );
  });

  test("one array and one out for environments that step in place, under whatever wrappers", () => {
    fc.assert(
      fc.property(spaces, stacks, fc.nat(1e6), (space, stack, seed) => {
        fc.pre(!isClipped(stack));
        const [one, two] = [0, 1].map(() => keeper(space, 7, { stepsInPlace: true }));
        const env = wrapped(one.env, stack);
        expect(env.stepsInPlace).toBe(true);
        play(env, wrapped(two.env, stack), seed);
        expect(new Set(one.kept.map(({ action }) => action)).size).toBe(1);
        expect(new Set(one.kept.map(({ out }) => out)).size).toBe(1);
        expect(one.kept[0].out).toBeDefined();
      }),
      { numRuns },
    );
  });

  test("a reward of what is kept is the same in training as in evaluation", async () => {
    const space = box(-1, 1, [2]);
    const returns: number[] = []; // of the actions as they were
    const make = () => {
      const { env } = keeper(space, 10);
      let [last, total] = [new Float32Array(2), 0];
      return {
        ...env,
        reset(seed) {
          [last, total] = [new Float32Array(2), 0];
          return env.reset(seed);
        },
        step(action) {
          const result = env.step(action);
          total -= (action as Float32Array).reduce((sum, x, j) => sum + Math.abs(x - last[j]), 0);
          last = (action as Float32Array).slice();
          if (result.truncated) returns.push(total);
          return result;
        },
      } as Env;
    };
    const training = await createTraining("a2c", { env: make, envs: 1, totalSteps: 60, hidden: [4], rollout: 20 });
    const found = training.update().finished.map((episode) => episode.return);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(returns.slice(-found.length));
    returns.length = 0;
    const { returns: evaluated } = await evaluate(training.policy, make, { episodes: 3, deterministic: false });
    expect(evaluated).toEqual(returns);
    expect(Math.max(...evaluated)).toBeLessThan(-1);
  });
});

test.each(envIds())("%s steps in place, and another step around it does not inherit that", async (id) => {
  const env = await makeEnv(id);
  expect(env.stepsInPlace).toBe(true);
  expect({ ...env }.stepsInPlace).toBeUndefined();
  expect({ ...recordEpisodeStatistics(env) }.stepsInPlace).toBeUndefined();
});

describe("checkEnv finds", () => {
  /** Writes what is given for each step into `out`; otherwise sound. */
  function writing(write: (out: Step, t: number) => void, parts: object = {}): Env {
    let t = 0;
    const observationSpace = box(-1, 1, [1]);
    return {
      observationSpace,
      actionSpace: discrete(2),
      reset: () => ({ observation: [(t = 0)], info: {} }),
      step(_action: number, out: Step = createStep(observationSpace)) {
        write(out, ++t);
        return out;
      },
      ...parts,
    };
  }
  const all = (out: Step, t: number) =>
    Object.assign(out, { observation: Float32Array.of(0), reward: 1, terminated: t === 30, truncated: false });

  test("nothing in one that writes all of out", () => {
    expect(envProblems(writing(all, { stepsInPlace: true }))).toEqual([]);
    expect(envProblems(timeLimit(writing(all, { stepsInPlace: true }), 8))).toEqual([]);
  });

  test.each<[string, (out: Step, t: number) => void]>([
    ["terminated", (out, t) => { if (t === 30) out.terminated = true; }], // prettier-ignore
    ["truncated", (out, t) => { if (t === 30) out.truncated = true; }], // prettier-ignore
    ["reward", (out, t) => { if (t === 30) out.reward = 1; }], // prettier-ignore
    ["observation", (out, t) => { if (t === 30) out.observation = Float32Array.of(1); }], // prettier-ignore
  ])("a step that writes %s only where it changes", (part, write) => {
    const env = () => writing((out, t) => {
      const before = out[part as keyof Step];
      all(out, t);
      Object.assign(out, { [part]: before });
      write(out, t);
    }, { stepsInPlace: true }); // prettier-ignore
    const message = new RegExp(`step\\(action, out\\) .* leads to a different ${part}`);
    expect(() => checkEnv(env())).toThrow(message);
    expect(() => checkEnv(timeLimit(env(), 8))).toThrow(message);
  });

  test.each([box(-1, 1, [2]), multiDiscrete([5, 5]), multiBinary(4)])(
    "one that steps in place, and keeps actions of %j",
    (space) => {
      expect(envProblems(keeper(space).env)).toEqual([]);
      expect(() => checkEnv(keeper(space, 7, { stepsInPlace: true }).env)).toThrow(
        /stepsInPlace is true, but one array for all actions .* leads to a different reward/,
      );
    },
  );

  test("one that changes actions, and a stepsInPlace that is no boolean", () => {
    const { env } = keeper(box(-1, 1, [2]));
    const step = (action: never) => (action as Float32Array).fill(0) && env.step(action);
    expect(() => checkEnv({ ...env, step })).toThrow(/step\(\[.*\]\), number 1 .* changed the action to \[0, 0\]/);
    expect(() => checkEnv({ ...env, stepsInPlace: "no" })).toThrow(
      /stepsInPlace is a string \("no"\), but must be true/,
    );
  });
});

test("a step with a stale out under a time limit trains as it evaluates: none is handed out unasked", async () => {
  const observationSpace = box(-1, 1, [1]);
  const lazy = () =>
    timeLimit<Observation, Action>(
      {
        observationSpace,
        actionSpace: discrete(2),
        reset: () => ({ observation: Float32Array.of(0), info: {} }),
        step: (_action, out = createStep(observationSpace)) => Object.assign(out, { reward: 1 }),
      },
      20,
    );
  const training = await createTraining("a2c", { env: lazy, envs: 1, totalSteps: 100, hidden: [4], rollout: 50 });
  const { finished } = training.update();
  expect(new Set(finished.map(({ length }) => length))).toEqual(new Set([20]));
  expect((await evaluate(training.policy, lazy, { episodes: 2 })).lengths).toEqual([20, 20]);
});

test("the width of an action is that of its space", () => {
  for (const space of [box(-1, 1, [3]), multiDiscrete([2, 2]), multiBinary(5)]) {
    const { env, kept } = keeper(space);
    play(env, keeper(space).env, 1);
    expect(kept.every(({ action }) => action.length === elementSize(space))).toBe(true);
  }
});
