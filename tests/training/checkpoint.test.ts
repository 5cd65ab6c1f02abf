// What a checkpoint keeps, what it knows of itself, and what may change when a run goes on from it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Env } from "../../src/envs/index.ts";
import { createVectorEnv, makeEnv } from "../../src/envs/index.ts";
import { InputError, RunError } from "../../src/errors.ts";
import { SeedSequence } from "../../src/random/index.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import {
  createTraining,
  decodeSafetensors,
  loadPolicy,
  readCheckpoint,
  savePolicy,
  train,
  trainA2c,
  trainPpo,
  type Resumption,
} from "../../src/training/index.ts";
import { packedCopy } from "../packed-copy.ts";

const cases = Number(process.env.POLGRAD_CASES ?? 300);

/** Walks to and fro without an end to its episodes but `length`; what it is asked to do at a step, it does. */
function walk({
  length = 20,
  at = {},
  state,
}: { length?: number; at?: Record<number, () => void>; state?: () => unknown } = {}): Env {
  // prettier-ignore
  let [x, t] = [0, 0];
  const observe = () => new Float32Array([x, t / length]);
  return {
    observationSpace: box(-1000, 1000, [2]),
    actionSpace: discrete(2),
    reset(seed = 0) {
      [x, t] = [seed % 7, 0];
      return { observation: observe(), info: {} };
    },
    step(action) {
      x += action === 1 ? 1 : -1;
      at[++total.steps]?.();
      return { observation: observe(), reward: -Math.abs(x), terminated: false, truncated: ++t === length, info: {} };
    },
    ...(state && {
      getState: () => ({ x, t, more: state() }),
      setState: (saved: unknown) => void ({ x, t } = saved as { x: number; t: number }),
    }),
  };
}
/** Steps of all walks since it was set to 0. */
const total = { steps: 0 };

const small = { hidden: [4], envs: 2, rollout: 8, seed: 3 };
const checkpointOf = async (options: object, algorithm: "ppo" | "a2c" = "ppo") =>
  (await train(algorithm, { env: () => walk(), ...small, totalSteps: 64, ...options })).checkpoint;

describe("a checkpoint knows itself", () => {
  test("a bit that is flipped, a stretch that is zeroed, an end that is cut off: all are told", async () => {
    const bytes = await checkpointOf({});
    readCheckpoint(bytes);
    const damages = fc.oneof(
      fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)).map(
        ([at, bit]) =>
          (b: Uint8Array) =>
            void (b[at] ^= 1 << bit),
      ),
      fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 512 })).map(([at, n]) => (b: Uint8Array) => void b.fill(0, at, at + n)), // prettier-ignore
    );
    fc.assert(
      fc.property(damages, (damage) => {
        const damaged = bytes.slice();
        damage(damaged);
        fc.pre(Buffer.compare(damaged, bytes) !== 0);
        expect(() => readCheckpoint(damaged)).toThrow(InputError);
      }),
      { numRuns: cases },
    );
    for (const length of [0, 7, 100, bytes.length >> 1, bytes.length - 1])
      expect(() => readCheckpoint(bytes.slice(0, length))).toThrow(InputError);
    await expect(createTraining("ppo", { env: () => walk(), ...small }, bytes.slice(0, -8).fill(0, -64))).rejects.toThrow(InputError); // prettier-ignore
  });

  test.each([
    ["seed", 4],
    ["gamma", 0.9],
    ["learningRate", 1e-4],
    ["envOptions", { frameStack: 1 }],
    ["entropyCoefficient", 0.5],
    ["activation", "relu"],
    ["hidden", [5]],
    ["envs", 3],
    ["normalizeObservations", false],
    ["strict", true],
    ["rollout", 16],
    ["minibatches", 2],
  ])("one with another %s is refused by that name", async (name, value) => {
    const checkpoint = await checkpointOf({});
    const resumed = createTraining("ppo", { env: () => walk(), ...small, [name]: value }, checkpoint);
    await expect(resumed).rejects.toThrow(InputError);
    await expect(resumed).rejects.toThrow(`the checkpoint was trained with option "${name}" = `);
  });

  test("how long a run is, its threads and its evaluations may differ", async () => {
    const checkpoint = await checkpointOf({});
    const others = { totalSteps: 96, evaluateEvery: 32, evaluateEpisodes: 1 };
    const { summary } = await trainPpo({ env: () => walk(), ...small, ...others, resume: checkpoint });
    expect(summary.steps).toBeGreaterThanOrEqual(96);
  });

  test("what may change does where that is meant, and what cannot is refused all the same", async () => {
    const checkpoint = await checkpointOf({});
    const options = { env: () => walk(), ...small, totalSteps: 128 };
    const resume = (more: object, change: string[]) =>
      trainPpo({ ...options, ...more, resume: { checkpoint, change } });
    const same = await resume({}, []);
    for (const more of [{ learningRate: 1e-4 }, { gamma: 0.9, entropyCoefficient: 0.1 }, { rollout: 16, epochs: 2 }]) {
      const { summary } = await resume(more, Object.keys(more));
      expect(summary.steps).toBeGreaterThanOrEqual(128);
      expect(summary.weightsSha256).not.toBe(same.summary.weightsSha256);
    }
    expect((await resume({ gamma: 0.99 }, ["gamma"])).checkpoint).toEqual(same.checkpoint);
    const [learningRate, gamma] = [1e-4, 0.9];
    await expect(resume({ learningRate, gamma }, ["gamma"])).rejects.toThrow(/"learningRate" = .* and this training has 0.0001: where that is meant, say so: \{ checkpoint, change: \["learningRate"\] \}/); // prettier-ignore
    for (const [name, value] of Object.entries({ seed: 4, hidden: [5], activation: "relu", normalizeRewards: false }))
      await expect(resume({ [name]: value }, [name])).rejects.toThrow(`option "${name}" is ${JSON.stringify(small[name as "seed"] ?? (name === "activation" ? "tanh" : true))} in the checkpoint and cannot become`); // prettier-ignore
  });

  test.each([
    ["a2c", {}],
    ["ppo", { memory: "gru", memorySize: 3, minibatches: 1 }],
    ["ppo", { env: "Pendulum-v1", minibatches: 2 }],
    ["ppo", { workers: 2, env: "CartPole-v1", minibatches: 2 }],
  ] as const)("the number of environments may change: %s %j", async (algorithm, more) => {
    let resume: Uint8Array | Resumption | undefined;
    let last = 0;
    for (const envs of [2, 5, 3, 2]) {
      const options = { env: () => walk(), ...small, ...more, envs, totalSteps: last + 20 * envs, resume };
      const { checkpoint, summary } = await train(algorithm, options as never);
      expect(summary.steps).toBeGreaterThan(last);
      last = summary.steps;
      resume = { checkpoint, change: ["envs"] };
    }
  });
});

