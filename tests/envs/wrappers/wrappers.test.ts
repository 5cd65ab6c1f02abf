import { describe, expect, test } from "vitest";
import { packedCopy } from "../../packed-copy.ts";
import {
  checkEnv,
  clipAction,
  createStep,
  createVectorEnv,
  envProblems,
  frameStack,
  normalizeObservation,
  normalizeReward,
  recordEpisodeStatistics,
  rescaleAction,
  timeLimit,
  type Env,
  type Step,
} from "../../../src/envs/index.ts";
import { CartPole } from "../../../src/envs/classic-control/cartpole.ts";
import { Pendulum } from "../../../src/envs/classic-control/pendulum.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { createGenerator, SeedSequence } from "../../../src/random/index.ts";
import { box, discrete, elementSize, sample } from "../../../src/spaces/index.ts";
import { echo, locked, scripted, walk } from "../toys.ts";

/** Every wrapper over an environment with a state and over one without, with discrete and with continuous actions. */
const wrapped: [string, () => Env][] = [
  ["clipAction(Pendulum)", () => timeLimit(clipAction(new Pendulum()), 30)],
  ["rescaleAction(Pendulum)", () => timeLimit(rescaleAction(new Pendulum(), -3, 7), 30)],
  ["rescaleAction(echo)", () => rescaleAction(echo())],
  ["frameStack(CartPole)", () => frameStack(new CartPole() as Env, 3)],
  ["frameStack(walk)", () => frameStack(walk() as Env, 4)],
  ["normalizeObservation(CartPole)", () => normalizeObservation(new CartPole() as Env)],
  ["normalizeObservation(walk)", () => normalizeObservation(walk() as Env)],
  ["normalizeReward(Pendulum)", () => timeLimit(normalizeReward(new Pendulum() as Env), 30)],
  ["normalizeReward(walk)", () => normalizeReward(walk() as Env)],
  ["recordEpisodeStatistics(CartPole)", () => recordEpisodeStatistics(new CartPole() as Env)],
  ["recordEpisodeStatistics(walk)", () => recordEpisodeStatistics(walk() as Env)],
  [
    "all of them",
    () => {
      const acting = clipAction(rescaleAction(timeLimit(new Pendulum(), 20), [0], [1]));
      return recordEpisodeStatistics(normalizeReward(normalizeObservation(frameStack(acting, 2))));
    },
  ],
];

describe.each(wrapped)("%s", (_, make) => {
  test("keeps the contract", () => {
    expect(envProblems(make())).toEqual([]);
  });

  test("goes on after a resume with the same bits", () => {
    const size = 2;
    const vector = () => createVectorEnv([make(), make()], new SeedSequence(11));
    const straight = vector();
    const generator = createGenerator(0);
    const { actionSpace } = straight;
    const actions = (): Float32Array =>
      Float32Array.from({ length: size * elementSize(actionSpace) }, () =>
        actionSpace.kind === "box" ? generator.uniform(actionSpace.low[0], 1) || 0 : Math.floor(generator.random() * 2),
      );
    const script = Array.from({ length: 90 }, () => actions().map((x) => (Number.isFinite(x) ? x : 0.3)));
    straight.reset();
    let resumed = vector();
    script.forEach((row, t) => {
      if (t === 45) {
        resumed = vector();
        resumed.setState(packedCopy(straight.getState()));
      }
      straight.step(row);
      if (t < 45) return;
      resumed.step(row);
      expect(resumed.observations).toEqual(straight.observations);
      expect(resumed.rewards).toEqual(straight.rewards);
      expect(resumed.terminated).toEqual(straight.terminated);
      expect(JSON.stringify(resumed.getState())).toBe(JSON.stringify(straight.getState()));
    });
  });

  test("writes into out, and hands out observations that stay", () => {
    const env = make();
    const generator = createGenerator(3);
    env.reset(3);
    const out = createStep(env.observationSpace);
    const { observation } = out;
    const result = env.step(sample(env.actionSpace, generator), out);
    if (_ === "frameStack(CartPole)" || _ === "normalizeObservation(CartPole)") {
      expect(result).toBe(out);
      expect(out.observation).toBe(observation);
    }
    const given = env.step(sample(env.actionSpace, generator)).observation as Float32Array;
    const copy = [...given];
    for (let t = 0; t < 5; t++) env.step(sample(env.actionSpace, generator), out);
    expect([...given]).toEqual(copy);
  });
});

