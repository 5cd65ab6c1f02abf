// Normalization: rewards in the unit of all that was played, whatever theirs was; the steps before the first rollout
// that is learned from; what is normalized at all; on several threads, and by every algorithm.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { algorithms, type AlgorithmName } from "../../src/algorithms/index.ts";
import { ppo } from "../../src/algorithms/ppo.ts";
import { createVectorEnv, makeEnv, type Env } from "../../src/envs/index.ts";
import {
  createAgent,
  createRemotePlayers,
  createRewardScaler,
  createRollout,
  shares,
  type AgentState,
} from "../../src/experience/index.ts";
import { type Moments } from "../../src/math/moments.ts";
import { createPolicy, type PolicyOptions } from "../../src/policies/index.ts";
import { createStreams } from "../../src/random/index.ts";
import { attachEngine, createEngine } from "../../src/tensor/index.ts";
import { type Pool } from "../../src/threads/index.ts";
import { createTraining, resolveOptions, runAtOnce, type UpdateReport } from "../../src/training/index.ts";
import { weightsSha256 } from "../../src/training/sha256.ts";
import { expectClose } from "../tensor/compare.ts";

const names = Object.keys(algorithms) as AlgorithmName[];
const vectorOf = async (env: string, count: number, seed: number, first = 0) =>
  createVectorEnv(await Promise.all(Array.from({ length: count }, () => makeEnv(env))), createStreams(seed)("environments"), first); // prettier-ignore

describe("rewards", () => {
  /** A rollout of one environment, that never ends unless told. */
  const played = (rewards: number[], ends: number[] = [], environments = 1) => ({
    steps: rewards.length / environments,
    environments,
    rewards: Float64Array.from(rewards),
    terminated: Uint8Array.from(rewards, (_, k) => +(ends.includes(k) && k % 2 === 0)),
    truncated: Uint8Array.from(rewards, (_, k) => +(ends.includes(k) && k % 2 === 1)),
  });

  const n = 2;
  const reward = fc.oneof(fc.double({ min: -10, max: 10, noNaN: true }).filter((x) => Math.abs(x) > 1e-6), fc.constantFrom(0, 1, -1)); // prettier-ignore
  const step = fc.record({ rewards: fc.tuple(reward, reward), ended: fc.tuple(fc.boolean(), fc.boolean()) });
  const rollouts = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });
  type Steps = { rewards: [number, number]; ended: [boolean, boolean] }[];
  const rolloutOf = (steps: Steps, factor: number) =>
    played(
      steps.flatMap(({ rewards }) => rewards.map((r) => r * factor)),
      steps.flatMap(({ ended }, t) => ended.flatMap((is, i) => (is ? [t * n + i] : []))),
      n,
    );

  test.each([0.01, 1000, 1e6, 1e-6, 1 / 3])("times %s are the same, scaled, and never beyond ±6", (factor) => {
    fc.assert(
      fc.property(rollouts, (all) => {
        const [plain, other] = [createRewardScaler(n, 0.9), createRewardScaler(n, 0.9)];
        for (const steps of all) {
          const [a, b] = [plain.scaled(rolloutOf(steps, 1)), other.scaled(rolloutOf(steps, factor))];
          expectClose(b.rewards, a.rewards, 1e-7);
          expect(Math.max(...a.rewards.map(Math.abs))).toBeLessThanOrEqual(6.000001);
        }
      }),
    );
  });

  test.each([0.01, 1000])("times %s are the same by single steps too", (factor) => {
    fc.assert(
      fc.property(rollouts, (all) => {
        const [plain, other] = [createRewardScaler(n, 0.9), createRewardScaler(n, 0.9)];
        for (const one of all.flat()) {
          const [a, b] = [1, factor].map((f) => rolloutOf([one], f));
          plain.scale(a.rewards, a.terminated, a.truncated, a.rewards);
          other.scale(b.rewards, b.terminated, b.truncated, b.rewards);
          expectClose(b.rewards, a.rewards, 1e-7);
        }
      }),
    );
  });

  test("of one rollout have one unit, that of all returns so far; its own stay as they are", () => {
    const scaler = createRewardScaler(1, 0.5);
    const first = played([4, 0, 0, 8], [1]);
    // Returns: 0 at the start, 4, 2 (the end), 0, 8: a range of 8, a variance of 84/5 − 2.8².
    expectClose(scaler.scaled(first).rewards, [4, 0, 0, 8].map((r) => r / Math.sqrt(8.96)), 1e-12); // prettier-ignore
    expect([...first.rewards]).toEqual([4, 0, 0, 8]);
    // The open return of 8 goes on: 8/2 + 1, then 5/2 + 1.
    const returns = [0, 4, 2, 0, 8, 5, 3.5];
    const mean = returns.reduce((a, b) => a + b) / 7;
    const variance = returns.reduce((total, x) => total + (x - mean) ** 2, 0) / 7;
    const state = JSON.parse(JSON.stringify(scaler.getState())) as ReturnType<typeof scaler.getState>;
    expectClose(scaler.scaled(played([1, 1])).rewards, [1, 1].map((r) => r / Math.sqrt(variance)), 1e-12); // prettier-ignore
    const restored = createRewardScaler(1, 0.5);
    restored.setState(state);
    restored.scaled(played([1, 1]));
    expect(restored.getState()).toEqual(scaler.getState());
  });

  test.each([1, 1000, -0.01])("a first one of %s after 50,000 zeros is at most 6", (sparse) => {
    const [by, bySteps] = [createRewardScaler(1, 0.99), createRewardScaler(1, 0.99)];
    const zeros = played(Array<number>(1000).fill(0), [200]);
    const out = new Float64Array(1);
    for (let i = 0; i < 50; i++) {
      expect(Math.max(...by.scaled(zeros).rewards)).toBe(0);
      for (let t = 0; t < 1000; t++)
        bySteps.scale(zeros.rewards.subarray(t, t + 1), zeros.terminated.subarray(t, t + 1), zeros.truncated.subarray(t, t + 1), out); // prettier-ignore
    }
    expect(out[0]).toBe(0);
    const { rewards } = by.scaled(played([...Array<number>(999).fill(0), sparse]));
    bySteps.scale(Float64Array.of(sparse), Uint8Array.of(0), Uint8Array.of(0), out);
    for (const scaled of [rewards[999], out[0]]) {
      expect(Math.abs(scaled)).toBeLessThanOrEqual(6.000001);
      expect(Math.abs(scaled)).toBeGreaterThan(5.9);
      expect(Math.sign(scaled)).toBe(Math.sign(sparse));
    }
  });

  test("too small to divide by are 0, not NaN", () => {
    const { rewards } = createRewardScaler(1, 0.99).scaled(played([0, 5e-324, 0, 0]));
    expect(rewards.every(Number.isFinite), rewards.join()).toBe(true);
  });

  test("a state of version 0.1 goes on with √(variance + 1e-8)", () => {
    const scaler = createRewardScaler(1, 0.5);
    scaler.scaled(played([100, -100]));
    scaler.setState({ moments: { count: 1e9, mean: [0], variance: [4] }, returns: [0] });
    expect(scaler.scaled(played([1e-3])).rewards[0] * 2e3).toBeCloseTo(1, 6);
  });
});

