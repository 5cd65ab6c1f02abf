import { expect, test, vi } from "vitest";
import { envProblems, type Env } from "../../src/envs/index.ts";
import { createGenerator } from "../../src/random/index.ts";

// What the example imports from the built package, from its source.
vi.mock("polgrad", async () => ({
  ...(await import("../../src/spaces/index.ts")),
  ...(await import("../../src/random/index.ts")),
}));

/** Mean return of ten episodes. */
function meanReturn(env: Env, act: (observation: readonly number[]) => number): number {
  let total = 0;
  for (let seed = 0; seed < 10; seed++) {
    let { observation } = env.reset(seed);
    for (let done = false; !done;) {
      const result = env.step(act(observation as number[]));
      observation = result.observation;
      total += result.reward / 10;
      done = result.terminated || result.truncated;
    }
  }
  return total;
}

test("examples/my-env.js keeps the contract, and there is something to learn", async () => {
  const file = new URL("../../examples/my-env.js", import.meta.url).href;
  const { default: thermostat } = (await import(/* @vite-ignore */ file)) as { default: () => Env };
  expect(envProblems(thermostat())).toEqual([]);
  const generator = createGenerator(0);
  const random = meanReturn(thermostat(), () => Math.floor(generator.random() * 3));
  const thoughtful = meanReturn(thermostat(), ([room]) => (room > 0.05 ? 0 : room < -0.05 ? 2 : 1));
  expect(random).toBeLessThan(60);
  expect(thoughtful).toBeGreaterThan(100);
});

test("examples/game/snake.ts keeps the contract, and one who goes to the apple earns what a drunkard does not", async () => {
  const { snake } = await import("../../examples/game/snake.ts");
  expect(envProblems(snake())).toEqual([]);
  const generator = createGenerator(0);
  expect(meanReturn(snake(), () => generator.integers(0, 3))).toBeLessThan(1);
  // Towards the apple where the cell is free, else to where there is most room.
  const greedy = ([
    freeLeft,
    freeAhead,
    freeRight,
    roomLeft,
    ,
    roomRight,
    forward,
    left,
  ]: readonly number[]): number => {
    if (forward > 0 && freeAhead) return 1;
    if (left > 0 && freeLeft) return 0;
    if (left < 0 && freeRight) return 2;
    return freeAhead && forward >= 0 ? 1 : roomLeft > roomRight ? 0 : 2;
  };
  expect(meanReturn(snake(), greedy)).toBeGreaterThan(8);
});