describe("what an environment's state may be", () => {
  test("typed arrays, NaN and −0 come back as they were", async () => {
    const seen: unknown[] = [];
    const state = { map: new Float64Array([1, -0, NaN]), none: -0, never: NaN, words: new Uint8Array([1, 2]) };
    const env = (): Env => ({ ...walk({ state: () => state }), setState: (saved) => void seen.push((saved as { more: unknown }).more) }); // prettier-ignore
    const { checkpoint } = await trainPpo({ env, ...small, totalSteps: 64 });
    await createTraining("ppo", { env, ...small, totalSteps: 64 }, checkpoint);
    expect(seen).toStrictEqual([state, state]);
  });

  test("what could not come back is refused when it is kept, by its path", async () => {
    const env = () => walk({ state: () => ({ open: new Map() }) });
    await expect(trainPpo({ env, ...small, totalSteps: 64 })).rejects.toThrow(
      /no checkpoint can be made: the state has a Map at state\/agent\/player\/vector\/environments\/0\/state\/more\/open/,
    );
  });

  test("actions since the reset are a tensor, four bytes a number", async () => {
    const [short, long] = await Promise.all(
      [2000, 12_000].map((totalSteps) => checkpointOf({ env: () => walk({ length: 1e6 }), totalSteps, rollout: 500 })),
    );
    const { tensors } = decodeSafetensors(long);
    const actions = [...tensors].filter(([name]) => name.endsWith("/actions"));
    expect(actions.map(([, { data }]) => data.length)).toEqual([6300, 6300]);
    expect(long.length - short.length).toBeLessThan(4 * 1.06 * 10_000);
  });
});

test("an episode that is too long to be played again begins anew where a state is restored", () => {
  /** 65,536 numbers an action: 256 steps fill what may be kept. */
  const wide = (): Env => ({
    observationSpace: box(-1, 1, [1]),
    actionSpace: box(-1, 1, [65_536]),
    reset: () => ({ observation: new Float32Array([0]), info: {} }),
    step: () => ({ observation: new Float32Array([1]), reward: 1, terminated: false, truncated: false, info: {} }),
  });
  const make = () => createVectorEnv([wide()], new SeedSequence(1));
  const vector = make();
  const step = () => vector.step(new Float32Array(65_536));
  vector.reset();
  for (let t = 0; t < 256; t++) step();
  expect(vector.historyFilled()).toBe(1);
  const whole = packedCopy(vector.getState());
  step();
  expect(vector.historyFilled()).toBe(1);
  const cut = packedCopy(vector.getState());
  const [played, begun] = [make(), make()];
  played.setState(whole);
  expect(played.observations[0]).toBe(1);
  begun.setState(cut);
  expect(begun.observations[0]).toBe(0);
  expect(begun.historyFilled()).toBe(0);
});

