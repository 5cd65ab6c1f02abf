// Environments that answer later: the same bits as of those that answer at once, whenever their answers come; all of them
// at work at once; what cannot wait says so; what goes wrong is told as of any other.

import { beforeEach, describe, expect, test } from "vitest";
import {
  checkEnv,
  createVectorEnv,
  envProblems,
  frameStack,
  normalizeObservation,
  normalizeReward,
  recordEpisodeStatistics,
  timeLimit,
  type AsyncEnv,
  type Step,
} from "../../src/envs/index.ts";
import { InputError, RunError } from "../../src/errors.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import { box } from "../../src/spaces/index.ts";
import { createTraining, evaluate, evaluateSync, train } from "../../src/training/index.ts";
import { walk } from "../envs/toys.ts";

/** How many calls are open now, and how many were at most. */
const open = { now: 0, most: 0 };
beforeEach(() => void Object.assign(open, { now: 0, most: 0 }));

const delays = createGenerator(1);

/** After none to three turns of the event loop. */
async function later<T>(call: () => T): Promise<T> {
  open.most = Math.max(open.most, ++open.now);
  for (let turns = delays.integers(0, 4); turns > 0; turns--) await new Promise(setImmediate);
  open.now--;
  return call();
}

/** The walk, but its answers come when they come. `sometimes`: each third at once. */
function lateWalk({ sometimes = false, kept = false } = {}): AsyncEnv<number[], number> {
  const env = walk();
  let calls = 0;
  const answer = <T>(call: () => T) => (sometimes && calls++ % 3 === 0 ? call() : later(call));
  // The walk from its seed: what a server keeps, and gives back when asked.
  let [seed, actions]: [number, number[]] = [0, []];
  const state = {
    getState: () => ({ seed, actions: [...actions] }),
    setState: (saved: unknown) =>
      later(() => {
        ({ seed, actions } = structuredClone(saved) as { seed: number; actions: number[] });
        env.reset(seed);
        for (const action of actions) env.step(action);
      }),
  };
  return {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset(given) {
      [seed, actions] = [given ?? seed, []];
      return answer(() => env.reset(given));
    },
    step(action) {
      actions.push(action);
      return answer(() => env.step(action));
    },
    ...(kept && state),
  };
}

const options = { seed: 3, envs: 3, hidden: [8], totalSteps: 400 };
const cases = [
  ["ppo", { rollout: 32, minibatches: 2 }],
  ["trpo", { rollout: 32 }],
  ["a2c", { rollout: 8 }],
  ["actor-critic", { reportEvery: 100 }],
  ["reinforce", { envs: 1 }],
  ["a3c", { envs: 2, workers: 1, rollout: 10 }],
] as const;

describe("training", () => {
  test.each(cases)("%s: the same bits, with all environments at work at once", async (algorithm, more) => {
    const given = { ...options, ...more, evaluateEvery: 200, evaluateEpisodes: 2 };
    const at = async (env: () => AsyncEnv) => (await train(algorithm, { ...given, env })).summary.weightsSha256;
    const expected = await at(walk);
    expect(await at(lateWalk)).toBe(expected);
    expect(open.most).toBe(given.envs);
    expect(await at(() => lateWalk({ sometimes: true }))).toBe(expected);
  });

  test.each([false, true])("goes on from a checkpoint to the same bits, with a state of its own: %s", async (kept) => {
    const given = { ...options, rollout: 32, env: () => lateWalk({ kept }) };
    const stop = new AbortController();
    const half = await train("ppo", { ...given, signal: stop.signal, onUpdate: () => stop.abort() });
    const resumed = await train("ppo", { ...given, resume: half.checkpoint });
    expect(resumed.summary.weightsSha256).toBe((await train("ppo", given)).summary.weightsSha256);
    expect(half.summary.steps).toBeLessThan(resumed.summary.steps);
  });

  test("wrappers", async () => {
    const wrapped = <E extends AsyncEnv<number[], number>>(env: E): AsyncEnv =>
      recordEpisodeStatistics(normalizeReward(normalizeObservation(frameStack(timeLimit(env, 7), 2)))) as AsyncEnv;
    const at = async (env: () => AsyncEnv) => (await train("a2c", { ...options, env })).summary.weightsSha256;
    expect(await at(() => wrapped(lateWalk()))).toBe(await at(() => wrapped(walk())));
  });

  test("what fails is told with environment, step and seed, the first of those that failed together", async () => {
    const broken = (fail: () => Promise<Step>) => (): AsyncEnv => ({ ...walk(), step: fail });
    const message = async (env: () => AsyncEnv) =>
      await train("a2c", { ...options, env }).then(
        () => "",
        (error: unknown) => (error instanceof RunError ? error.message : "another error"),
      );
    expect(
      await message(broken(async () => Promise.reject(new Error("no answer", { cause: new Error("ECONNREFUSED") })))),
    ).toMatch(
      /^environment 0, step 1 \(step 1 of an episode with seed \d+\): it threw Error: no answer \(ECONNREFUSED\)$/,
    );
    const text = await message(broken(async () => ({ reward: "much" }) as never));
    expect(text).toMatch(/^environment 0, step 1 .*: step returned an object, but must return an object with an obs/);
  });
});