test.each<[string, (env: Env) => Env]>([
  ["timeLimit", (env) => timeLimit(env, 9)],
  ["normalizeReward", (env) => normalizeReward(env)],
  ["recordEpisodeStatistics", (env) => recordEpisodeStatistics(env)],
])("%s hands on masks and drawings, and closes; what is missing stays missing", (_, wrap) => {
  let closed = 0;
  const drawing = { view: { x: 0, y: 0, width: 1, height: 1 }, shapes: [] };
  const env = wrap({ ...(locked() as Env), draw: () => drawing, close: () => void closed++ });
  env.reset(0);
  expect(env.actionMask!()).toEqual([1, 0, 0]);
  env.step(0);
  expect(env.actionMask!()).toEqual([1, 1, 0]);
  expect(env.draw!()).toBe(drawing);
  env.close!();
  expect(closed).toBe(1);
  expect(() => checkEnv(wrap(locked() as Env))).not.toThrow();
  const plain = wrap(walk());
  expect([plain.actionMask, plain.draw]).toEqual([undefined, undefined]);
});

describe("clipAction", () => {
  test("clips to the bounds, and leaves the array as it was", () => {
    const inner = echo();
    const env = clipAction(inner);
    expect(env.actionSpace).toEqual(box(-Infinity, Infinity, [2]));
    const action = Float32Array.of(-7, Infinity);
    env.step(action);
    env.step(Float32Array.of(0.5, 2));
    expect(inner.seen).toEqual([
      [-1, 5],
      [0.5, 2],
    ]);
    expect([...action]).toEqual([-7, Infinity]);
  });

  test("refuses NaN and discrete actions", () => {
    expect(() => clipAction(echo()).step(Float32Array.of(0, NaN))).toThrow(RunError);
    expect(() => clipAction(echo()).step(Float32Array.of(0))).toThrow(/clipAction: action\[1\] is undefined/);
    expect(() => clipAction(new CartPole() as Env as never)).toThrow(
      /clipAction is for environments whose actions are a Box, but these are Discrete\(2\)/,
    );
  });
});

describe("rescaleAction", () => {
  test("maps linearly from the new bounds onto the old ones", () => {
    const inner = echo(); // −1..1 and 0..5
    const env = rescaleAction(inner, [-1, 10], [1, 20]);
    expect(env.actionSpace).toEqual(box([-1, 10], [1, 20]));
    for (const action of [
      [-1, 10],
      [1, 20],
      [0.5, 12],
    ])
      env.step(Float32Array.from(action));
    expect(inner.seen).toEqual([
      [-1, 0],
      [1, 5],
      [0.5, 1],
    ]);
  });

  test("refuses actions outside, and bounds that are none", () => {
    const env = rescaleAction(echo());
    expect(() => env.step(Float32Array.of(0, 1.5))).toThrow(
      /^rescaleAction: action\[1\] is 1.5, outside the bounds -1..1 of its space$/,
    );
    expect(() => env.step(Float32Array.of(0, NaN))).toThrow(/action\[1\] is NaN/);
    expect(() => env.step(Float32Array.of(0, 0, 0))).toThrow(/the action has 3 components/);
    expect(() => rescaleAction(echo(), 1, 1)).toThrow(
      /new bounds of component 0 are 1..1, but must be finite and in order/,
    );
    expect(() => rescaleAction(echo(), -Infinity, 1)).toThrow(InputError);
    expect(() => rescaleAction(echo(), [0, 0, 0], 1)).toThrow(InputError);
    expect(() => rescaleAction(clipAction(echo()))).toThrow(/component 0 of the action has the bounds -Infinity..Inf/);
  });
});

