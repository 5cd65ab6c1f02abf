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
