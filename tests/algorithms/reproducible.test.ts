// A seed fixes a run; a resumed run is the uninterrupted one, to the bit; a NaN stops it and spoils nothing.

import { describe, expect, test } from "vitest";
import { CartPole } from "../../src/envs/classic-control/cartpole.ts";
import { normalizeObservation, normalizeReward, type Env } from "../../src/envs/index.ts";
import { InputError, RunError } from "../../src/errors.ts";
import { box, discrete, multiDiscrete } from "../../src/spaces/index.ts";
import { createTraining, type Training, type UpdateReport } from "../../src/training/index.ts";
import { walk } from "../envs/toys.ts";
import { readWeights } from "./linear.ts";

const algorithms: [string, Record<string, unknown>][] = [
  ["reinforce", { baseline: "learned" }],
  ["reinforce", { baseline: "constant", discountTime: true }],
  ["actor-critic", { reportEvery: 37, discountTime: true }],
  ["actor-critic", { reportEvery: 50, optimizer: "rmsprop", envs: 3 }],
  ["a2c", { envs: 3, rollout: 7 }],
  ["a2c", { envs: 1, rollout: 25, lambda: 0.95, optimizer: "adam", sharedTrunk: true }],
  ["ppo", { envs: 3, rollout: 21, minibatches: 4, epochs: 2 }],
  ["ppo", { envs: 2, rollout: 16, valueClip: 0.2, targetKl: 0.01, clipSchedule: "linear" }],
  ["ppo", { envs: 2, rollout: 16, klPenalty: "adaptive", clip: 0 }],
  ["ppo", { envs: 2, rollout: 16, learningRateSchedule: "adaptive", desiredKl: 0.001 }],
  ["trpo", { envs: 3, rollout: 40 }],
  ["trpo", { envs: 1, rollout: 64, fisherFraction: 0.3, criticBatch: 20, maxKl: 0.1 }],
];
const small = { hidden: [8], totalSteps: 2000 };

/** A user's CartPole: no getState, so that a checkpoint replays the episode. */
function ownCartPole(): Env {
  const inner = new CartPole() as Env;
  let t = 0;
  return {
    observationSpace: inner.observationSpace,
    actionSpace: inner.actionSpace,
    reset(seed) {
      t = 0;
      return inner.reset(seed);
    },
    step(action) {
      const step = inner.step(action);
      return { ...step, truncated: ++t >= 30 && !step.terminated };
    },
  };
}

/** Reports without warnings: a resumed training was looked at when it began. */
const updates = (training: Training, count: number): UpdateReport[] =>
  Array.from({ length: count }, () => {
    const { warnings: _, ...report } = training.update();
    return report;
  });

const asTheyAre = { normalizeObservations: false, normalizeRewards: false };

describe.each(algorithms)("%s %o", (algorithm, options) => {
  test.each([[false], [true]])(
    "the same seed gives the same weights and reports, another seed others; strict: %s",
    async (strict) => {
      // prettier-ignore
      const run = async (seed: number) => {
      const training = await createTraining(algorithm, { env: "CartPole-v1", ...small, ...options, seed, strict });
      const reports = updates(training, 4);
      return { reports, sha: training.weightsSha256() };
    };
      const [one, same, other] = [await run(1), await run(1), await run(2)];
      expect(same).toEqual(one);
      expect(one.sha).toMatch(/^[0-9a-f]{64}$/);
      expect(other.sha).not.toBe(one.sha);
      expect(other.reports).not.toEqual(one.reports);
    },
  );

  const environments: [string, Record<string, unknown>][] = [
    ["CartPole-v1", { env: "CartPole-v1" }],
    ["an environment without getState", { env: ownCartPole }],
    ["a random one without getState", { env: walk }],
  ];
  const normalization = [asTheyAre, { normalizeObservations: true, normalizeRewards: true, evaluateEvery: 100, evaluateEpisodes: 1 }]; // prettier-ignore
  test.each(environments.flatMap(([name, env]) => normalization.map((more) => [name, more, env] as const)))(
    "resumed equals uninterrupted on %s, %o",
    async (_, more, env) => {
      const given = { ...small, ...options, ...more, ...env, seed: 3 } as never;
      const whole = await createTraining(algorithm, given);
      updates(whole, 3);
      const checkpoint = whole.checkpoint();
      expect(whole.checkpoint(), "writing a checkpoint changes nothing").toEqual(checkpoint);
      const expected = updates(whole, 4);

      const resumed = await createTraining(algorithm, given, checkpoint);
      expect(resumed.updates).toBe(3);
      expect(resumed.checkpoint(), "a checkpoint comes back whole").toEqual(checkpoint);
      expect(updates(resumed, 4)).toEqual(expected);
      expect(resumed.weightsSha256()).toBe(whole.weightsSha256());
      expect(resumed.checkpoint()).toEqual(whole.checkpoint());
      expect(resumed.meanReturn100).toBe(whole.meanReturn100);
    },
  );
});

