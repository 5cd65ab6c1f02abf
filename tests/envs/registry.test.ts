import { describe, expect, test } from "vitest";
import {
  createVectorEnv,
  envIds,
  envName,
  envProblems,
  envSpec,
  isBuiltIn,
  makeEnv,
  registerEnv,
  type ActionOf,
  type BuiltinEnvs,
  type Env,
  type ObservationOf,
} from "../../src/envs/index.ts";
import { CartPole } from "../../src/envs/classic-control/cartpole.ts";
import { InputError } from "../../src/errors.ts";
import { createStreams } from "../../src/random/index.ts";
import { box, describeSpace, discrete } from "../../src/spaces/index.ts";
import { evaluateSync } from "../../src/training/index.ts";

const module = (name: string): string => new URL(`./modules/${name}.js`, import.meta.url).href;

describe("names", () => {
  test("CartPole-v1 is there with its limit and threshold; identity environments are marked as tests", () => {
    expect(envSpec("CartPole-v1")).toMatchObject({ maxEpisodeSteps: 500, rewardThreshold: 475 });
    const tests = envIds().filter((id) => envSpec(id).forTests);
    expect(tests.slice(0, 2)).toEqual(["Identity-v0", "IdentityBox-v0"]);
  });

  test("an unknown one is told with the nearest", async () => {
    await expect(makeEnv("CartPole-v2")).rejects.toThrow(
      /unknown environment "CartPole-v2". Did you mean "CartPole-v1"\?/,
    );
    await expect(makeEnv("cartpole")).rejects.toThrow(/Did you mean "CartPole-v1"\?/);
    await expect(makeEnv("Cartpole-v1")).rejects.not.toThrow("version");
    await expect(makeEnv("Cartpole-v1")).rejects.toThrow(/Did you mean "CartPole-v1"\?/);
    await expect(makeEnv("CratPole")).rejects.toThrow(/CartPole-v1/);
    await expect(makeEnv("Go")).rejects.toThrow(/unknown environment "Go". There are CartPole-v1/);
    await expect(makeEnv("Go")).rejects.toThrow(InputError);
  });

  test.each([
    [
      "CartPole-v0",
      'Did you mean "CartPole-v1"? That is the version that there is; v0 was the same, with { "maxEpisodeSteps": 200 }',
    ],
    ["LunarLander-v2", 'Did you mean "LunarLander-v3"? That is the version that there is'],
    ["cliffwalking-v0", 'Did you mean "CliffWalking-v1"?'],
    [
      "HalfCheetah-v4",
      "needs the simulator MuJoCo, which polgrad does not have. For continuous control there are Pendulum-v1",
    ],
    ["ALE/Pong-v5", "a game of Atari, and polgrad has none"],
    ["BreakoutNoFrameskip-v4", "a game of Atari, and polgrad has none"],
    ["CarRacing-v3", "is seen as an image"],
    ["Taxi-v3", "Its small ones are FrozenLake-v1"],
  ])("one of Gymnasium's that there is not, %s, is told with what there is", async (id, message) => {
    await expect(makeEnv(id)).rejects.toThrow(`unknown environment "${id}"`);
    await expect(makeEnv(id)).rejects.toThrow(message);
  });

  test("a registered one is made, with its options and its limit", async () => {
    const seen: unknown[] = [];
    registerEnv({
      id: "Own-v0",
      summary: "",
      maxEpisodeSteps: 2,
      make: (options) => {
        seen.push(options);
        return new CartPole();
      },
    });
    const env = await makeEnv("Own-v0", { size: 3 });
    expect(seen).toEqual([{ size: 3 }]);
    env.reset(0);
    expect([0, 1].map((action) => env.step(action).truncated)).toEqual([false, true]);
    expect(() => registerEnv({ id: "Own-v0", summary: "", make: () => new CartPole() })).toThrow(/already/);
    expect(() => registerEnv({ id: "./own.js", summary: "", make: () => new CartPole() })).toThrow(/looks like a file/);
    expect(() => registerEnv({ id: "" } as never)).toThrow(InputError);
  });

  test("maxEpisodeSteps overrides the spec's limit, null lifts it", async () => {
    const short = await makeEnv("CartPole-v1", { maxEpisodeSteps: 1 });
    short.reset(0);
    expect(short.step(0).truncated).toBe(true);
    expect(await makeEnv("CartPole-v1", { maxEpisodeSteps: null })).toBeInstanceOf(CartPole);
    await expect(makeEnv("CartPole-v1", { maxEpisodeSteps: 0 })).rejects.toThrow(InputError);
  });
});

