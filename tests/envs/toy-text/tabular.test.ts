// An environment of tables plays what its tables say; wrappers pass them on where they still hold.
import { expect, test } from "vitest";
import { makeEnv, normalizeReward, recordEpisodeStatistics, timeLimit, type Env } from "../../../src/envs/index.ts"; // prettier-ignore
import { replayable } from "../../../src/envs/wrappers/replayable.ts";
import { createGenerator } from "../../../src/random/index.ts";
import { walk } from "../toys.ts";

test.each([
  ["TwoStep-v0", {}, 0.975],
  ["Terraces-v0", { noise: 1, length: 6 }, 3],
])("the mean return of 4,000 episodes of %s with random actions is J", async (id, options, j) => {
  const env = await makeEnv(id, options);
  const generator = createGenerator(3);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    env.reset(i);
    let total = 0;
    for (let over = false; !over;) {
      const { reward, terminated } = env.step(generator.integers(0, 2));
      total += reward;
      over = terminated;
    }
    sum += total;
    squares += total * total;
  }
  const mean = sum / 4000;
  expect(Math.abs(mean - j)).toBeLessThan(4 * Math.sqrt((squares / 4000 - mean * mean) / 4000));
});

test("tables go through wrappers that leave observations and rewards alone, and not through others", async () => {
  const env = await makeEnv("FrozenLake-v1");
  expect(env.mdp).toBeDefined();
  expect(timeLimit(env, 5).mdp).toBe(env.mdp);
  expect(recordEpisodeStatistics(env).mdp).toBe(env.mdp);
  expect(normalizeReward(env).mdp).toBeUndefined();
  const { mdp } = env;
  expect(replayable({ ...walk(), mdp }).mdp).toBe(mdp);
  expect(timeLimit(walk() as Env, 5).mdp).toBeUndefined();
});
