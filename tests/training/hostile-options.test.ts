// Options that no caller with types could give, and sizes that no machine has: each is accepted, or refused in words.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { algorithms } from "../../src/algorithms/index.ts";
import {
  frameStack,
  makeEnv,
  normalizeReward,
  recordEpisodeStatistics,
  rescaleAction,
  timeLimit,
} from "../../src/envs/index.ts";
import { InputError } from "../../src/errors.ts";
import { mlp } from "../../src/nn/index.ts";
import { createTraining, evaluate, loadPolicy, optionsSchema, train } from "../../src/training/index.ts";

const cases = Number(process.env.POLGRAD_CASES ?? 80);
const names = Object.keys(algorithms) as (keyof typeof algorithms)[];

const throws = (): never => {
  throw new TypeError("no");
};
const circular: Record<string, unknown> = {};
circular.self = circular;
const deep: unknown = JSON.parse("[".repeat(1e5) + "]".repeat(1e5));
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** Values of every kind, made anew for each case: fast-check itself must not look at some. */
const odd: readonly (() => unknown)[] = [
  () => deep,
  () => circular,
  () => 10n,
  () => 10n ** 5000n,
  () => Symbol("s"),
  () => () => 1,
  () => new Date(0),
  () => NaN,
  () => -0,
  () => 1e308,
  () => 2 ** 53,
  () => -Infinity,
  () => "x".repeat(1e6),
  () => new Array<number>(3),
  () => new Array<number>(4e9),
  () => [64, , 64], // eslint-disable-line no-sparse-arrays
  () => Object.defineProperty({}, "x", { enumerable: true, get: throws }),
  () => Object.defineProperty({}, "constructor", { get: throws }),
  () => new Proxy({}, { get: throws, ownKeys: throws, has: throws, getPrototypeOf: throws }),
  revoked,
  () => Object.create(null) as unknown,
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown,
  () => new Map([[1, 2]]),
  () => new Float32Array([64]),
  () => null,
  () => "",
  () => ({ toString: throws, valueOf: throws }),
  () => Promise.resolve(1),
];
const oddValue = fc.nat(odd.length - 1);

/** Accepted, or refused in words that can be read. */
async function accepts(promise: () => unknown): Promise<boolean> {
  try {
    await promise();
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message.length).toBeLessThan(3000);
    return false;
  }
}

describe("options of a training", () => {
  const optionNames = (name: string): string[] => Object.keys(optionsSchema(name).shape);
  const keys = fc.constantFrom("__proto__", "constructor", "toString", "gama", "hiden", "network", "networks", "resume", "x".repeat(300)); // prettier-ignore

  test("of any kind, of all algorithms, are accepted or refused, and nothing is polluted", async () => {
    const options = fc.constantFrom(...names).chain((name) =>
      fc.tuple(
        fc.constant(name),
        fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...optionNames(name)) }, keys), oddValue), {
          minLength: 1,
          maxLength: 3,
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(options, async ([name, given]) => {
        const input = Object.fromEntries([
          ["env", "Identity-v0"],
          ["hidden", [4]],
          ...given.map(([key, i]) => [key, odd[i]()] as const),
        ]) as { env: string };
        await accepts(async () => (await createTraining(name, input)).close());
      }),
      { numRuns: cases, seed: 1 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("each kind of value, in the place of the options, the algorithm, and what goes with them", async () => {
    const env = "Identity-v0";
    for (const make of odd)
      for (const call of [
        () => createTraining("ppo", make() as never),
        () => createTraining(make() as never, { env }),
        () => train("ppo", make() as never),
        () => train("a2c", { env, hidden: [2], rollout: 1, totalSteps: 1, onUpdate: make() as never }),
        () => createTraining("ppo", { env: make() as never }),
        () => createTraining("ppo", { env: { module: make() } as never }),
        () => createTraining("ppo", { env: "CartPole-v1", hidden: [2], envOptions: { hideVelocity: make() } }),
        () => createTraining("ppo", { env, networks: make() as never }),
      ])
        await accepts(call);
  });
});

test("each kind of value as an environment, its options, and those of wrappers", async () => {
  const pendulum = await makeEnv("Pendulum-v1");
  const options = ["maxEpisodeSteps", "rescaleAction", "clipAction", "frameStack", "g", "__proto__"];
  for (const make of odd) {
    await accepts(() => makeEnv(make() as never));
    await accepts(() => makeEnv("Pendulum-v1", make() as never));
    for (const name of options) await accepts(() => makeEnv("Pendulum-v1", Object.fromEntries([[name, make()]])));
    for (const name of ["desc", "mapName", "mapSeed", "rewardSchedule"])
      await accepts(() => makeEnv("FrozenLake-v1", { [name]: make() }));
    await accepts(() => makeEnv("IdentityMultiDiscrete-v0", { counts: make() }));
    for (const wrap of [frameStack, timeLimit, rescaleAction] as ((env: never, x: never) => unknown)[]) {
      await accepts(() => wrap(pendulum as never, make() as never));
      expect(await accepts(() => wrap(make() as never, 2 as never))).toBe(false);
    }
    await accepts(() => normalizeReward(pendulum, make() as never));
    expect(await accepts(() => recordEpisodeStatistics(make() as never))).toBe(false);
  }
});

test("each kind of value as a policy, options of an evaluation, of networks, and of loading", async () => {
  const training = await createTraining("a2c", { env: "Identity-v0", hidden: [2], rollout: 1 });
  const { policy } = training;
  const bytes = training.savePolicy();
  training.close();
  for (const make of odd) {
    expect(await accepts(() => evaluate(make() as never, "Identity-v0"))).toBe(false);
    expect(await accepts(() => evaluate(policy, make() as never))).toBe(false);
    await accepts(() => evaluate(policy, "Identity-v0", make() as never));
    for (const name of ["episodes", "seed", "deterministic"])
      await accepts(() => evaluate(policy, "Identity-v0", { episodes: 1, [name]: make() }));
    for (const name of ["hidden", "activation", "memory", "memorySize"]) await accepts(() => mlp({ [name]: make() }));
    await accepts(() => mlp(make() as never));
    await accepts(() => loadPolicy(bytes, make() as never));
    for (const name of ["name", "networks"]) await accepts(() => loadPolicy(bytes, { [name]: make() }));
  }
});