test("a checkpoint is taken in the middle of an episode, or the tests above say little", async () => {
  const training = await createTraining("ppo", { env: ownCartPole, ...small, envs: 3, rollout: 7 });
  updates(training, 1);
  const { environments } = (training as unknown as { checkpoint(): Uint8Array }) && readVector(training.checkpoint());
  expect(Math.max(...environments.map((e) => e.length))).toBeGreaterThan(0);
  expect(environments[0].actions).toBeDefined();
});

function readVector(bytes: Uint8Array): { environments: { length: number; actions?: number[] }[] } {
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))))) as { __metadata__: { polgrad: string } }; // prettier-ignore
  const state = JSON.parse(header.__metadata__.polgrad) as { learner: { agent: { player: { vector: { environments: { length: number }[] } } } } }; // prettier-ignore
  return state.learner.agent.player.vector;
}

test("an environment that is added does not change the numbers of the others", async () => {
  const seen: number[][] = [];
  const env = (): Env => {
    const inner = new CartPole() as Env;
    const mine: number[] = [];
    seen.push(mine);
    return {
      observationSpace: inner.observationSpace,
      actionSpace: inner.actionSpace,
      reset(seed) {
        mine.push(seed!);
        return inner.reset(seed);
      },
      step: (action) => inner.step(action),
    };
  };
  await createTraining("ppo", { env, envs: 2 });
  await createTraining("ppo", { env, envs: 3 });
  expect(seen.slice(2, 4)).toEqual(seen.slice(0, 2));
});

test("what an environment has adapted to comes back, for evaluations too", async () => {
  const env = (): Env => normalizeReward(normalizeObservation(walk()));
  const given = { env, ...small, envs: 2, rollout: 32, evaluateEvery: 64, evaluateEpisodes: 2 };
  const whole = await createTraining("ppo", given);
  updates(whole, 2);
  const resumed = await createTraining("ppo", given, whole.checkpoint());
  expect(updates(resumed, 2)).toEqual(updates(whole, 2));
});

describe("a checkpoint that does not fit is refused", () => {
  test("of another algorithm, environment, network, or damaged", async () => {
    const given = { env: "CartPole-v1", ...small, envs: 2, rollout: 8 };
    const training = await createTraining("ppo", given);
    updates(training, 1);
    const bytes = training.checkpoint();
    for (const [algorithm, options, wrong] of [
      ["a2c", given, bytes],
      ["ppo", { ...given, env: "Identity-v0" }, bytes],
      ["ppo", { ...given, hidden: [9] }, bytes],
      ["ppo", { ...given, envs: 3 }, bytes],
      ["ppo", given, bytes.slice(0, -4)],
      ["ppo", given, bytes.slice(0, 100)],
      ["ppo", given, new Uint8Array(0)],
      ["ppo", given, training.savePolicy()],
    ] as const)
      await expect(createTraining(algorithm, options, wrong), `${algorithm} ${JSON.stringify(options)}`).rejects.toThrow(InputError); // prettier-ignore
    await expect(createTraining("ppo", given, bytes)).resolves.toBeDefined();
  });
});

