// What an environment hands over is accepted in training, in evaluation and by a policy, or refused by all of them.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  createVectorEnv,
  envProblems,
  frameStack,
  normalizeObservation,
  normalizeReward,
  recordEpisodeStatistics,
  timeLimit,
  type Env,
  type VectorEnv,
} from "../../src/envs/index.ts";
import { InputError, RunError } from "../../src/errors.ts";
import { createActorCritic, type ActorCritic } from "../../src/policies/index.ts";
import { createGenerator, SeedSequence } from "../../src/random/index.ts";
import {
  box,
  discrete,
  flatSize,
  maskSize,
  multiBinary,
  multiDiscrete,
  sample,
  type Box,
  type Space,
} from "../../src/spaces/index.ts";
import { createEngine, type Engine } from "../../src/tensor/index.ts";
import { createTraining, evaluateSync, train } from "../../src/training/index.ts";

const numRuns = Number(process.env.POLGRAD_CASES ?? 25);

let engine: Engine;
beforeAll(async () => void (engine = await createEngine()));

/** An environment whose first step is the last one of its episode; anything may be put in its place. */
function oneStep(observationSpace: Space, result: object, parts: object = {}): Env {
  const observation = sample(observationSpace, createGenerator(0));
  return {
    observationSpace,
    actionSpace: discrete(3),
    reset: () => ({ observation, info: {} }),
    step: () => ({ observation, reward: 1, terminated: false, truncated: true, info: {}, ...result }),
    ...parts,
  };
}

const policyFor = (observationSpace: Space, actionSpace: Space, masked = false): ActorCritic =>
  createActorCritic(engine, { observationSpace, actionSpace, masked, networks: { hidden: [2] }, seed: new SeedSequence(1) }); // prettier-ignore

const thrownBy = (call: () => unknown): Error | null => {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return null;
};

const vectorOf = (env: Env): VectorEnv => {
  const vector = createVectorEnv([env], new SeedSequence(1));
  vector.reset();
  return vector;
};
const step = (vector: VectorEnv): void =>
  vector.step(new Float32Array(vector.actionSpace.kind === "multiDiscrete" ? vector.actionSpace.counts.length : 1));

/** The same from all: `null`, or errors of which each says `part`, and where in training and in evaluation. */
function expectAlike(verdicts: Record<string, Error | null>, good: boolean, part: string): void {
  for (const [who, error] of Object.entries(verdicts)) {
    if (good) {
      expect(error?.message, who).toBeUndefined();
      continue;
    }
    expect(error, who).toBeInstanceOf(who === "act" || who === "probabilities" || who === "sample" ? InputError : RunError); // prettier-ignore
    expect(error!.message, who).toContain(part);
    if (who === "training") expect(error!.message).toMatch(/^environment 0, step \d+ \(.* with seed \d+\): /);
    if (who === "evaluation") expect(error!.message).toMatch(/^the environment, .* with seed \d+: /);
  }
}

/** What may stand in an array, in a message's words; numbers are left to the space. */
const strangers: [unknown, string][] = [
  [null, "null"],
  [undefined, "undefined"],
  ["0", 'a string ("0")'],
  ["", 'a string ("")'],
  [[0], "an array ([0])"],
  [{}, "an object"],
  [0n, "a bigint (0n)"],
  [new Number(0), "a Number"],
];

/** The float32 next to x, away from 0 or towards it. */
function next(x: number, steps: number): number {
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0] += steps;
  return new Float32Array(bits.buffer)[0];
}

/** The farthest float32 beyond a bound that counts as rounding, and what is farther. */
function beyond(space: Box, j: number, upper: boolean): [rounding: number, farther: number] {
  const [bound, other] = upper ? [space.high[j], space.low[j]] : [space.low[j], space.high[j]];
  const sign = upper ? 1 : -1;
  if (bound !== 0) {
    const away = bound > 0 === upper ? 1 : -1;
    return [next(bound, away), next(bound, 2 * away)];
  }
  const size = Math.min(1, Math.abs(other));
  const most = 2 ** (Math.floor(Math.log2(size)) - 23);
  return [sign * most, sign * 1.01 * most];
}