describe("what waits", () => {
  test("evaluations, to the same returns", async () => {
    const { policy } = await train("a2c", { ...options, env: walk });
    const expected = evaluateSync(policy, walk(), { episodes: 5 });
    expect(await evaluate(policy, lateWalk() as AsyncEnv, { episodes: 5 })).toEqual(expected);
    expect(await evaluate(policy, () => lateWalk() as AsyncEnv, { episodes: 5 })).toEqual(expected);
  });

  test("checkEnv, which finds what it finds elsewhere", async () => {
    expect(await envProblems(lateWalk())).toEqual([]);
    expect(await envProblems(lateWalk({ kept: true, sometimes: true }))).toEqual([]);
    await checkEnv(lateWalk());
    const random: AsyncEnv<number[], number> = {
      ...lateWalk(),
      reset: () => later(() => ({ observation: [Math.random(), 0], info: {} })),
    };
    await expect(checkEnv(random)).rejects.toThrow(/the same seed.*leads to a different observation/);
    const inside = { ...walk(), reset: () => ({ observation: Promise.resolve([0, 0]), info: {} }) };
    expect(envProblems(inside as never)[0]).toContain("return a promise of the whole result");
  });
});

describe("what cannot wait says what can", () => {
  test("update, evaluateSync, reset and step of a vector", async () => {
    const { policy } = await train("a2c", { ...options, env: walk });
    expect(() => evaluateSync(policy, lateWalk() as never)).toThrow(
      new InputError(
        "evaluateSync() cannot wait for an environment or a learner that answers later: use await evaluate(…)",
      ),
    );
    const training = await createTraining("a2c", { ...options, env: lateWalk });
    expect(() => training.update()).toThrow(/^update\(\) cannot wait .*: use train\(…\)/);
    training.close();
    const vector = createVectorEnv([lateWalk()], new SeedSequence(1));
    expect(() => vector.reset()).toThrow(/^reset\(\) cannot wait .*: use resetInSlices\(\)$/);
  });
});

test("each is given an action of its own, also where it says that one array for all would do", async () => {
  const seen: number[][] = [];
  const inPlace = (): AsyncEnv<Float32Array, Float32Array> => ({
    observationSpace: box(-9, 9, [2]),
    actionSpace: box(-9, 9, [2]),
    stepsInPlace: true,
    reset: () => ({ observation: Float32Array.of(0, 0), info: {} }),
    step: (action) =>
      later(() => {
        seen.push([...action]);
        return { observation: action.slice(), reward: 0, terminated: false, truncated: false, info: {} };
      }),
  });
  const vector = createVectorEnv([inPlace(), inPlace(), inPlace()], new SeedSequence(1));
  vector.reset();
  for (const actions of [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(6, 5, 4, 3, 2, 1)]) {
    seen.length = 0;
    while (!vector.stepSome(actions)) await vector.pending();
    expect(seen.sort((a, b) => a[0] - b[0]).flat()).toEqual(actions[0] === 1 ? [1, 2, 3, 4, 5, 6] : [2, 1, 4, 3, 6, 5]);
    expect(vector.observations).toEqual(actions);
  }
});

test("a vector steps those that answer later beside those that answer at once", async () => {
  const numbers = (env: () => AsyncEnv<number[], number>) => [env(), walk(), env()] as AsyncEnv[];
  const play = async (envs: AsyncEnv[]) => {
    const vector = createVectorEnv(envs, new SeedSequence(1));
    for (const slice of vector.resetInSlices()) await slice;
    const seen: unknown[] = [];
    for (let t = 0; t < 60; t++) {
      while (!vector.stepSome(Int32Array.of(t % 2, 1, 0))) await vector.pending();
      seen.push([...vector.observations], [...vector.rewards], structuredClone(vector.finished));
    }
    return [seen, vector.getState()];
  };
  expect(await play(numbers(lateWalk))).toEqual(await play(numbers(walk)));
  expect(open.most).toBe(2);
});