/** An agent in four environments, with the policy that PPO would begin with. */
async function agentIn(env: string, options: Partial<PolicyOptions> & { seed?: number; rewards?: boolean }) {
  const { seed = 1, rewards = false, ...rest } = options;
  const vector = await vectorOf(env, 4, seed);
  const streams = createStreams(seed);
  const all = { ...resolveOptions("ppo", { env }), hidden: [16], ...rest };
  const policy = createPolicy(await createEngine(), vector, all, streams("initialization"));
  const normalizeRewards = rewards ? { gamma: 0.99 } : undefined;
  const agent = createAgent({ vector, policy, actions: streams("actions"), normalizeRewards });
  agent.reset();
  return { agent, policy };
}

describe("warm-up", () => {
  test.each(["CartPole-v1", "Pendulum-v1", "Acrobot-v1"])(
    "%s: hardly any row of the first rollout is cut off at ±10, as most are without it",
    async (env) => {
      const cutOff = async (seed: number, isWarm: boolean): Promise<number> => {
        const { agent, policy } = await agentIn(env, { normalizeObservations: true, seed });
        if (!isWarm) agent.steps = 1; // as if it had been
        const rollout = createRollout(128, 4, policy);
        runAtOnce(agent.collect(rollout));
        expect(agent.steps).toBe(isWarm ? 1512 : 513);
        const rows = Array.from({ length: 512 }, (_, k) => rollout.observations.subarray(k * policy.observationSize, (k + 1) * policy.observationSize)); // prettier-ignore
        return rows.filter((row) => row.some((x) => Math.abs(x) >= 10)).length / rows.length;
      };
      for (const seed of [1, 2, 3]) expect(await cutOff(seed, true), `seed ${seed}`).toBeLessThan(0.05);
      expect(await cutOff(1, false)).toBeGreaterThan(0.2);
    },
  );

  const pendulum = { env: "Pendulum-v1", hidden: [8], totalSteps: 20_000, seed: 3 };
  const both = { normalizeObservations: true, normalizeRewards: true };
  // Steps of the first update; an episode of Pendulum has 200.
  const cases: [AlgorithmName, Record<string, unknown>, { warm: number; update: number }][] = [
    ["ppo", { envs: 4, rollout: 32 }, { warm: 1000, update: 128 }],
    ["ppo", { envs: 3, rollout: 32 }, { warm: 1002, update: 96 }],
    ["a2c", { envs: 4, rollout: 8 }, { warm: 1000, update: 32 }],
    ["trpo", { envs: 2, rollout: 64 }, { warm: 1000, update: 128 }],
    ["reinforce", {}, { warm: 1000, update: 200 }],
    ["actor-critic", { envs: 1, reportEvery: 100 }, { warm: 1000, update: 100 }],
  ];

  test.each(cases)(
    "%s %o: its steps count, once, and only where something is normalized",
    async (name, more, { warm, update }) => {
      // prettier-ignore
      for (const [normalized, steps] of [
      [{ normalizeObservations: true }, warm + update],
      [{ normalizeRewards: true }, warm + update],
      [both, warm + update],
      [{}, update],
    ] as const) {
      const training = await createTraining(name, { ...pendulum, ...more, normalizeObservations: false, normalizeRewards: false, ...normalized }); // prettier-ignore
      const { policy } = training;
      expect(training.step).toBe(0);
      expect(training.update().step).toBe(steps);
      expect([training.step, training.updates]).toEqual([steps, 1]);
      expect(training.update().step).toBe(steps + update);
      // The first observations, and what followed each step.
      const envs = (more.envs as number | undefined) ?? 1;
      if (policy.normalizer) expect(policy.normalizer.count).toBe(envs + steps + update);
      else expect(normalized).not.toHaveProperty("normalizeObservations");
    }
    },
  );

  test.each<[AlgorithmName, Record<string, unknown>, steps: number]>([
    ["ppo", { envs: 4, rollout: 32, totalSteps: 10_000 }, 500 + 128],
    ["ppo", { envs: 3, rollout: 32, totalSteps: 2000 }, 102 + 96],
    ["a2c", { envs: 4, rollout: 8, totalSteps: 10 }, 4 + 32],
    ["a2c", { envs: 4, rollout: 8, totalSteps: 1_000_000 }, 1000 + 32],
    ["a2c", { envs: 4, rollout: 8, totalSteps: null, totalEpisodes: 40 }, 1000 + 32],
    ["actor-critic", { envs: 1, reportEvery: 100, totalSteps: 5000 }, 250 + 100],
    ["reinforce", { totalSteps: 5000 }, 2 * 200 + 200], // whole episodes
    ["reinforce", { totalSteps: null, totalEpisodes: 40 }, 2 * 200 + 200],
    ["reinforce", { totalSteps: null, totalEpisodes: 41 }, 3 * 200 + 200],
    ["reinforce", { totalSteps: null, totalEpisodes: 400 }, 1000 + 200],
    ["a3c", { envs: 2, rollout: 5, workers: 1, reportEvery: 100, totalSteps: 9000 }, 450 + 100],
  ])("%s %o: it is at most a twentieth of the run", async (name, more, steps) => {
    const training = await createTraining(name, { ...pendulum, ...both, ...more });
    expect(training.update().step).toBe(steps);
  });

  test("its episodes are told as those of the first update", async () => {
    const training = await createTraining("ppo", { ...pendulum, ...both, envs: 4, rollout: 32 });
    const { finished, episodes } = training.update();
    expect(finished.map(({ step, length }) => [step, length])).toEqual([797, 798, 799, 800].map((step) => [step, 200]));
    expect(episodes).toBe(4);
    expect(training.meanReturn100).toBeLessThan(-500);
  });

  test.each(cases)(
    "%s %o: a resumed run goes on without one, with the same bits",
    async (name, more, { warm, update }) => {
      // prettier-ignore
      const options = { ...pendulum, ...both, ...more };
      const whole = await createTraining(name, options);
      const start = whole.checkpoint();
      whole.update();
      const checkpoint = whole.checkpoint();
      const report = whole.update();

      const resumed = await createTraining(name, options, checkpoint);
      expect(resumed.step).toBe(warm + update);
      expect(resumed.update()).toEqual(report);
      expect(resumed.step).toBe(warm + 2 * update);
      expect(resumed.weightsSha256()).toBe(whole.weightsSha256());
      // What was saved before it does warm up.
      const begun = await createTraining(name, options, start);
      expect(begun.update().step).toBe(warm + update);
      expect(begun.update()).toEqual(report);
      expect(begun.weightsSha256()).toBe(whole.weightsSha256());
    },
  );

  test("nothing is learned from it but what there is to normalize", async () => {
    const { agent, policy } = await agentIn("CartPole-v1", { normalizeObservations: true, rewards: true });
    const before = weightsSha256(policy.engine, policy.weights);
    runAtOnce(agent.warmUp());
    expect(agent.steps).toBe(1000);
    expect(policy.normalizer!.count).toBe(1004);
    // Rewards of 1, discounted by 0.99: returns of 1 to some 20, and the 0 at the start.
    const { moments } = agent.getState().rewards!;
    expect(moments.count).toBe(1001);
    expect(moments.low).toEqual([0]);
    expect(moments.high![0]).toBeGreaterThan(10);
    expect(weightsSha256(policy.engine, policy.weights)).toBe(before);
    runAtOnce(agent.warmUp());
    expect(agent.steps, "only once").toBe(1000);
  });
});

