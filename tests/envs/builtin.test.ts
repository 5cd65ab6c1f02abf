// What every environment that comes along must do, whatever it is about.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkEnv,
  createStep,
  envSpec,
  makeEnv,
  type Action,
  type Env,
  type Observation,
} from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { createGenerator } from "../../src/random/index.ts";
import { sample } from "../../src/spaces/index.ts";

/** Gymnasium's limits and thresholds, and an action that never ends an episode. */
const registered: [id: string, maxEpisodeSteps?: number, rewardThreshold?: number, idle?: Action, options?: object][] =
  [
    ["CartPole-v1", 500, 475],
    ["Pendulum-v1", 200, undefined, Float32Array.of(1)],
    ["Acrobot-v1", 500, -100, 1],
    ["MountainCar-v0", 200, -110, 1],
    ["MountainCarContinuous-v0", 999, 90, Float32Array.of(0)],
    ["FrozenLake-v1", 100, 0.7, 3, { isSlippery: false }],
    ["FrozenLake8x8-v1", 200, 0.85, 3, { isSlippery: false }],
    ["CliffWalking-v1"],
    ["CliffWalkingSlippery-v1"],
    ["TwoStep-v0", undefined, 2.2],
    ["Terraces-v0", undefined, 3],
  ];

test.each(registered)(
  "%s: time limit %j, threshold %j",
  async (id, maxEpisodeSteps, rewardThreshold, idle, options) => {
    const spec = envSpec(id);
    expect([spec.maxEpisodeSteps, spec.rewardThreshold]).toEqual([maxEpisodeSteps, rewardThreshold]);
    if (idle === undefined || maxEpisodeSteps === undefined) return;
    const env = await makeEnv(id, { ...options });
    env.reset(1);
    for (let t = 1; t < maxEpisodeSteps; t++) {
      if (env.step(idle).terminated) expect.fail(`terminated at step ${t}`);
    }
    expect(env.step(idle)).toMatchObject({ terminated: false, truncated: true });
  },
);

const variants: [id: string, options?: Record<string, unknown>][] = [
  ...registered.map(([id]): [string] => [id]),
  ["CartPole-v1", { hideVelocity: true }],
  ["Pendulum-v1", { hideVelocity: true, g: 9.81 }],
  ["Acrobot-v1", { bookOrNips: "nips" }],
  ["FrozenLake-v1", { mapName: "random", mapSeed: 2, successRate: 0.9, rewardSchedule: [1, -1, -0.01] }],
  ["Terraces-v0", { length: 2, slip: 0, noise: 0.5 }],
  ["Recall-v0"],
  ["IdentityContinuous-v0"],
  ["IdentityMultiDiscrete-v0"],
  ["IdentityMultiBinary-v0"],
];

describe.each(variants)("%s %j", (id, options = {}) => {
  test("keeps the contract", async () => {
    const env = await makeEnv(id, options);
    expect(() => checkEnv(env)).not.toThrow();
  });

  test("gives each observation as out asks for it, and nothing but what the seed says", async () => {
    const [fresh, reused] = await Promise.all([makeEnv(id, options), makeEnv(id, options)]);
    const out = createStep(reused.observationSpace);
    const vector = out.observation;
    const actions = actionsOf(fresh, 3, 150);
    expect(reused.reset(7).observation).toEqual(fresh.reset(7).observation);
    for (const action of actions) {
      const result = fresh.step(action);
      expect(reused.step(action, out)).toBe(out);
      expect(out).toEqual(result);
      if (typeof vector === "object") expect(out.observation).toBe(vector);
      if (result.terminated || result.truncated) expect(reused.reset().observation).toEqual(fresh.reset().observation);
    }
  });

  test("goes on from a saved state, in JSON, as if nothing had been", async () => {
    const [one, other] = await Promise.all([makeEnv(id, options), makeEnv(id, options)]);
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(60), (seed, steps) => {
        const actions = actionsOf(one, seed, steps + 40);
        one.reset(seed);
        play(one, actions.slice(0, steps));
        other.reset();
        other.setState!(JSON.parse(JSON.stringify(one.getState!())));
        const rest = actions.slice(steps);
        expect(play(other, rest)).toEqual(play(one, rest));
        expect(other.reset().observation).toEqual(one.reset().observation); // the generator too
      }),
      { numRuns: 20 },
    );
  });

  test("says what is missing before the first reset", async () => {
    const env = await makeEnv(id, options);
    const [action] = actionsOf(env, 0, 1);
    expect(() => env.step(action)).toThrow(/before the first reset/);
    expect(() => env.getState!()).toThrow(/before the first reset/);
  });

  test("resets without a seed go on with the generator", async () => {
    const [a, b] = await Promise.all([makeEnv(id, options), makeEnv(id, options)]);
    const starts = (env: Env) => Array.from({ length: 5 }, (_, i) => env.reset(i === 0 ? 11 : undefined).observation);
    expect(starts(a)).toEqual(starts(b));
  });
});

test.each([
  "Pendulum-v1",
  "Acrobot-v1",
  "MountainCar-v0",
  "MountainCarContinuous-v0",
  "FrozenLake-v1",
  "CliffWalking-v1",
])("%s refuses the state of another", async (id) => {
  const env = await makeEnv(id, { maxEpisodeSteps: null });
  const foreign = await makeEnv(id === "FrozenLake-v1" ? "Pendulum-v1" : "FrozenLake-v1", { maxEpisodeSteps: null });
  foreign.reset(0);
  expect(() => env.setState!(id === "CliffWalking-v1" ? { state: 48 } : foreign.getState!())).toThrow(/not a state of/);
  expect(() => env.setState!(undefined)).toThrow(InputError);
});

const actionsOf = (env: Env, seed: number, count: number): Action[] => {
  const generator = createGenerator(seed);
  return Array.from({ length: count }, () => sample(env.actionSpace, generator));
};

/** Plays on, through the ends of episodes. */
function play(env: Env, actions: readonly Action[]): unknown[] {
  return actions.map((action) => {
    const { observation, reward, terminated, truncated } = env.step(action);
    const next: Observation | null = terminated || truncated ? env.reset().observation : null;
    return { observation, reward, terminated, truncated, next };
  });
}