describe("observations", () => {
  const spaces: Space[] = [
    box([-1, 0, -Infinity], [1, 255, Infinity]),
    box([0, -0.25, 0.1], [0.5, 0, 0.7]),
    discrete(3, -1),
    multiDiscrete([3, 2]),
    multiBinary(3),
  ];

  /** A component, whether it is good, and how a message puts it. */
  type Part = [value: unknown, good: boolean, words: string];
  const inBox = (space: Box, j: number): fc.Arbitrary<Part> => {
    const [low, high] = [Math.max(space.low[j], -1e30), Math.min(space.high[j], 1e30)];
    const ends = [false, true].filter((upper) => Number.isFinite((upper ? space.high : space.low)[j]));
    const edges = ends.flatMap((upper): Part[] => {
      const [rounding, farther] = beyond(space, j, upper);
      return [[rounding, true, ""], [farther, false, `${farther}, outside the bounds`]]; // prettier-ignore
    });
    return fc.oneof(
      { weight: 4, arbitrary: fc.double({ min: low, max: high, noNaN: true }).map((x): Part => [x, true, ""]) },
      fc.constantFrom<Part>(...edges, [low, true, ""], [high, true, ""], [NaN, false, "NaN"], [Infinity, false, "Infinity, but must be finite"], [1e39, false, "1e+39"]), // prettier-ignore
    );
  };
  const whole = (n: number): fc.Arbitrary<Part> =>
    fc.oneof(
      { weight: 3, arbitrary: fc.nat(n - 1).map((x): Part => [x, true, ""]) },
      fc.constantFrom<Part>([n, false, `${n}`], [-1, false, "-1"], [0.5, false, "0.5"], [NaN, false, "NaN"]),
    );
  const stranger = fc.constantFrom(...strangers, [true, "true"] as [unknown, string]).map(([x, words]): Part => [x, false, words]); // prettier-ignore

  /** An observation, and the part of the message that names what is wrong with it; null if nothing is. */
  type Case = { observation: unknown; problem: string | null };
  function casesOf(space: Space): fc.Arbitrary<Case> {
    if (space.kind === "discrete")
      return fc.oneof(
        fc.nat(space.n - 1).map((k) => ({ observation: k + space.start, problem: null })),
        fc
          .constantFrom<[unknown, string]>(...strangers, [true, "true"], [2, "2"], [NaN, "NaN"], [0.5, "0.5"])
          .map(([observation, words]) => ({ observation, problem: `the observation is ${words}` })),
      );
    const size = space.kind === "box" ? space.low.length : space.kind === "multiBinary" ? space.n : space.counts.length;
    const parts = Array.from({ length: size }, (_, j) => {
      const sound = space.kind === "box" ? inBox(space, j) : whole(space.kind === "multiBinary" ? 2 : space.counts[j]);
      return fc.oneof({ weight: 12, arbitrary: sound }, stranger);
    });
    const array = fc.tuple(...parts).map((components): Case => {
      const wrong = components.findIndex(([, good]) => !good);
      const problem = wrong < 0 ? null : `observation[${wrong}] is ${components[wrong][2]}`;
      return { observation: components.map(([x]) => x), problem };
    });
    const typed = array.chain((made) =>
      (made.observation as unknown[]).every((x) => typeof x === "number")
        ? fc.constantFrom(made, { ...made, observation: Float64Array.from(made.observation as number[]) })
        : fc.constant(made),
    );
    const good = Array.from({ length: size }, () => (space === spaces[1] ? 0 : 1)); // never looked at
    const containers = fc.constantFrom<Case>(
      ...strangers.filter(([x]) => !Array.isArray(x)).map(([observation, words]) => ({ observation, problem: `the observation is ${words}` })),
      { observation: true, problem: "the observation is true" },
      { observation: 0, problem: "the observation is 0" },
      { observation: { ...good, length: size }, problem: "the observation is an object" },
      { observation: [], problem: "the observation has 0 components" },
      { observation: [...good, 0], problem: `the observation has ${size + 1} components` },
      { observation: new BigInt64Array(size), problem: "observation[0] is a bigint (0n)" },
      { observation: new Array(size), problem: "observation[0] is undefined" },
      { observation: new DataView(new ArrayBuffer(size)), problem: "the observation is a DataView" },
    ); // prettier-ignore
    return fc.oneof({ weight: 4, arbitrary: typed }, containers);
  }

  test.each(spaces)("of %j", (space) => {
    const policy = policyFor(space, discrete(3));
    fc.assert(
      fc.property(casesOf(space), ({ observation, problem }) => {
        const env = oneStep(space, { observation });
        const atReset = oneStep(space, {}, { reset: () => ({ observation, info: {} }) });
        const verdicts = {
          training: thrownBy(() => step(vectorOf(env))),
          trainingAtReset: thrownBy(() => vectorOf(atReset)),
          evaluation: thrownBy(() => evaluateSync(policy, env, { episodes: 1 })),
          evaluationAtReset: thrownBy(() => evaluateSync(policy, atReset, { episodes: 1 })),
          act: thrownBy(() => policy.act(observation as never)),
          probabilities: thrownBy(() => policy.probabilities(observation as never)),
        };
        expectAlike(verdicts, problem === null, problem ?? "");
        const problems = envProblems(env).join();
        if (problem === null) expect(problems).toBe("");
        else expect(problems).toContain(problem);
        // Whoever accepts one sees the same numbers.
        if (problem !== null) return;
        const { observations } = vectorOf(atReset);
        const seen = space.kind === "box" ? observations.slice() : (observation as never);
        expect(policy.value(observation as never)).toBe(policy.value(seen as never));
      }),
      { numRuns },
    );
  });

  test("of an environment in a wrapper that works with them", () => {
    const space = box(-1, 1, [2]);
    for (const wrap of [frameStackOf2, normalizeObservation])
      for (const [stranger, words] of strangers) {
        const env = wrap(oneStep(space, { observation: [0, stranger] }));
        const policy = policyFor(env.observationSpace, env.actionSpace);
        const part = `: observation[1] is ${words}, but must be a number`;
        expectAlike({ training: thrownBy(() => step(vectorOf(env))), evaluation: thrownBy(() => evaluateSync(policy, env)) }, false, part); // prettier-ignore
      }
  });
});

