import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { gradient, policyOf, thetaOf, ways } from "../../src/exact/index.ts";
import { distance, goesOn, lake, randomTheta, terrace, twoSteps } from "./mdps.ts";

describe("TwoStep, by hand: ∂J/∂θ(s, a) = d(s) π(a|s) A(s, a)", () => {
  // Policy, advantages and occupancy as in values.test.ts.
  const theta = thetaOf([0.25, 0.75, 0.5, 0.5, 0.2, 0.8, 0.5, 0.5]);
  const first = 1 * 0.25 * 0.05625; // 0.0140625
  const second = 0.2125 * 0.5 * 0.5; // 0.053125
  const third = 0.2875 * 0.8 * 0.8; // 0.184

  test.each(ways)("by %s", (by) => {
    const expected = [first, -first, second, -second, -third, third, 0, 0];
    expect(distance(gradient(twoSteps(), theta, { gamma: 0.5, by }), expected)).toBeLessThan(1e-12);
  });
});

test.each([1, 0.9, 0.5])("the three ways agree on random θ, γ = %f", (gamma) => {
  const mdps = [twoSteps(), terrace({ length: 3, noise: 1 }), terrace({ length: 1, slip: 0 })];
  for (const mdp of mdps)
    for (const seed of [1, 2, 3]) {
      const theta = randomTheta(mdp, seed);
      const [one, two, three] = ways.map((by) => gradient(mdp, theta, { gamma, by }));
      expect(distance(one, two)).toBeLessThan(1e-12);
      expect(distance(two, three)).toBeLessThan(1e-9);
      expect(distance(one, new Float64Array(one.length)), "not all zeros").toBeGreaterThan(0.01);
      expect(distance(gradient(mdp, theta, { gamma }), two), "the default").toBe(0);
    }
});

test("one state, by hand: J(p) = (1 + p) / (1 − γp), dp/dθ₁ = p(1 − p)", () => {
  const [p, gamma] = [policyOf([0.3, -0.4], goesOn)[1], 0.8];
  const slope = ((1 - gamma * p + gamma * (1 + p)) / (1 - gamma * p) ** 2) * p * (1 - p);
  for (const by of ["dynamic programming", "differences"] as const)
    expect(distance(gradient(goesOn, [0.3, -0.4], { gamma, by }), [-slope, slope])).toBeLessThan(1e-11);
});

test("where nothing can be enumerated, two ways agree: FrozenLake", () => {
  const mdp = lake();
  const theta = randomTheta(mdp, 7);
  const of = (by: (typeof ways)[number]) => gradient(mdp, theta, { gamma: 1, by });
  const exact = of("dynamic programming");
  expect(distance(exact, of("differences"))).toBeLessThan(1e-12);
  expect(distance(exact, new Float64Array(64))).toBeGreaterThan(1e-4);
});

test("errors: what cannot be enumerated, what does not end, what there is not", () => {
  const zeros = new Float64Array(64);
  expect(() => gradient(lake(), zeros, { gamma: 1, by: "trajectories" })).toThrow(/need not end within 100 steps/);
  expect(() => gradient(lake(), zeros, { gamma: 1, by: "trajectories", longest: 3 })).toThrow(/within 3 steps/);
  const loops = { ...goesOn, outcomes: () => [{ probability: 1, next: 0, reward: 1, terminated: false }] };
  expect(() => gradient(loops, [0, 0], { gamma: 1 })).toThrow(/goes on for ever/);
  expect(() => gradient(loops, [0, 0], { gamma: 1, by: "differences" })).toThrow(InputError);
  expect(() => gradient(goesOn, [0, 0], { gamma: 1, by: "luck" as never })).toThrow(
    'option "by" is "luck", but must be one of "trajectories", "dynamic programming", "differences"',
  );
  expect(() => gradient(goesOn, [0], { gamma: 0.5 })).toThrow(/theta must be an array of 2 numbers/);
});