describe("factories", () => {
  test("are called, and may be asynchronous", async () => {
    expect(await makeEnv(() => new CartPole())).toBeInstanceOf(CartPole);
    expect(await makeEnv(async () => Promise.resolve(new CartPole()))).toBeInstanceOf(CartPole);
  });

  test("that give no environment are told so", async () => {
    await expect(makeEnv((() => undefined) as never)).rejects.toThrow(
      /the factory's result is not an environment: it is undefined/,
    );
    await expect(makeEnv((() => ({ reset() {} })) as never)).rejects.toThrow(
      /observationSpace is undefined.*actionSpace is undefined.*step is undefined/,
    );
    await expect(makeEnv(7 as never)).rejects.toThrow(/an id, a factory or { module }/);
  });
});

describe("modules", () => {
  test.each(["default", "Corridor", "ready"])("export %s: a factory, a class, an object", async (name) => {
    const env = await makeEnv({ module: module("corridor"), export: name });
    expect(env.reset(0).observation).toBe(0);
    expect(env.step(1)).toMatchObject({ observation: 1, reward: -1 });
  });

  test("get the options of the source, and over them those of the call", async () => {
    const source = { module: new URL(module("corridor")), options: { length: 2, reward: -2 } };
    const env = await makeEnv(source, { length: 1 });
    env.reset(0);
    expect(env.step(1)).toMatchObject({ terminated: true, reward: -2 });
  });

  test.each([
    ["a missing file", { module: module("missing") }, /cannot load environment module "file:.*missing.js": /],
    ["code in the place of an address", { module: "data:text/javascript,export default 1" }, /is not a file of this/],
    ["no such export", { module: module("corridor"), export: "Maze" }, /has no export "Maze"; it exports: .*Corridor/],
    ["no default export", { module: module("no-default") }, /has no default export; it exports: something/],
    [
      "an export of another kind",
      { module: module("no-default"), export: "something" },
      /is not an environment: it is a number/,
    ],
    [
      "a relative path",
      { module: "./my-env.js" },
      /relative path: give its URL, new URL\("\.\/my-env.js", import.meta.url\)/,
    ],
  ])("%s: a clear message", async (_, source, message) => {
    await expect(makeEnv(source)).rejects.toThrow(InputError);
    await expect(makeEnv(source)).rejects.toThrow(message);
  });
});

test("envName", () => {
  expect(envName("CartPole-v1")).toBe("CartPole-v1");
  expect(
    envName(function corridor() {
      return new CartPole();
    }),
  ).toBe("corridor");
  // Of a function without a name of its own, what it calls, and never the name of the option that it is given as.
  class Snake extends CartPole {}
  const snake = (): Env => new Snake();
  expect(envName(snake)).toBe("snake");
  expect(envName(Snake)).toBe("Snake");
  const { env: ofCall } = { env: () => snake() };
  const { env: ofClass } = { env: () => new Snake() };
  const { env: ofMore } = { env: () => (Math.random() < 2 ? snake() : new Snake()) };
  const { env: ofId } = { env: () => makeEnv("CartPole-v1") };
  expect([ofCall, ofClass, ofMore, ofId].map(envName)).toEqual([
    "snake",
    "Snake",
    "custom environment",
    "custom environment",
  ]);
  expect(envName({ module: "file:///home/me/my-env.js?v=2" })).toBe("my-env.js");
  expect(envName({ module: new URL("https://example.org/envs.js"), export: "Maze" })).toBe("envs.js#Maze");
});