describe("frameStack", () => {
  test("shows the oldest first, and the first observation n times", () => {
    const env = frameStack(echo(), 3);
    expect(env.observationSpace).toEqual(box([-1, 0, -1, 0, -1, 0], [1, 5, 1, 5, 1, 5], [3, 2]));
    expect([...env.reset().observation]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...env.step(Float32Array.of(1, 2)).observation]).toEqual([0, 0, 0, 0, 1, 2]);
    expect([...env.step(Float32Array.of(-1, 3)).observation]).toEqual([0, 0, 1, 2, -1, 3]);
    expect([...env.step(Float32Array.of(0, 4)).observation]).toEqual([1, 2, -1, 3, 0, 4]);
    expect([...env.reset().observation]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("stacks a first observation that is not 0", () => {
    const env = frameStack(scripted([{}], { reset: () => ({ observation: [0.5, -0.5], info: {} }) }), 2);
    expect([...env.reset().observation]).toEqual([0.5, -0.5, 0.5, -0.5]);
  });

  test("refuses", () => {
    for (const n of [0, 1.5, NaN, "4"]) expect(() => frameStack(echo(), n as number)).toThrow(InputError);
    const numbers = scripted([{}], { observationSpace: discrete(3) });
    expect(() => frameStack(numbers, 2)).toThrow(/whose observations are a Box, but these are Discrete\(3\)/);
  });
});

describe("normalizeObservation", () => {
  // By Gymnasium's RunningMeanStd in NumPy: (x − mean) / √(var + 1e-8) after x was taken in.
  test("by the moments of all that was seen, held within ±10", () => {
    const results = [
      [3, -2],
      [0.5, 100],
      [0.5, -100],
    ].map((observation) => ({ observation }));
    const space = box(-100, 100, [2]);
    const parts = { observationSpace: space, reset: () => ({ observation: [1, -2], info: {} }) };
    const env = normalizeObservation(scripted(results, parts));
    expect(env.observationSpace).toEqual(box(-10, 10, [2]));
    const seen = [env.reset(0).observation, ...[0, 1, 2].map((action) => env.step(action).observation)];
    const expected = [
      [0.00707071, -0.00894409],
      [1.0, -0.0063244],
      [-0.92574626, 1.41424887],
      [-0.72756372, -1.39994929],
    ];
    seen.forEach((row, t) => row.forEach((x, j) => expect(x).toBeCloseTo(expected[t][j], 6)));
  });

  test("clips", () => {
    let x = 0;
    const env = normalizeObservation(
      scripted([{}], {
        observationSpace: box(-1e9, 1e9, [1]),
        reset: () => ({ observation: [0], info: {} }),
        step: () => ({ observation: [x], reward: 0, terminated: false, truncated: false, info: {} }),
      }),
    );
    env.reset(0);
    for (let t = 0; t < 1000; t++) env.step(0);
    x = 1e6;
    expect(env.step(0).observation[0]).toBe(10);
    x = -1e9;
    expect(env.step(0).observation[0]).toBe(-10);
  });

  test("goes on learning in the next episode", () => {
    const env = normalizeObservation(new CartPole() as Env);
    const first = env.reset(1).observation;
    expect([...env.reset(1).observation]).not.toEqual([...first]);
  });
});

describe("normalizeReward", () => {
  // As above, by the moments of the discounted return, γ = 1/2, which begins anew after the third step.
  test("by the spread of the discounted return, which ends with the episode", () => {
    const rewards = [1, 2, -3, 4, 1000];
    const env = normalizeReward(scripted(rewards.map((reward, t) => ({ reward, terminated: t === 2 }))), {
      gamma: 0.5,
    });
    env.reset(0);
    const seen = rewards.map(() => env.step(0).reward);
    const expected = [10.0, 2.6662519638, -1.7046655192, 1.8831751751, 2.4985850395];
    expected.forEach((x, t) => expect(seen[t]).toBeCloseTo(x, 9));
  });

  test("forgets the return of an episode that was left", () => {
    const play = (leave: boolean) => {
      const env = normalizeReward(scripted([{ reward: 5 }, { reward: 1 }]));
      env.reset(0);
      env.step(0);
      if (leave) env.reset(0);
      return (env.getState!() as { discountedReturn: number }).discountedReturn;
    };
    expect([play(false), play(true)]).toEqual([5, 0]);
  });

  test.each([-0.1, 1.1, NaN])("refuses γ = %s", (gamma) => {
    expect(() => normalizeReward(walk(), { gamma })).toThrow(InputError);
  });
});

describe("recordEpisodeStatistics", () => {
  test("tells return and length with the last step, and then no more", () => {
    const script: Partial<Step>[] = [{ reward: 2 }, { reward: 3, info: { a: 1 } }, { reward: -1, truncated: true }];
    const env = recordEpisodeStatistics(scripted(script));
    const out = createStep(env.observationSpace);
    for (const given of [undefined, out, out]) {
      env.reset(0);
      expect(env.step(0, given).info).toEqual({});
      expect(env.step(0, given).info).toEqual({ a: 1 });
      expect(env.step(0, given).info).toEqual({ episode: { return: 4, length: 3 } });
    }
  });

  test("also with environments that leave the info of out alone", () => {
    const env = recordEpisodeStatistics(timeLimit(new CartPole(), 2));
    const out = createStep(env.observationSpace) as Step<Float32Array>;
    for (let episode = 0; episode < 2; episode++) {
      env.reset(0);
      expect(env.step(0, out).info).toEqual({});
      expect(env.step(0, out).info).toEqual({ episode: { return: 2, length: 2 } });
    }
    env.reset(0);
    expect(env.step(0, out)).toBe(out);
    expect(out.info).toEqual({});
  });
});
