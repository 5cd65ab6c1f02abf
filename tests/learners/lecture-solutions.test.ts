import { expect, test } from "vitest";
import { actorCritic } from "../../examples/lecture/actor-critic.ts";
import { actorCriticWithGae, gae } from "../../examples/lecture/gae.ts";
import { gaussianPpo } from "../../examples/lecture/gaussian.ts";
import { ppo } from "../../examples/lecture/ppo.ts";
import { reinforce } from "../../examples/lecture/reinforce.ts";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("exercise 1 learns with either baseline", async () => {
  for (const baseline of ["learned", "constant"] as const) {
    const returns = await reinforce(baseline, 600);
    expect(mean(returns.slice(0, 50)), "a random policy comes to some 22").toBeLessThan(60);
    expect(mean(returns.slice(-50)), baseline).toBeGreaterThan(150);
  }
});

test("exercise 2 reaches a mean of 195 by steps of one transition", async () => {
  expect(await actorCritic(195, 200_000, 2)).toBeLessThan(200_000);
  expect(await actorCritic(195, 1000, 2)).toBe(null);
});

test("exercise 3: GAE as computed by hand, and a training with it", async () => {
  // γ = 0.99, λ = 0.5; δ₁ = 2 + 0 − 1 = 1, δ₀ = 1 + 0.99·1 − 0.5 = 1.49; Â₁ = 1, Â₀ = 1.49 + 0.495 = 1.985
  expect(Array.from(gae([1, 2], [0.5, 1], [1, 0], [false, true], 0.5))).toEqual([1.49 + 0.495, 1]);
  expect(Array.from(gae([1, 2], [0.5, 1], [1, 0], [true, true], 0.5)), "nothing crosses an end").toEqual([1.49, 1]);
  const episodes = await actorCriticWithGae(0.95, 40_000);
  expect(mean(episodes.slice(-30).map((episode) => episode.return))).toBeGreaterThan(100);
});

test("extension 1: a Gaussian policy swings the pendulum up, and its σ shrinks", async () => {
  const entropies: number[] = [];
  const returns = await gaussianPpo(40_000, 1, (entropy) => entropies.push(entropy));
  expect(mean(returns.slice(0, 5))).toBeLessThan(-800);
  expect(mean(returns.slice(-10))).toBeGreaterThan(-500);
  expect(entropies.at(-1)!).toBeLessThan(entropies[0]);
});

test("extension 2: the clip keeps KL small over the epochs; without it, it grows", async () => {
  const clipped = await ppo(0.2, 15_000);
  const free = await ppo(Infinity, 15_000);
  expect(clipped.kl).toHaveLength(10);
  expect(Math.max(...clipped.kl)).toBeLessThan(0.05);
  expect(free.kl.at(-1)!).toBeGreaterThan(5 * clipped.kl.at(-1)!);
  expect(mean(clipped.returns.slice(-10))).toBeGreaterThan(80);
});