describe("wrappers by id", () => {
  test("are options that every id takes", async () => {
    const env = await makeEnv("Pendulum-v1", {
      rescaleAction: [-1, 1],
      clipAction: true,
      frameStack: 2,
      maxEpisodeSteps: 3,
    });
    expect(describeSpace(env.actionSpace)).toBe("Box(-inf..inf, shape (1,))");
    expect(env.observationSpace).toMatchObject({ shape: [2, 3] });
    const bare = await makeEnv("Pendulum-v1");
    env.reset(0);
    bare.reset(0);
    const { observation, reward } = bare.step(Float32Array.of(2));
    const wrapped = env.step(Float32Array.of(9)); // clipped to 1, which stands for 2
    expect(wrapped.reward).toBe(reward);
    expect([...wrapped.observation].slice(3)).toEqual([...observation]);
    expect([1, 2].map(() => env.step(Float32Array.of(0)).truncated)).toEqual([false, true]);
  });

  test("can be left out", async () => {
    const options = { rescaleAction: null, clipAction: false, frameStack: null };
    const env = await makeEnv("CartPole-v1", { ...options, maxEpisodeSteps: null });
    expect(env).toBeInstanceOf(CartPole);
  });

  test.each([
    [{ frameStacks: 4 }, /CartPole-v1 has no option "frameStacks". Did you mean "frameStack"\?/],
    [{ x: 4 }, /It has: suttonBartoReward.*; by its id also maxEpisodeSteps, rescaleAction, clipAction, frameStack/],
    [{ frameStack: 0 }, /the number of frames is 0/],
    [{ clipAction: "yes" }, /option "clipAction" is "yes", but must be a boolean/],
    [{ clipAction: true }, /clipAction is for environments whose actions are a Box/],
    [{ rescaleAction: 1 }, /option "rescaleAction" is 1, but must be \[low, high\]/],
  ])("%j is refused", async (options, message) => {
    await expect(makeEnv("CartPole-v1", options)).rejects.toThrow(InputError);
    await expect(makeEnv("CartPole-v1", options)).rejects.toThrow(message);
  });
});

test("the types of the built-in environments are those of what they observe and take", async () => {
  type Kind<T> = [T] extends [number] ? "number" : [T] extends [Float32Array] ? "vector" : "either";
  // What differs from a type does not compile; what differs from an environment fails.
  const kinds: { [Id in keyof BuiltinEnvs]: [Kind<ObservationOf<Id>>, Kind<ActionOf<Id>>] } = {
    "CartPole-v1": ["vector", "number"],
    "LunarLander-v3": ["vector", "either"],
    "LunarLanderContinuous-v3": ["vector", "vector"],
    "Pendulum-v1": ["vector", "vector"],
    "Acrobot-v1": ["vector", "number"],
    "MountainCar-v0": ["vector", "number"],
    "MountainCarContinuous-v0": ["vector", "vector"],
    "FrozenLake-v1": ["number", "number"],
    "FrozenLake8x8-v1": ["number", "number"],
    "CliffWalking-v1": ["number", "number"],
    "CliffWalkingSlippery-v1": ["number", "number"],
    "TwoStep-v0": ["number", "number"],
    "Terraces-v0": ["number", "number"],
    "BipedalWalker-v3": ["vector", "vector"],
    "BipedalWalkerHardcore-v3": ["vector", "vector"],
  };
  expect(Object.keys(kinds).sort()).toEqual(
    envIds()
      .filter((id) => isBuiltIn(id) && !envSpec(id).forTests)
      .sort(),
  );
  for (const [id, [observed, taken]] of Object.entries(kinds)) {
    const env = await makeEnv(id);
    expect([env.reset(1).observation instanceof Float32Array, id]).toEqual([observed === "vector", id]);
    if (taken !== "either") expect([env.actionSpace.kind === "box", id]).toEqual([taken === "vector", id]);
  }
});