describe("what is encoded as zeros and ones is not normalized", () => {
  const lake = { env: "FrozenLake-v1", hidden: [8], totalSteps: 20_000, normalizeObservations: true, seed: 2 };
  test.each(names)("%s", async (name) => {
    const training = await createTraining(name, lake);
    expect(training.policy.normalizer).toBeUndefined();
    training.update();
    const resumed = await createTraining(name, lake, training.checkpoint());
    expect(resumed.policy.normalizer).toBeUndefined();
    expect(resumed.step).toBe(training.step);
    const box = await createTraining(name, { ...lake, env: "CartPole-v1" });
    expect(box.policy.normalizer!.low!.length).toBe(4);
  });

  test("and needs no warm-up, but rewards do", async () => {
    const options = { ...lake, envs: 2, rollout: 16, normalizeRewards: false };
    expect((await createTraining("ppo", options)).update().step).toBe(32);
    expect((await createTraining("ppo", { ...options, normalizeRewards: true })).update().step).toBe(1032);
  });
});

describe("every algorithm, with both normalizations", () => {
  /** Pendulum with other rewards; −16 to 0 a step otherwise. */
  const times = (factor: number) => async (): Promise<Env> => {
    const env: Env = await makeEnv("Pendulum-v1");
    return {
      observationSpace: env.observationSpace,
      actionSpace: env.actionSpace,
      reset: (seed) => env.reset(seed),
      step(action) {
        const step = env.step(action);
        return { ...step, reward: step.reward * factor };
      },
    };
  };
  const options = { normalizeObservations: true, normalizeRewards: true, hidden: [8], totalSteps: 1800, seed: 5 };

  async function trained(name: AlgorithmName, factor: number) {
    const training = await createTraining(name, {
      ...options,
      ...(name === "a3c" && { workers: 1 }),
      env: times(factor),
    });
    const reports: UpdateReport[] = [];
    while (!training.done) reports.push(training.update());
    return { training, reports };
  }

  test.each(names)("%s learns the same from rewards × 2^20 and × 2^−20, to the last bit", async (name) => {
    const [plain, large, small] = [await trained(name, 1), await trained(name, 2 ** 20), await trained(name, 2 ** -20)];
    expect(plain.training.step).toBeGreaterThanOrEqual(1800);
    for (const { training, reports } of [large, small]) {
      expect(training.weightsSha256()).toBe(plain.training.weightsSha256());
      expect(reports.map((r) => r.metrics)).toEqual(plain.reports.map((r) => r.metrics));
    }
    const [of1, of2] = [plain, large].map(({ reports }) => reports.flatMap((r) => r.finished.map((e) => e.return)));
    expect(of2.length).toBeGreaterThan(4);
    expectClose(of2, of1.map((x) => x * 2 ** 20), 1e-9); // prettier-ignore
  });

  test.each(names.flatMap((name) => [1e6, 1e-6].map((factor) => ({ name, factor }))))(
    "$name stays finite with rewards × $factor",
    async ({ name, factor }) => {
      const { training, reports } = await trained(name, factor);
      for (const { metrics } of reports)
        for (const [metric, value] of Object.entries(metrics)) expect(Number.isFinite(value), metric).toBe(true);
      const { engine, weights, normalizer } = training.policy;
      const untrained = await createTraining(name, {
        ...options,
        ...(name === "a3c" && { workers: 1 }),
        env: times(factor),
      });
      expect(training.weightsSha256()).not.toBe(untrained.weightsSha256());
      for (const variable of weights) expect(engine.read(variable).every((x) => Math.abs(x) < 100)).toBe(true);
      expect(normalizer!.count).toBeGreaterThan(1700);
      // As a network that learns from rewards of around 1: V is of that size.
      expect(Math.abs(training.policy.value([1, 0, 0]))).toBeLessThan(100);
    },
  );
});