const frameStackOf2 = (env: Env): Env => frameStack(env, 2);

describe("action masks", () => {
  const entries: [entry: unknown, good: boolean, words: string][] = [
    ...[0, 1, true, false, 2, -1, 1e-60, Infinity].map((x): [unknown, boolean, string] => [x, true, ""]),
    [NaN, false, "NaN"],
    ...strangers.map(([x, words]): [unknown, boolean, string] => [x, false, words]),
  ];
  const cases = (size: number) =>
    fc.tuple(
      fc.array(fc.oneof({ weight: 10, arbitrary: fc.constantFrom(...entries.slice(0, 8)) }, fc.constantFrom(...entries)), { minLength: size, maxLength: size }),
      fc.boolean(),
    ); // prettier-ignore

  test.each([discrete(3, 5), multiDiscrete([2, 3])])("of %j", (space) => {
    const policy = policyFor(discrete(2), space, true);
    const size = maskSize(space);
    const counts = space.kind === "discrete" ? [size] : space.counts;
    fc.assert(
      fc.property(cases(size), ([parts, asTyped]) => {
        const wrong = parts.findIndex(([, good]) => !good);
        let mask: ArrayLike<unknown> = parts.map(([x]) => x);
        if (asTyped && wrong < 0) mask = Float64Array.from(mask as number[]);
        const allowed = Array.from(mask, (x) => (x ? 1 : 0));
        let at = 0;
        const bare = counts.findIndex((count) => !allowed.slice(at, (at += count)).includes(1));
        const good = wrong < 0 && bare < 0;
        const part = wrong < 0 ? "the action mask forbids every" : `entry ${wrong} of the action mask is ${parts[wrong][2]}`; // prettier-ignore

        const env = oneStep(discrete(2), {}, { actionSpace: space, actionMask: () => mask });
        const queried = { mask: mask as number[] };
        const verdicts = {
          training: thrownBy(() => vectorOf(env)),
          evaluation: thrownBy(() => evaluateSync(policy, env, { episodes: 1 })),
          act: thrownBy(() => policy.act(0, queried)),
          probabilities: thrownBy(() => policy.probabilities(0, queried)),
          sample: thrownBy(() => sample(space, createGenerator(0), queried.mask)),
        };
        expectAlike(verdicts, good, part);
        expect(envProblems(env).join()).toContain(good ? "" : part);
        if (!good) return;
        expect([...vectorOf(env).actionMasks!]).toEqual(allowed);
        expect([...policy.probabilities(0, queried)].map((p) => +(p > 0))).toEqual(allowed);
        expect(policy.probabilities(0, queried)).toEqual(policy.probabilities(0, { mask: allowed }));
      }),
      { numRuns },
    );
  });

  test.each([[undefined, "undefined"], [null, "null"], [7, "7"], ["101", 'a string ("101")'], [{ length: 3 }, "an object"]])("%j is none", (mask, words) => {
    const policy = policyFor(discrete(2), discrete(3), true);
    const env = oneStep(discrete(2), {}, { actionMask: () => mask });
    const verdicts = {
      training: thrownBy(() => vectorOf(env)),
      evaluation: thrownBy(() => evaluateSync(policy, env, { episodes: 1 })),
    };
    expectAlike(verdicts, false, `the action mask is ${words}, but must be an array`);
    if (mask !== undefined) expect(thrownBy(() => policy.act(0, { mask: mask as never }))).toBeInstanceOf(InputError);
  }); // prettier-ignore
});