describe("error.checkpoint", () => {
  test.each(["ppo", "a2c", "reinforce", "trpo", "actor-critic"] as const)(
    "of %s, after an environment has thrown at any step, goes on to the bits of a run that was never stopped",
    async (algorithm) => {
      const envs = algorithm === "reinforce" ? 1 : 2;
      const length = algorithm === "actor-critic" || algorithm === "reinforce" ? {} : { rollout: 8 };
      const options = { hidden: [4], envs, seed: 3, ...length, totalSteps: 120 };
      total.steps = 0;
      const whole = await train(algorithm, { ...options, env: () => walk() });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 119 }), async (k) => {
          total.steps = 0;
          const at = { [k]: () => { throw new Error("out of order"); } }; // prettier-ignore
          const failure = await train(algorithm, { ...options, env: () => walk({ at }) }).catch((e: unknown) => e);
          expect(failure).toBeInstanceOf(RunError);
          const { checkpoint } = failure as RunError;
          const rest = await train(algorithm, { ...options, env: () => walk(), resume: checkpoint });
          expect(rest.summary.weightsSha256).toBe(whole.summary.weightsSha256);
        }),
        { numRuns: Math.ceil(cases / 60) },
      );
    },
  );

  test("after weights have overflowed holds finite ones", async () => {
    const options = { env: () => walk(), ...small, totalSteps: 6400, optimizer: "sgd", maxGradientNorm: 1e30 } as const;
    const failure = await trainA2c({ ...options, learningRate: 1e36 }).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(RunError);
    const { tensors } = readCheckpoint((failure as RunError).checkpoint!);
    for (const [name, { data }] of tensors)
      if (data instanceof Float32Array) expect(data.every(Number.isFinite), name).toBe(true);
  });
});

describe("a policy to begin with", () => {
  const pendulum = () => makeEnv("Pendulum-v1"); // which has no preset
  const begin = async () => {
    const { policy } = await trainPpo({ env: pendulum, hidden: [6], envs: 2, rollout: 32, minibatches: 4, totalSteps: 256 }); // prettier-ignore
    return savePolicy(policy);
  };
  const mean = { totalSteps: 64, envs: 2, rollout: 16, minibatches: 2 };

  test("gives its weights, its networks and its normalizer, to other algorithms and environments too", async () => {
    const from = await begin();
    const before = await loadPolicy(from);
    const observation = new Float32Array([0.5, -0.5, 1]);
    for (const env of [pendulum, () => makeEnv("Pendulum-v1", { maxEpisodeSteps: 50 })])
      for (const algorithm of ["ppo", "trpo", "a2c"] as const) {
        const { rollout } = mean;
        const training = await createTraining(algorithm, { env, totalSteps: 640, rollout }, { from });
        expect(training.options).toMatchObject({ hidden: [6], normalizeObservations: true, gaussian: "scaled" });
        expect(training.policy.gaussian(observation).mean[0]).toBeCloseTo(before.gaussian(observation).mean[0], 1);
        training.update();
        training.close();
      }
  });

  test("is refused where options or spaces contradict it", async () => {
    const from = await begin();
    const beginning = (more: object) => createTraining("ppo", { env: pendulum, ...mean, ...more }, { from });
    await expect(beginning({ hidden: [7] })).rejects.toThrow('option "hidden" is [7], but the policy to begin with has [6]: leave it out'); // prettier-ignore
    await expect(beginning({ normalizeObservations: false })).rejects.toThrow(/"normalizeObservations" is false, but/);
    await expect(beginning({ gaussian: "squashed" })).rejects.toThrow(/"gaussian" is "squashed", but/);
    await expect(beginning({ env: "CartPole-v1" })).rejects.toThrow(
      /the observation space Box.*, and the environment has Box/,
    );
    await expect(beginning({ env: "MountainCarContinuous-v0" })).rejects.toThrow(/the observation space/);
    await expect(createTraining("ppo", { env: pendulum }, { from: await checkpointOf({}) })).rejects.toThrow(InputError); // prettier-ignore
    await expect(trainPpo({ env: pendulum, from, resume: from })).rejects.toThrow('"resume" and "from" are both given'); // prettier-ignore
  });
});