describe("PPO on several threads", () => {
  const options = { env: "Pendulum-v1", envs: 5, rollout: 32, hidden: [8], totalSteps: 20_000, seed: 7, normalizeObservations: true, normalizeRewards: true, strict: true }; // prettier-ignore

  /** PPO whose other threads are played by this one: their messages go through JSON, as between real ones. */
  async function learnerOn(threads: number) {
    const resolved = resolveOptions("ppo", options) as never;
    const { env, envs, seed, strict } = options;
    const sizes = shares(envs, threads);
    const firsts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
    const vectors = await Promise.all(sizes.map((size, i) => vectorOf(env, size, seed, firsts[i])));
    const streams = createStreams(seed);

    const answers: unknown[] = [];
    const workers: ((message: unknown) => unknown)[] = [];
    const copy = (message: unknown): unknown => JSON.parse(JSON.stringify(message ?? null));
    const receiveNow = (thread: number): unknown => copy(answers[thread]);
    const pool = {
      size: threads,
      running: false, // no slots of programs are shared out
      send: (thread: number, message: unknown) => void (answers[thread] = workers[thread](copy(message))),
      receiveNow,
      *receive(thread: number): Generator<void, unknown> {
        yield;
        return receiveNow(thread);
      },
    } as unknown as Pool;
    const engine = await createEngine({ strict, threads: threads > 1 ? pool : undefined });
    const others = threads > 1 ? createRemotePlayers(pool, envs) : undefined;
    const learner = ppo.create({ options: resolved, engine, streams, vector: vectors[0], environments: envs, others });
    for (let i = 1; i < threads; i++) {
      const attached = attachEngine(engine.share([...learner.weights, ...learner.variables]));
      workers[i] = ppo.work!({ options: resolved, engine: attached, vector: vectors[i], first: firsts[i], streams });
    }
    return {
      agent: learner.states.agent as { getState(): AgentState; setState(state: AgentState): void },
      reset: () => runAtOnce(learner.play.resetInSlices()),
      update: () => ({ steps: learner.progress.steps, metrics: runAtOnce(learner.update(1)) }),
      finished: learner.play.finished,
      steps: () => learner.progress.steps,
      weights: () => weightsSha256(engine, learner.weights),
    };
  }

  test("the same bits for 1, 2 and 5, the warm-up included", async () => {
    const alone = await learnerOn(1);
    alone.reset();
    const reports = [alone.update(), alone.update(), alone.update()];
    expect(alone.steps()).toBe(1000 + 3 * 160);
    for (const threads of [2, 5]) {
      const shared = await learnerOn(threads);
      shared.reset();
      expect([shared.update(), shared.update(), shared.update()]).toEqual(reports);
      expect(shared.weights()).toBe(alone.weights());
      expect(shared.finished).toEqual(alone.finished);
      expect(shared.agent.getState()).toEqual(alone.agent.getState());
    }
    expect(alone.finished.map(({ step }) => step)).toEqual([996, 997, 998, 999, 1000]);
  });

  test("a state of version 0.1, without ranges, goes on the same on 1 and 2", async () => {
    const before = await learnerOn(1);
    before.reset();
    before.update();
    const state = JSON.parse(JSON.stringify(before.agent.getState())) as AgentState;
    for (const moments of [state.observationMoments!, state.rewards!.moments] as Moments[]) {
      delete moments.low;
      delete moments.high;
    }
    const [one, two] = [await learnerOn(1), await learnerOn(2)];
    const reports = [one, two].map((learner) => {
      learner.agent.setState(structuredClone(state));
      return [learner.update(), learner.update()];
    });
    expect(one.agent.getState().observationMoments!.low).toBeUndefined();
    expect(reports[1]).toEqual(reports[0]);
    expect(two.weights()).toBe(one.weights());
  });
});