describe("rewards and flags", () => {
  const space = box(-1, 1, [1]);
  const wrappers: [string, (env: Env) => Env][] = [
    ["no wrapper", (env) => env],
    ["timeLimit", (env) => timeLimit(env, 9)],
    ["frameStack", frameStackOf2],
    ["normalizeObservation", (env) => normalizeObservation(env)],
    ["normalizeReward", (env) => normalizeReward(env)],
    ["recordEpisodeStatistics", (env) => recordEpisodeStatistics(env)],
  ];
  const wrong: [string, unknown, string][] = [
    ...strangers.map(([x, words]): [string, unknown, string] => ["reward", x, words]),
    ["reward", true, "true"],
    ["reward", NaN, "NaN"],
    ["reward", -Infinity, "-Infinity"],
    ...strangers.map(([x, words]): [string, unknown, string] => ["terminated", x, words]),
    ["truncated", 1, "1"],
    ["truncated", new Boolean(true), "a Boolean"],
  ];

  test.each(wrappers)("under %s", (_, wrap) => {
    const { observationSpace } = wrap(oneStep(space, {}));
    const policy = policyFor(observationSpace, discrete(3));
    for (const [name, value, words] of wrong) {
      const env = () => wrap(oneStep(space, { [name]: value }));
      const verdicts = {
        training: thrownBy(() => step(vectorOf(env()))),
        evaluation: thrownBy(() => evaluateSync(policy, env(), { episodes: 1 })),
      };
      expectAlike(verdicts, false, `${name} is ${words}, but must be `);
    }
  });

  test("results that are none, and what is thrown", () => {
    const policy = policyFor(space, discrete(3));
    const boom = () => {
      throw new TypeError("boom");
    };
    for (const [parts, part] of [
      [{ step: () => undefined }, "step returned undefined, but must return an object"],
      [{ step: () => [0] }, "step returned an array, but must"],
      [{ reset: () => undefined }, "reset returned undefined, but must return an object"],
      [{ step: boom }, "step 1 of an episode"],
      [{ step: boom }, "it threw TypeError: boom"],
      [{ reset: boom }, "after reset with seed"],
      [{ actionMask: boom }, "it threw TypeError: boom"],
    ] as const) {
      const env = oneStep(space, {}, parts);
      const verdicts = {
        training: thrownBy(() => step(vectorOf(env))),
        evaluation: thrownBy(() => evaluateSync(policy, env, { episodes: 1 })),
      };
      expectAlike(verdicts, false, part);
    }
  });
});

describe("a rounding beyond a bound", () => {
  const space = box([-1, 0], [1, 10]);
  const env = (observation: number[]) => (): Env => oneStep(space, { observation });

  test("is clipped and counted", () => {
    const vector = vectorOf(env([1.0000001, -2.7755575615628914e-17])());
    for (let t = 0; t < 3; t++) step(vector);
    expect([...vector.finalObservations]).toEqual([1, 0]);
    expect(vector.clipped).toEqual({ count: 6, component: 0, value: 1.0000001 });
    expect(() => step(vectorOf(env([1.0000003, 0])()))).toThrow(
      /observation\[0\] is 1.0000003, outside the bounds -1..1/,
    );
    step(vectorOf(env([1 + 1e-12, 0])())); // rounds to the bound itself
  });

  test("ends no training, which tells of it once", async () => {
    const told: string[] = [];
    const onWarning = (text: string) => void told.push(text);
    const options = { totalSteps: 300, hidden: [4], normalizeObservations: false, onWarning };
    await train("a2c", { ...options, env: env([-1.0000001, 5]) });
    const ours = told.filter((text) => text.includes("rounding"));
    expect(ours).toHaveLength(1);
    expect(ours[0]).toMatch(
      /^a2c: component 0 of the observations was -1.0000001, a rounding beyond its bounds -1..1, .*so far \d+ times\): clip them in the environment, or widen its Box$/,
    );
    told.length = 0;
    await train("a2c", { ...options, env: env([-1, 5]) });
    expect(told.filter((text) => text.includes("rounding"))).toEqual([]);
  });

  test("ends no evaluation, which tells of it; a policy sees the bound, and says nothing", async () => {
    const { policy } = await createTraining("a2c", { env: env([0, 0]), hidden: [4], totalSteps: 100 });
    const { warnings } = evaluateSync(policy, env([1.0000001, 0])(), { episodes: 2 });
    expect(warnings).toEqual([
      expect.stringMatching(/^component 0 of the observations was 1.0000001, .*so far 2 times/),
    ]);
    expect(evaluateSync(policy, env([1, 0])(), { episodes: 2 })).not.toHaveProperty("warnings");
    expect(policy.value([1.0000001, 0])).toBe(policy.value([1, 0]));
    expect(() => policy.act([1.0000003, 0])).toThrow(/observation\[0\] is 1.0000003, outside the bounds/);
  });

  test("reaches a learner through wrappers too", () => {
    const stacked = vectorOf(frameStackOf2(env([1.0000001, 0])()));
    step(stacked);
    expect([...stacked.finalObservations].slice(2)).toEqual([1, 0]);
    expect(stacked.clipped.count).toBe(1);
    expect(flatSize(stacked.observationSpace)).toBe(4);
    step(vectorOf(normalizeObservation(env([1.0000001, 0])())));
  });
});
