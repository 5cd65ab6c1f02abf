// Training from start to end: what it reports, how it stops, the event loop's turns, evaluation.

import type { AlgorithmName } from "../../src/algorithms/index.ts";
import { describe, expect, test } from "vitest";
import type { Env } from "../../src/envs/index.ts";
import { makeEnv } from "../../src/envs/index.ts";
import { InputError, RunError } from "../../src/errors.ts";
import type { CreateNetworks } from "../../src/nn/index.ts";
import { dense, mlp } from "../../src/nn/index.ts";
import type { Policy } from "../../src/policies/index.ts";
import { box, discrete } from "../../src/spaces/index.ts";
import { reshape } from "../../src/tensor/index.ts";
import {
  createTraining,
  decodeSafetensors,
  evaluate,
  evaluateSync,
  loadPolicy,
  train,
  trainA2c,
  trainA3c,
  trainActorCritic,
  trainPpo,
  trainReinforce,
  trainTrpo,
  type UpdateReport,
} from "../../src/training/index.ts";

const small = { env: "CartPole-v1", hidden: [8], seed: 2 };

describe("train", () => {
  test("its thin names are the algorithms", async () => {
    for (const [trainer, name] of [
      [trainPpo, "ppo"],
      [trainA2c, "a2c"],
      [trainA3c, "a3c"],
      [trainReinforce, "reinforce"],
      [trainActorCritic, "actor-critic"],
      [trainTrpo, "trpo"],
    ] as const) {
      const { summary } = await trainer({ ...small, totalSteps: 50 });
      expect(summary).toMatchObject({ algorithm: name, env: "CartPole-v1", seed: 2 });
      expect(summary.steps).toBeGreaterThanOrEqual(50);
      expect(summary.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test("reports each update; steps, episodes and returns add up", async () => {
    const reports: UpdateReport[] = [];
    const { summary } = await trainPpo({ ...small, envs: 2, rollout: 16, totalSteps: 1000, onUpdate: (r) => reports.push(r) }); // prettier-ignore
    expect(reports.map((r) => r.step)).toEqual(Array.from({ length: 32 }, (_, i) => 32 * (i + 1)));
    expect(reports.map((r) => r.update)).toEqual(reports.map((_, i) => i + 1));
    const finished = reports.flatMap((r) => r.finished);
    expect(reports.at(-1)!.episodes).toBe(finished.length);
    expect(summary.episodes).toBe(finished.length);
    expect(finished.length).toBeGreaterThan(10);
    for (const e of finished) expect(e.return).toBe(e.length); // CartPole: 1 a step
    const steps = finished.map((e) => e.step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    const last = finished.slice(-100);
    expect(summary.meanReturn100).toBeCloseTo(last.reduce((sum, e) => sum + e.return, 0) / last.length, 9);
    expect(reports[0].meanReturn100 === null).toBe(reports[0].finished.length === 0);
    for (const name of [
      "policyLoss",
      "valueLoss",
      "entropy",
      "approxKl",
      "approxKlK1",
      "clipFraction",
      "explainedVariance",
      "gradientNorm",
      "learningRate",
    ])
      // prettier-ignore
      for (const r of reports) expect(r.metrics[name], name).toBeTypeOf("number");
    expect(JSON.stringify(reports.map((r) => r.metrics))).not.toContain("null"); // no NaN
  });

  test("ends after so many episodes", async () => {
    const { summary } = await trainReinforce({ ...small, totalEpisodes: 7 });
    expect(summary.episodes).toBe(7);
  });

  test("solvedAtStep: the first step at which the mean of 100 returns reached the threshold", async () => {
    const options = { env: "Identity-v0", envOptions: { episodeLength: 1 }, hidden: [8], totalSteps: 400 };
    const { summary } = await trainPpo(options); // a return is at most 1, the threshold 90
    expect(summary.solvedAtStep).toBeNull();
    function generous(): Env {
      return {
        observationSpace: box([0], [1]),
        actionSpace: discrete(2),
        reset: () => ({ observation: [0], info: {} }),
        step: () => ({ observation: [0], reward: 475, terminated: true, truncated: false, info: {} }),
      };
    }
    expect((await trainPpo({ ...options, env: generous, envOptions: {} })).summary.solvedAtStep).toBeNull(); // no threshold
  });

  test("solvedAtStep counts from 100 episodes on", async () => {
    const training = await createTraining("ppo", {
      env: "Identity-v0",
      envOptions: { n: 1 }, // one action: always right
      hidden: [4],
      envs: 3,
      rollout: 100,
      totalSteps: 60_000,
    });
    while (training.episodes < 99) training.update();
    expect(training.solvedAtStep).toBeNull();
    while (training.solvedAtStep === null && !training.done) training.update();
    // Episodes of 100 steps in 3 environments: the 100th ends first of the 34th three.
    expect(training.solvedAtStep).toBe(34 * 300 - 2);
    expect(training.rewardThreshold).toBe(90);
  });

  test("an AbortSignal ends it after the update in progress, and the checkpoint goes on", async () => {
    const whole = await trainPpo({ ...small, envs: 2, rollout: 16, totalSteps: 640 });
    const abort = new AbortController();
    const first = await trainPpo({ ...small, envs: 2, rollout: 16, totalSteps: 640, signal: abort.signal, onUpdate: (r) => void (r.update === 7 && abort.abort()) }); // prettier-ignore
    expect(first.summary.steps).toBe(7 * 32);
    const rest = await trainPpo({ ...small, envs: 2, rollout: 16, totalSteps: 640, resume: first.checkpoint });
    expect(rest.summary.weightsSha256).toBe(whole.summary.weightsSha256);
    expect(rest.checkpoint).toEqual(whole.checkpoint);
    const aborted = await trainPpo({ ...small, signal: AbortSignal.abort() });
    expect(aborted.summary.steps).toBe(0);
  });

  test("an abort from outside is heard: the event loop has its turn", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 80);
    const { summary } = await trainPpo({ ...small, totalSteps: 1e9, signal: abort.signal });
    expect(summary.wallSeconds).toBeLessThan(5);
    expect(summary.steps).toBeGreaterThan(0);
  });

  test.each<[AlgorithmName, Record<string, unknown>]>([
    ["ppo", { envs: 8, rollout: 256, epochs: 10 }],
    ["a2c", { envs: 16, rollout: 128 }],
    ["actor-critic", { reportEvery: 20_000 }],
    ["reinforce", {}],
    ["trpo", { rollout: 2048 }],
    ["ppo", { env: "Identity-v0", envOptions: { episodeLength: 500 }, evaluateEvery: 1000, evaluateEpisodes: 1000 }],
  ])("%s %o lets the event loop have its turn at least every 50 ms", async (algorithm, options) => {
    const gaps: number[] = [];
    let last = performance.now();
    let going = true;
    const beat = (): void => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
      if (going) setImmediate(beat);
    };
    setImmediate(beat);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 600);
    await train(algorithm, { ...small, totalSteps: 1e9, ...options, signal: abort.signal });
    going = false;
    gaps.sort((a, b) => a - b);
    // Half of them, and by far the longest, with room for a busy machine.
    expect(gaps.length).toBeGreaterThan(4);
    expect(gaps.at(-1)).toBeLessThan(250);
  });

  test("evaluations come when they are due, keep the best policy, and change nothing of the training", async () => {
    const options = { ...small, envs: 2, rollout: 16, totalSteps: 1000 };
    const reports: UpdateReport[] = [];
    const { bestPolicy, summary } = await trainPpo({ ...options, evaluateEvery: 200, evaluateEpisodes: 3, onUpdate: (r) => reports.push(r) }); // prettier-ignore
    const evaluated = reports.filter((r) => r.evaluation);
    expect(evaluated.map((r) => r.step)).toEqual([224, 416, 608, 800, 1024].map((s) => Math.ceil(s / 32) * 32));
    for (const r of evaluated) expect(r.evaluation!.returns).toHaveLength(3);
    const plain = await trainPpo(options);
    expect(plain.summary.weightsSha256).toBe(summary.weightsSha256);
    expect(plain.bestPolicy).toBeUndefined();
    const best = await loadPolicy(bestPolicy!);
    const again = await evaluate(best, "CartPole-v1", { episodes: 3, seed: 2 });
    expect(again.mean).toBe(Math.max(...evaluated.map((r) => r.evaluation!.mean)));
  });

  test("networks of one's own", async () => {
    const networks: CreateNetworks = ({ observations, outputs }) => {
      const [policy, value] = [dense("p", observations, outputs, 0.01), dense("v", observations, 1, 1)];
      return {
        actor: policy.parameters,
        critic: value.parameters,
        forward: (x) => ({ policy: policy.forward(x), value: reshape(value.forward(x), ["rows"]) }),
      };
    };
    const { summary, checkpoint } = await trainPpo({ ...small, networks, totalSteps: 600 });
    const resumed = await trainPpo({ ...small, networks, totalSteps: 600, resume: checkpoint });
    expect(resumed.summary.weightsSha256).toBe(summary.weightsSha256);
  });

  test("an environment that breaks its contract stops it with a RunError that says where", async () => {
    let t = 0;
    function broken(): Env {
      return {
        observationSpace: box([-1], [1]),
        actionSpace: discrete(2),
        reset: () => ({ observation: [0], info: {} }),
        step: () => ({ observation: [++t > 20 ? NaN : 0], reward: 0, terminated: false, truncated: false, info: {} }),
      };
    }
    const error = await trainPpo({ env: broken, envs: 1 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RunError);
    expect((error as Error).message).toMatch(/environment 0, step 21/);
  });
});

test("a Gaussian policy reports its σ beside the entropy", async () => {
  const options = {
    env: "IdentityContinuous-v0",
    totalSteps: 64,
    envs: 2,
    rollout: 16,
    epochs: 1,
    minibatches: 1,
    initialLogStd: -1,
  };
  const training = await createTraining("ppo", options);
  const { metrics } = training.update();
  expect(metrics.std).toBeCloseTo(Math.exp(-1), 2);
  expect((await createTraining("ppo", { env: "Identity-v0" })).update().metrics.std).toBeUndefined();
});

describe("evaluate", () => {
  /** Rewards the action; 5 steps an episode. */
  const fixed = (action: number): Policy => ({
    observationSpace: discrete(4),
    actionSpace: discrete(4),
    act: () => action,
    value: () => 0,
    probabilities: () => Float32Array.of(1),
    gaussian: () => ({ mean: Float32Array.of(0), std: Float32Array.of(1) }),
    seed: () => {},
    reset: () => {},
    stateSize: 0,
  });
  const identity = () => makeEnv("Identity-v0", { episodeLength: 10 });

  test("returns, lengths and their statistics", async () => {
    const result = await evaluate(fixed(2), await identity(), { episodes: 6, seed: 3 });
    expect(result.lengths).toEqual([10, 10, 10, 10, 10, 10]);
    expect(result.returns).toHaveLength(6);
    const mean = result.returns.reduce((a, b) => a + b) / 6;
    expect(result.mean).toBeCloseTo(mean, 12);
    expect(result.std).toBeCloseTo(Math.sqrt(result.returns.reduce((s, r) => s + (r - mean) ** 2, 0) / 5), 12);
    expect([result.min, result.max]).toEqual([Math.min(...result.returns), Math.max(...result.returns)]);
    expect((await evaluate(fixed(0), await identity(), { episodes: 1 })).std).toBe(0);
    expect((await evaluate(fixed(0), await identity())).returns).toHaveLength(100);
  });

  test("follows its seed; at once or in turns", async () => {
    const { policy } = await trainPpo({ env: "Identity-v0", envOptions: { episodeLength: 10 }, hidden: [8], totalSteps: 600 }); // prettier-ignore
    for (const deterministic of [true, false]) {
      const run = async (seed: number) => evaluate(policy, await identity(), { episodes: 5, seed, deterministic });
      expect(await run(1)).toEqual(await run(1));
      expect(evaluateSync(policy, await identity(), { episodes: 5, seed: 1, deterministic })).toEqual(await run(1));
      if (!deterministic) expect((await run(1)).returns).not.toEqual((await run(2)).returns);
    }
    const sampled = await evaluate(policy, await identity(), { episodes: 20, deterministic: false });
    const mode = await evaluate(policy, await identity(), { episodes: 20 });
    expect(mode.mean).toBeGreaterThanOrEqual(sampled.mean);
  });

  test("an environment of other spaces is refused", async () => {
    await expect(evaluate(fixed(0), "CartPole-v1")).rejects.toThrow(InputError);
    await expect(evaluate(fixed(0), await makeEnv("Identity-v0", { n: 5 }))).rejects.toThrow(/observation space/);
  });

  test("an environment that breaks its contract, or a number of episodes that is none, is told", async () => {
    const broken = async (change: Record<string, unknown>) => {
      const env = await identity();
      return { ...env, observationSpace: env.observationSpace, actionSpace: env.actionSpace, reset: (seed?: number) => env.reset(seed), step: (action: number) => ({ ...env.step(action), ...change }) } as Env; // prettier-ignore
    };
    await expect(evaluate(fixed(0), await broken({ reward: NaN }))).rejects.toThrow(/step 1 of .*the reward is NaN/);
    await expect(evaluate(fixed(0), await broken({ truncated: undefined }))).rejects.toThrow(RunError);
    for (const episodes of [0, -1, 1.5, NaN])
      await expect(evaluate(fixed(0), await identity(), { episodes })).rejects.toThrow(InputError);
  });

  test("a signal stops it after the episode in progress", async () => {
    const result = await evaluate(fixed(0), await identity(), { episodes: 50, signal: AbortSignal.abort() });
    expect(result.returns).toHaveLength(1);
  });
});

test("weightsSha256 is over the parameters as little-endian float32, in the order of their names", async () => {
  const { createHash } = await import("node:crypto");
  const training = await createTraining("ppo", small);
  training.update();
  const byName = [...training.policy.parameters].sort((a, b) => (a.variable.name < b.variable.name ? -1 : 1));
  const hash = createHash("sha256");
  for (const { variable } of byName)
    for (const x of training.policy.engine.read(variable)) {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatLE(x);
      hash.update(bytes);
    }
  expect(training.weightsSha256()).toBe(hash.digest("hex"));
});

describe("what cannot go together", () => {
  const toy = (): Env => ({
    observationSpace: box([-1], [1]),
    actionSpace: discrete(2),
    reset: () => ({ observation: [0.5], info: {} }),
    step: () => ({ observation: [0.5], reward: 1, terminated: true, truncated: false, info: {} }),
  });

  test("one environment object for training and evaluation", async () => {
    const env = toy();
    const options = { env: () => env, envs: 1, totalSteps: 10 };
    await expect(train("a2c", { ...options, evaluateEvery: 5 })).rejects.toThrow(/evaluateEvery.*same object/);
    await expect(train("a2c", options)).resolves.toBeDefined();
  });

  test("a checkpoint and other normalization", async () => {
    for (const option of ["normalizeObservations", "normalizeRewards"])
      for (const before of [false, true]) {
        const options = { env: toy, totalSteps: 10, hidden: [4] };
        const { checkpoint } = await train("a2c", { ...options, [option]: before });
        const resumed = train("a2c", { ...options, [option]: !before, resume: checkpoint });
        await expect(resumed).rejects.toThrow(
          `the checkpoint was trained with option "${option}" = ${before}, and this training has ${!before}`,
        );
      }
  });

  test("networks that are no function, give the wrong shapes, or list the wrong parameters", async () => {
    const trainWith = (networks: unknown) =>
      train("a2c", { env: toy, totalSteps: 10, networks: networks as CreateNetworks });
    await expect(trainWith("mlp")).rejects.toThrow(/"networks" is string/);
    const both = train("ppo", { env: toy, totalSteps: 10, networks: mlp({}), memory: "gru" });
    await expect(both).rejects.toThrow(/"networks" and "memory" are both given/);
    const wide: CreateNetworks = (sizes) => mlp({ hidden: [4] })({ ...sizes, outputs: 5 });
    await expect(trainWith(wide)).rejects.toThrow(/policy has the shape \[rows, 5\], but must have \[rows, 2\]/);
    const joint: CreateNetworks = (sizes) => {
      const { actor, critic, forward } = mlp({ hidden: [4], sharedTrunk: true })(sizes);
      return { actor: [...actor, ...critic], critic: [], forward };
    };
    await expect(trainWith(joint)).rejects.toThrow(/no critic parameters/);
    const twice: CreateNetworks = (sizes) => {
      const { actor, critic, forward } = mlp({ hidden: [4] })(sizes);
      return { actor: [...actor, ...critic], critic, forward };
    };
    await expect(trainWith(twice)).rejects.toThrow(/two parameters named "critic/);
    const deep: CreateNetworks = (sizes) => {
      const networks = mlp({ hidden: [4] })(sizes);
      return { ...networks, forward: (x) => ({ ...networks.forward(x), value: networks.forward(x).policy }) };
    };
    await expect(trainWith(deep)).rejects.toThrow(/value has the shape \[rows, 2\], but must have \[rows\]/);
  });

  test("missing options", async () => {
    const anything = train as (...args: unknown[]) => Promise<unknown>;
    await expect(anything(undefined, small)).rejects.toThrow(InputError);
    await expect(anything("ppo", { env: null })).rejects.toThrow(/"env" is missing/);
    await expect(anything("ppo", {})).rejects.toThrow(/"env" is missing/);
  });
});

test("environments are closed at the end, and a failure gives the last good state", async () => {
  let closed = 0;
  const env = (): Env => {
    let steps = 0;
    return {
      observationSpace: box(-1, 1, [1]),
      actionSpace: discrete(2),
      reset: () => ({ observation: [0], info: {} }),
      step: () => ({
        observation: [0],
        reward: ++steps > 300 ? 1e38 : 1,
        terminated: steps % 10 === 0,
        truncated: false,
        info: {},
      }),
      close: () => void closed++,
    };
  };
  const options = { env, envs: 2, rollout: 16, totalSteps: 10_000, normalizeRewards: false };
  const failure = await trainPpo(options).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(RunError);
  expect(closed).toBe(2);
  const { checkpoint } = failure as RunError;
  const { tensors } = decodeSafetensors(checkpoint!);
  for (const { data } of tensors.values()) for (const x of data) expect(Number.isFinite(Number(x))).toBe(true);
});

test("environments are closed where the training cannot begin", async () => {
  let [made, closed, most] = [0, 0, 3];
  const env = async (): Promise<Env> => {
    if (made === most) throw new InputError("there are no more");
    made++;
    return Object.assign(await makeEnv("Identity-v0"), { close: () => void closed++ });
  };
  await expect(trainPpo({ env, envs: 3, evaluateEvery: 100 })).rejects.toThrow("there are no more");
  expect([made, closed]).toEqual([3, 3]);
  most = Infinity;
  const networks = mlp({ memory: "gru" });
  await expect(trainA2c({ env, envs: 3, evaluateEvery: 100, networks })).rejects.toThrow("networks with a memory");
  expect([made, closed]).toEqual([7, 7]);
});

test("the one-step actor-critic stops at the step that was asked for, in the middle of a report", async () => {
  const { summary } = await trainActorCritic({ env: "CartPole-v1", totalSteps: 701 });
  expect(summary.steps).toBe(701);
});

describe("where no episode has ended", () => {
  const forever = (): Env => {
    let t = 0;
    return {
      observationSpace: box(-1, 1, [1]),
      actionSpace: discrete(2),
      reset: () => ({ observation: [0], info: {} }),
      step: () => ({ observation: [0], reward: t++ % 4, terminated: false, truncated: false, info: {} }),
    };
  };
  const rewards = async (options: object): Promise<(number | undefined)[]> => {
    const seen: (number | undefined)[] = [];
    const onUpdate = ({ rewardPerStep }: { rewardPerStep?: number }) => void seen.push(rewardPerStep);
    await train("a2c", { env: forever, envs: 2, rollout: 100, totalSteps: 1400, hidden: [2], onUpdate, ...options });
    return seen;
  };

  test("an update reports rewards per step as they were given, from 500 steps of each environment on", async () => {
    const none = [undefined, undefined, undefined, undefined];
    expect(await rewards({})).toEqual([...none, 1.5, 1.5, 1.5]); // 0, 1, 2, 3, and warming up is no update of its own
    expect(await rewards({ normalizeRewards: false, normalizeObservations: false })).toEqual([...none, 1.5, 1.5, 1.5]);
  });

  test("a time limit by option ends them, and returns are reported in their place", async () => {
    expect(await rewards({ maxEpisodeSteps: 40 })).toEqual(Array(7).fill(undefined));
    const { summary } = await train("a2c", {
      env: forever,
      envs: 1,
      rollout: 10,
      totalSteps: 400,
      hidden: [2],
      maxEpisodeSteps: 10,
    });
    expect(summary).toMatchObject({ episodes: summary.steps / 10, meanReturn100: expect.closeTo(15, 0) as number });
  });
});
