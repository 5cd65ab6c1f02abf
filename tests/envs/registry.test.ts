import { describe, expect, test } from "vitest";
import { envIds, envName, envSpec, makeEnv, registerEnv } from "../../src/envs/index.ts";
import { CartPole } from "../../src/envs/classic-control/cartpole.ts";
import { InputError } from "../../src/errors.ts";
import { box, describeSpace, discrete } from "../../src/spaces/index.ts";

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
    await expect(makeEnv("CratPole")).rejects.toThrow(/CartPole-v1/);
    await expect(makeEnv("Go")).rejects.toThrow(/unknown environment "Go". There are CartPole-v1/);
    await expect(makeEnv("Go")).rejects.toThrow(InputError);
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
  expect(envName(() => new CartPole())).toBe("custom environment");
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
    expect([...(wrapped.observation as Float32Array)].slice(3)).toEqual([...(observation as Float32Array)]);
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
      if (env.step(env.actionSpace.kind === "box" ? Float32Array.of(0) : 0).truncated) return t;
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