test("what no environment is made from is told with what to give instead", async () => {
  const made = await makeEnv("CartPole-v1");
  await expect(makeEnv(made as never)).rejects.toThrow(
    "is made already is one alone, and others must be made like it: give a function",
  );
  await expect(makeEnv(3 as never)).rejects.toThrow("an environment is an id, a factory or { module }, not 3");
  // Classes do, also those whose methods are fields.
  class Fields implements Env<Float32Array, number> {
    readonly observationSpace = made.observationSpace;
    readonly actionSpace = made.actionSpace;
    reset = made.reset.bind(made);
    step = made.step.bind(made);
  }
  expect((await makeEnv(Fields)).reset(1).observation).toEqual(made.reset(1).observation);
  expect(envProblems(Fields as never)).toEqual([
    "it is a function: call it, or make one of the class, and give what that returns",
  ]);
  expect(envProblems(makeEnv("CartPole-v1") as never)).toEqual([
    "it is a promise: await it first, as in await makeEnv(id)",
  ]);
});

test("a module in TypeScript, where Node reads none, is told with what to do", async () => {
  await expect(makeEnv({ module: module("typescript") })).rejects.toThrow(
    "This Node reads no TypeScript: compile the file (npx tsc) and name the .js, or use Node 22.18 or newer",
  );
});

test("a vector and evaluateSync take environments that are made", async () => {
  const seeds = createStreams(1)("environments");
  expect(() => createVectorEnv([CartPole as never], seeds)).toThrow(
    "environment 0 of the vector is not an environment: it is a function: call it",
  );
  expect(() => createVectorEnv([makeEnv("CartPole-v1") as never], seeds)).toThrow("it is a promise: await it first");
  expect(() => evaluateSync({} as never, "CartPole-v1" as never)).toThrow("use evaluate, or await makeEnv first");
});

describe("a limit of episodes that holds for every source", () => {
  const endless = () => {
    let episodes = 0;
    return {
      observationSpace: box(-1, 1, [1]),
      actionSpace: discrete(2),
      reset: () => ({ observation: [episodes++ && 0], info: {} }),
      step: () => ({ observation: [0], reward: 1, terminated: false, truncated: false, info: {} }),
    };
  };
  /** Steps of an episode, at most 600. */
  const lengthOf = async (...made: Parameters<typeof makeEnv>): Promise<number> => {
    const env = await makeEnv(...made);
    env.reset(1);
    for (let t = 1; t < 600; t++)
      if ((await env.step(env.actionSpace.kind === "box" ? Float32Array.of(0) : 0)).truncated) return t;
    return Infinity;
  };

  test("a factory, a class, a module, an id with a limit of its own", async () => {
    class Endless {
      constructor() {
        Object.assign(this, endless());
      }
      step() {}
    }
    expect(await lengthOf(endless)).toBe(Infinity);
    expect(await lengthOf(endless, {}, 7)).toBe(7);
    expect(await lengthOf(Endless as never, {}, 3)).toBe(3);
    expect(await lengthOf({ module: module("corridor") }, { length: 50 }, 4)).toBe(4);
    expect(await lengthOf("Pendulum-v1")).toBe(200);
    expect(await lengthOf("Pendulum-v1", { maxEpisodeSteps: 9 }, 300)).toBe(300);
    await expect(makeEnv(endless, {}, 0)).rejects.toThrow(
      "the time limit is 0, but must be a whole number of at least 1",
    );
  });

  test("an environment that is given twice is still known as one", async () => {
    const only = endless();
    const twice = [await makeEnv(() => only, {}, 5), await makeEnv(() => only, {}, 5)];
    expect(twice[0]).toBe(twice[1]);
    expect(twice[0]).not.toBe(only);
  });
});