describe("a checkpoint of other networks or spaces is refused by name", () => {
  /** Actions of three kinds whose networks look alike. */
  const spaces = { walk: discrete(2, -1), other: discrete(2), pair: multiDiscrete([2]) };
  const envOf = (space: keyof typeof spaces) => {
    function toy(): Env {
      const inner = walk();
      const step: Env["step"] = (action) => inner.step(typeof action === "number" ? action : action[0]);
      return { ...inner, actionSpace: spaces[space], step };
    }
    return toy;
  };
  const given = { env: envOf("walk"), hidden: [6, 6], totalSteps: 500, envs: 2, rollout: 8, memorySize: 6 };
  test.each<[string, Record<string, unknown>, Record<string, unknown>, RegExp]>([
    [
      "a memory that is no more",
      { memory: "gru" },
      {},
      /option "memory" = "gru", and this training has "none": it is another training/,
    ],
    [
      "a memory that is new",
      {},
      { memory: "gru" },
      /option "memory" = "none", and this training has "gru": it is another training/,
    ],
    ["a layer less", {}, { hidden: [6] }, /option "hidden" = \[6, ?6\], and this training has \[6\]/],
    [
      "another start",
      {},
      { env: envOf("other") },
      /Discrete\(2, start -1\), and cannot be resumed with .*Discrete\(2\)/,
    ],
    [
      "another kind",
      { env: envOf("other") },
      { env: envOf("pair") },
      /cannot be resumed with .*MultiDiscrete\(\[2\]\)/,
    ],
  ])("%s", async (_, before, after, message) => {
    const training = await createTraining("ppo", { ...given, ...before });
    training.update();
    const resumed = createTraining("ppo", { ...given, ...after }, training.checkpoint());
    const error: unknown = await resumed.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
});

describe("a number that is not finite", () => {
  /** Rewards of 1 until the given step of the run, then of `reward`. */
  const breaking = (from: number, reward: number) => {
    let t = 0;
    return function explosive(): Env<number[], number> {
      return {
        observationSpace: box([-1], [1]),
        actionSpace: discrete(2),
        reset: () => ({ observation: [0.5], info: {} }),
        step: () => ({ observation: [0.5], reward: ++t > from ? reward : 1, terminated: t % 10 === 0, truncated: false, info: {} }), // prettier-ignore
      };
    };
  };
  const learners: [string, Record<string, unknown>][] = [
    ["reinforce", {}],
    ["actor-critic", { reportEvery: 20 }],
    ["a2c", { envs: 1, rollout: 20 }],
    ["ppo", { envs: 1, rollout: 20 }],
    ["trpo", { envs: 1, rollout: 20 }],
  ];

  async function runUntilItFails(training: Training): Promise<{ error: unknown; report?: UpdateReport }> {
    let report: UpdateReport | undefined;
    try {
      for (let k = 0; k < 200; k++) report = training.update();
    } catch (error) {
      return { error, report };
    }
    return { error: undefined, report };
  }

  test.each(learners)(
    "%s: rewards that overflow float32 stop it with a RunError; the weights stay finite",
    async (algorithm, options) => {
      // prettier-ignore
      for (const reward of [1e30, 1e38, -1e25]) {
      const training = await createTraining(algorithm, { env: breaking(40, reward), hidden: [4], totalSteps: 4000, ...asTheyAre, ...options }); // prettier-ignore
      const { error } = await runUntilItFails(training);
      expect(error, `reward ${reward}`).toBeInstanceOf(RunError);
      expect((error as Error).message).toMatch(new RegExp(`^${algorithm}: the loss or its gradient stopped being a finite number at step \\d+`)); // prettier-ignore
      for (const [name, w] of Object.entries(readWeights(training))) expect(w.every(Number.isFinite), name).toBe(true);
    }
    },
  );

  test.each(learners)(
    "%s: an enormous learning rate stops it, naming the tensor that became NaN",
    async (algorithm, options) => {
      // prettier-ignore
      const critic = algorithm === "ppo" || algorithm === "a2c" ? {} : { criticLearningRate: 1e25 };
      const rates = algorithm === "trpo" ? critic : { maxGradientNorm: 1e9, learningRate: 1e25, ...critic };
      const training = await createTraining(algorithm, { env: "CartPole-v1", hidden: [8, 8], activation: "relu", totalSteps: 1e5, ...rates, ...options }); // prettier-ignore
      const { error } = await runUntilItFails(training);
      expect(error).toBeInstanceOf(RunError);
      expect((error as Error).message).toMatch(/the first tensor that holds a NaN is .*\(|an intermediate value overflowed float32/); // prettier-ignore
      for (const [name, w] of Object.entries(readWeights(training))) expect(w.every(Number.isFinite), name).toBe(true);
    },
  );

  test("the weights are those of the last good step", async () => {
    const training = await createTraining("ppo", { env: breaking(60, 1e30), envs: 1, rollout: 20, hidden: [4], totalSteps: 4000, ...asTheyAre }); // prettier-ignore
    updates(training, 3);
    const sha = training.weightsSha256();
    expect(() => training.update()).toThrow(RunError);
    expect(training.weightsSha256()).toBe(sha);
  });

  test("no report ever holds a number that is not finite, but for an explained variance of constant returns", async () => {
    for (const reward of [1e15, 1.5e19, 1.8e19, 2e19, 1e20])
      for (const [algorithm, options] of learners.flatMap(([name, own]) =>
        [asTheyAre, {}].map((more) => [name, { ...own, ...more }] as const),
      )) {
        const training = await createTraining(algorithm, { env: breaking(40, reward), hidden: [], totalSteps: 4000, ...options }); // prettier-ignore
        try {
          for (let k = 0; k < 8; k++)
            for (const [name, v] of Object.entries(training.update().metrics))
              if (name !== "explainedVariance") expect(v, `${algorithm}, reward ${reward}: ${name}`).toSatisfy(Number.isFinite); // prettier-ignore
        } catch (error) {
          if (!(error instanceof RunError)) throw error;
        }
      }
  });
});
