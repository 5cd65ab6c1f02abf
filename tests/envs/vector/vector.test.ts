import { describe, expect, test } from "vitest";
import { packedCopy } from "../../packed-copy.ts";
import { CartPole } from "../../../src/envs/classic-control/cartpole.ts";
import { createVectorEnv, timeLimit, type Env, type VectorEnv } from "../../../src/envs/index.ts";
import { Identity } from "../../../src/envs/probes/identity.ts";
import { InputError, RunError } from "../../../src/errors.ts";
import { createGenerator, SeedSequence } from "../../../src/random/index.ts";
import { box, discrete, multiBinary, multiDiscrete, sample } from "../../../src/spaces/index.ts";
import { choices, echo, locked, scripted, walk } from "../toys.ts";

const cartpoles = (count: number, limit = 15): Env[] =>
  Array.from({ length: count }, () => timeLimit(new CartPole(), limit) as Env);
const walks = (count: number): Env[] => Array.from({ length: count }, () => walk() as Env);

const randomActions = (size: number, seed = 0): (() => Int32Array) => {
  const generator = createGenerator(seed);
  return () => Int32Array.from({ length: size }, () => (generator.random() < 0.5 ? 0 : 1));
};

const thrownBy = (call: () => void): Error => {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

/** All that a vector shows, as plain data. */
const snapshot = (v: VectorEnv) => ({
  observations: [...v.observations],
  finals: Array.from({ length: v.size }, (_, i) =>
    v.terminated[i] || v.truncated[i]
      ? [...v.finalObservations.subarray(i * v.observationSize, (i + 1) * v.observationSize)]
      : null,
  ),
  rewards: [...v.rewards],
  terminated: [...v.terminated],
  truncated: [...v.truncated],
  finished: v.finished.map((episode) => ({ ...episode })),
});

describe("stepping", () => {
  test("is the same as stepping each environment alone with the seeds of its stream", () => {
    const size = 3;
    const vector = createVectorEnv(cartpoles(size), new SeedSequence(7));
    const streams = new SeedSequence(7).spawn(size).map((seeds) => createGenerator(seeds));
    const alone = cartpoles(size);
    const next = alone.map((env, i) => env.reset(streams[i].nextUint32()).observation as Float32Array);
    const returns = [0, 0, 0];
    const lengths = [0, 0, 0];
    vector.reset();
    expect([...vector.observations]).toEqual(next.flatMap((observation) => [...observation]));
    const actions = randomActions(size);
    const kinds = { terminated: 0, truncated: 0 };
    for (let t = 0; t < 200; t++) {
      const a = actions();
      vector.step(a);
      const expected = { finals: [] as (number[] | null)[], finished: [] as object[] };
      alone.forEach((env, i) => {
        const { observation, reward, terminated, truncated } = env.step(a[i]);
        expect([vector.rewards[i], vector.terminated[i], vector.truncated[i]]).toEqual([
          reward,
          +terminated,
          +truncated,
        ]);
        kinds.terminated += +terminated;
        kinds.truncated += +truncated;
        returns[i] += reward;
        lengths[i]++;
        const ends = terminated || truncated;
        expected.finals.push(ends ? [...(observation as Float32Array)] : null);
        next[i] = observation as Float32Array;
        if (!ends) return;
        expected.finished.push({ environment: i, return: returns[i], length: lengths[i] });
        returns[i] = lengths[i] = 0;
        next[i] = env.reset(streams[i].nextUint32()).observation as Float32Array;
      });
      expect(snapshot(vector)).toMatchObject({ ...expected, observations: next.flatMap((o) => [...o]) });
    }
    expect(kinds.terminated).toBeGreaterThan(3);
    expect(kinds.truncated).toBeGreaterThan(3);
  });

  test("an environment's numbers do not depend on how many others there are", () => {
    const [two, four] = [2, 4].map((size) => createVectorEnv(walks(size), new SeedSequence(1)));
    two.reset();
    four.reset();
    const actions = randomActions(4);
    for (let t = 0; t < 50; t++) {
      const a = actions();
      two.step(a.slice(0, 2));
      four.step(a);
      expect(four.observations.slice(0, 4)).toEqual(two.observations);
    }
  });

  test("one-hot observations; arrays stay the same objects", () => {
    const vector = createVectorEnv([new Identity({ n: 3 }), new Identity({ n: 3 })], new SeedSequence(0));
    const { observations, finished } = vector;
    expect(vector.observationSize).toBe(3);
    vector.reset();
    for (let t = 1; t <= 100; t++) {
      expect([...observations].sort()).toEqual([0, 0, 0, 0, 1, 1]);
      vector.step(Int32Array.from([0, 1], (i) => observations.subarray(i * 3, i * 3 + 3).indexOf(1)));
      expect([...vector.rewards]).toEqual([1, 1]);
    }
    expect(vector.finished).toBe(finished);
    expect(finished).toEqual([
      { environment: 0, return: 100, length: 100 },
      { environment: 1, return: 100, length: 100 },
    ]);
    vector.step(Int32Array.of(0, 0));
    expect(finished).toEqual([]);
  });

  test("indices of a Discrete action space that starts elsewhere are shifted to it", () => {
    const seen: unknown[] = [];
    const env = scripted([{}], { actionSpace: discrete(3, -1) });
    const step = (action: number) => (seen.push(action), env.step(action));
    const vector = createVectorEnv([{ ...env, step }], new SeedSequence(0));
    vector.reset();
    for (const index of [0, 1, 2]) vector.step(Int32Array.of(index));
    expect(seen).toEqual([-1, 0, 1]);
    expect(() => vector.step(Int32Array.of(3))).toThrow(
      /environment 0, step 4 .*action is index 3 of Discrete\(3, start -1\)/,
    );
  });

  test("actions outside a Box are clipped for the environment alone", () => {
    const envs = [echo(), echo()];
    const vector = createVectorEnv(envs, new SeedSequence(0));
    vector.reset();
    const actions = Float32Array.of(-3, 7, 0.5, 1);
    vector.step(actions);
    expect([...actions]).toEqual([-3, 7, 0.5, 1]);
    expect(envs.map(({ seen }) => seen)).toEqual([[[-1, 5]], [[0.5, 1]]]);
    expect(() => vector.step(Float32Array.of(0, 0, 0, NaN))).toThrow(
      /environment 1, step 2 .*component 1 of the action is NaN/,
    );
    expect(() => vector.step(Float32Array.of(0, 0, Infinity, 0))).toThrow(
      /component 0 of the action is Infinity; the policy has diverged/,
    );
  });
});

describe("several choices at once", () => {
  test("actions come as whole numbers of either array; observations are one-hots one after the other", () => {
    const envs = [choices(multiDiscrete([3, 2])), choices(multiDiscrete([3, 2]))];
    const vector = createVectorEnv(envs, new SeedSequence(0));
    vector.reset();
    expect(vector.observationSize).toBe(5);
    expect([...vector.observations]).toEqual([1, 0, 0, 1, 0, 1, 0, 0, 1, 0]);
    vector.step(Int32Array.of(2, 0, 1, 1));
    expect([...vector.observations]).toEqual([0, 0, 1, 1, 0, 0, 1, 0, 0, 1]);
    vector.step(Float32Array.of(1, 1, 0, 1));
    expect(envs.map(({ seen }) => seen)).toEqual([
      [
        [2, 0],
        [1, 1],
      ],
      [
        [1, 1],
        [0, 1],
      ],
    ]);
    expect(() => vector.step(Int32Array.of(0, 1, 0, 2))).toThrow(
      /environment 1, step 3 .*component 1 of the action is 2, in MultiDiscrete\(\[3, 2\]\)/,
    );
    expect(() => vector.step(Float32Array.of(0.5, 1, 0, 0))).toThrow(/component 0 of the action is 0.5/);
    expect(() => vector.step(Int32Array.of(0, 1))).toThrow(/the actions are 2 numbers, but must be 2 × 2/);
  });

  test("MultiBinary as it is", () => {
    const env = choices(multiBinary(3));
    const vector = createVectorEnv([env], new SeedSequence(0));
    vector.reset();
    vector.step(Float32Array.of(1, 0, 1));
    expect([...vector.observations]).toEqual([1, 0, 1]);
    expect(env.seen).toEqual([[1, 0, 1]]);
  });

  test.each([
    [[0, 2], /observation\[1\] is 2, but must be a whole number of 0..1/],
    [[0, NaN], /observation\[1\] is NaN/],
    [[0, "1"], /observation\[1\] is a string \("1"\), but must be a number/],
    [[0], /has 1 components/],
    [0, /the observation is 0, but/],
  ])("the observation %j is told", (observation, message) => {
    const parts = { observationSpace: multiDiscrete([3, 2]), reset: () => ({ observation: [0, 0], info: {} }) };
    const vector = createVectorEnv([scripted([{ observation }], parts)], new SeedSequence(0));
    vector.reset();
    expect(() => vector.step(Int32Array.of(0))).toThrow(message);
  });

  test("whole numbers of Discrete in a Float32Array", () => {
    const vector = createVectorEnv(walks(2), new SeedSequence(0));
    vector.reset();
    vector.step(Float32Array.of(0, 1));
    expect(() => vector.step(Float32Array.of(0.5, 1))).toThrow(/the action is index 0.5 of Discrete/);
  });
});

describe("action masks", () => {
  const lockedVector = (size: number): VectorEnv => {
    const vector = createVectorEnv(
      Array.from({ length: size }, () => locked() as Env),
      new SeedSequence(0),
    );
    vector.reset();
    return vector;
  };

  test("are those of the current observations, that of a new episode's first where one ended", () => {
    const vector = lockedVector(2);
    const { actionMasks } = vector;
    expect([...actionMasks!]).toEqual([1, 0, 0, 1, 0, 0]);
    vector.step(Int32Array.of(0, 0));
    expect([...actionMasks!]).toEqual([1, 1, 0, 1, 1, 0]);
    vector.step(Int32Array.of(1, 0));
    vector.step(Int32Array.of(2, 0));
    expect(vector.terminated).toEqual(Uint8Array.of(1, 0));
    expect([...actionMasks!]).toEqual([1, 0, 0, 1, 1, 0]);
    expect(vector.actionMasks).toBe(actionMasks);
    expect(createVectorEnv(walks(1), new SeedSequence(0)).actionMasks).toBeUndefined();
  });

  test("forbid", () => {
    const vector = lockedVector(2);
    expect(() => vector.step(Int32Array.of(0, 2))).toThrow(
      /environment 1, step 1 .*the action mask forbids the action 2/,
    );
    const parts = { actionSpace: multiDiscrete([2, 2]), actionMask: () => [1, 0, 1, 1] };
    const two = createVectorEnv([scripted([{}], parts)], new SeedSequence(0));
    two.reset();
    two.step(Int32Array.of(0, 1));
    expect(() => two.step(Int32Array.of(1, 1))).toThrow(/the action mask forbids 1 as component 0/);
  });

  test("go on after a resume", () => {
    const vector = lockedVector(1);
    vector.step(Int32Array.of(0));
    const other = lockedVector(1);
    other.setState(packedCopy(vector.getState()));
    expect([...other.actionMasks!]).toEqual([1, 1, 0]);
  });

  test.each([
    [discrete(3), [0, 0, 0], /the action mask forbids every action/],
    [multiDiscrete([1, 2]), [1, 0, 0], /the action mask forbids every choice of component 1/],
    [discrete(3), [1, 1], /the action mask has 2 entries, but Discrete\(3\) takes 3/],
    [discrete(3), undefined, /the action mask is undefined, but must be an array/],
    [discrete(3), 7, /the action mask is 7/],
    [discrete(3), [1, NaN, 1], /entry 1 of the action mask is NaN/],
  ])("of %j that are wrong, as %j, are told with environment and step", (actionSpace, mask, message) => {
    let calls = 0;
    const good = Array<number>(3).fill(1);
    const env = scripted([{}], { actionSpace, actionMask: () => (++calls > 2 ? mask : good) });
    const vector = createVectorEnv([env], new SeedSequence(0));
    vector.reset();
    const actions = new Int32Array(actionSpace.kind === "discrete" ? 1 : 2);
    vector.step(actions);
    const error = thrownBy(() => vector.step(actions));
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(/^environment 0, step 2 \(step 2 of an episode with seed \d+\): /);
    expect(error.message).toMatch(message);
  });

  test("everywhere or nowhere, and only where there are choices", () => {
    const open = scripted([{}], { actionMask: () => [1, 1] });
    expect(() => createVectorEnv([scripted([{}]), open], new SeedSequence(0))).toThrow(
      /environment 1 has an actionMask, but environment 0 has none/,
    );
    const box = { ...echo(), actionMask: () => [1, 1] };
    expect(() => createVectorEnv([box as Env], new SeedSequence(0))).toThrow(
      /for Discrete and MultiDiscrete actions, but its action space is Box/,
    );
  });
});

describe("state", () => {
  const kinds: [string, () => Env[]][] = [
    ["getState and setState", () => cartpoles(3)],
    ["replay from the seed", () => walks(3)],
    [
      "replay of several choices",
      () => [choices(multiDiscrete([2, 3, 2])), choices(multiDiscrete([2, 3, 2]))] as Env[],
    ],
    ["replay of continuous actions", () => [echo(), timeLimit(echo(), 9)]],
  ];
  test.each(kinds)("by %s: going on elsewhere, packed, gives the same bits", (_, make) => {
    const size = make().length;
    const { actionSpace } = make()[0];
    const generator = createGenerator(5);
    const draw = (): number[] => {
      if (actionSpace.kind === "discrete") return [Math.floor(generator.random() * 2)];
      if (actionSpace.kind === "box") return [generator.uniform(-2, 2), generator.uniform(-2, 2)];
      return [...(sample(actionSpace, generator) as Int32Array)];
    };
    const script = Array.from({ length: 120 }, () => {
      const numbers = Array.from({ length: size }, draw).flat();
      return actionSpace.kind === "box" ? Float32Array.from(numbers) : Int32Array.from(numbers);
    });
    const straight = createVectorEnv(make(), new SeedSequence(3));
    straight.reset();
    let resumed: VectorEnv | undefined;
    script.forEach((actions, t) => {
      if (t === 37 || t === 38 || t === 90) {
        const state = packedCopy(straight.getState());
        resumed = createVectorEnv(make(), new SeedSequence(999));
        resumed.setState(state);
        expect(snapshot(resumed)).toEqual(snapshot(straight));
        expect(resumed.getState()).toEqual(state);
      }
      straight.step(actions);
      resumed?.step(actions);
      if (resumed) expect(snapshot(resumed)).toEqual(snapshot(straight));
    });
  });

  test("right after reset", () => {
    const [a, b] = [0, 1].map((seed) => createVectorEnv(walks(2), new SeedSequence(seed)));
    a.reset();
    b.setState(packedCopy(a.getState()));
    a.step(Int32Array.of(0, 1));
    b.step(Int32Array.of(0, 1));
    expect(snapshot(b)).toEqual(snapshot(a));
  });

  test("an environment that does not replay is named", () => {
    let calls = 0;
    const env = scripted([{}], {
      step: () => ({
        observation: [0, ++calls / 10],
        reward: 0,
        terminated: false,
        truncated: false,
        info: {},
      }),
    });
    const vector = createVectorEnv([env], new SeedSequence(0));
    vector.reset();
    vector.step(Int32Array.of(0));
    expect(() => vector.setState(vector.getState())).toThrow(RunError);
    expect(() => vector.setState(vector.getState())).toThrow(/environment 0, .*is not deterministic/);
  });

  test("of another vector is refused", () => {
    const vector = createVectorEnv(walks(2), new SeedSequence(0));
    vector.reset();
    const other = createVectorEnv(walks(3), new SeedSequence(0));
    for (const state of [vector.getState(), null, {}]) expect(() => other.setState(state)).toThrow(InputError);
  });
});

describe("environments that break the contract are named, with the step", () => {
  test.each([
    [{ observation: [0, 7] }, /observation\[1\] is 7, outside the bounds -1..1 of its space/],
    [{ observation: [NaN, 0] }, /observation\[0\] is NaN/],
    [{ observation: [0] }, /has 1 components/],
    [{ observation: undefined }, /the observation is undefined/],
    [{ observation: [0, undefined] }, /observation\[1\] is undefined/],
    [{ reward: NaN }, /the reward is NaN/],
    [{ reward: Infinity }, /the reward is Infinity/],
    [{ reward: "1" }, /the reward is a string/],
    [{ terminated: 1 }, /terminated is 1/],
    [{ truncated: undefined }, /truncated is undefined/],
  ])("%j", (result, message) => {
    const vector = createVectorEnv([scripted([{}]), scripted([{}, {}, result])], new SeedSequence(0));
    const actions = Int32Array.of(0, 0);
    vector.reset();
    vector.step(actions);
    vector.step(actions);
    const error = thrownBy(() => vector.step(actions));
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(/^environment 1, step 3 \(step 3 of an episode with seed \d+\): /);
    expect(error.message).toMatch(message);
  });

  test("infinite observations, where the bounds are infinite too", () => {
    const parts = { observationSpace: box(-Infinity, Infinity, [2]) };
    const vector = createVectorEnv([scripted([{ observation: [1e39, 0] }], parts)], new SeedSequence(0));
    vector.reset();
    expect(() => vector.step(Int32Array.of(0))).toThrow(/observation\[0\] is 1e\+39, but must be finite/);
  });

  test("numbers outside of Discrete", () => {
    const parts = { observationSpace: discrete(2), reset: () => ({ observation: 1, info: {} }) };
    for (const observation of [2, -1, 0.5, NaN, "1"]) {
      const vector = createVectorEnv([scripted([{ observation }], parts)], new SeedSequence(0));
      vector.reset();
      expect(() => vector.step(Int32Array.of(0))).toThrow(/environment 0, step 1 .*the observation is/);
    }
  });

  test("a plain number on a float32 bound is inside", () => {
    const parts = { observationSpace: box(-0.7, 0.7, [2]) };
    const vector = createVectorEnv([scripted([{ observation: [0.7, -0.7] }], parts)], new SeedSequence(0));
    vector.reset();
    expect(() => vector.step(Int32Array.of(0))).not.toThrow();
  });

  test("at reset, and when they throw", () => {
    const wrong = scripted([{}], { reset: () => ({ observation: [9, 0], info: {} }) });
    expect(() => createVectorEnv([scripted([{}]), wrong], new SeedSequence(0)).reset()).toThrow(
      /^environment 1, step 0 \(after reset with seed \d+\): observation\[0\] is 9/,
    );
    const throws = scripted([{}], {
      step() {
        throw new TypeError("boom");
      },
    });
    const vector = createVectorEnv([throws], new SeedSequence(0));
    vector.reset();
    const error = thrownBy(() => vector.step(Int32Array.of(0)));
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(/^environment 0, step 1 .*: it threw TypeError: boom/);
    expect(error.cause).toBeInstanceOf(TypeError);
  });
});

describe("what it refuses", () => {
  test("no environments, one twice, different spaces", () => {
    const seeds = new SeedSequence(0);
    const one = walk() as Env;
    expect(() => createVectorEnv([], seeds)).toThrow(InputError);
    expect(() => createVectorEnv([one, one], seeds)).toThrow(/same environment object is in the vector twice/);
    expect(() => createVectorEnv([one, scripted([{}])], seeds)).toThrow(
      /the observationSpace of environment 1 is Box\(-1..1, shape \(2,\)\), but that of environment 0 is Box/,
    );
  });

  test("steps before reset, and a wrong number of actions", () => {
    const vector = createVectorEnv(walks(2), new SeedSequence(0));
    expect(() => vector.step(Int32Array.of(0, 0))).toThrow(/must be reset/);
    expect(() => vector.getState()).toThrow(RunError);
    vector.reset();
    expect(() => vector.step(Int32Array.of(0))).toThrow(/the actions are 1 numbers, but must be 2 × 1/);
  });
});
