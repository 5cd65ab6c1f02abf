import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { policyOf, score, thetaOf } from "../../src/exact/index.ts";
import { distance, goesOn, randomTheta, terrace } from "./mdps.ts";

test("softmax by rows, hand-computed, however large the parameters", () => {
  const mdp = { ...goesOn, states: 2 };
  const policy = policyOf([Math.log(1), Math.log(3), 1000, 1000 - Math.log(4)], mdp);
  expect(distance(policy, [0.25, 0.75, 0.8, 0.2])).toBeLessThan(1e-12);
  expect([...policyOf([0, 0, 0, 0], mdp)]).toEqual([0.5, 0.5, 0.5, 0.5]);
});

test("thetaOf gives parameters of the same policy, one with zeros too", () => {
  const policy = policyOf(randomTheta(terrace(), 4), terrace());
  expect(distance(policyOf(thetaOf(policy), terrace()), policy)).toBeLessThan(1e-15);
  const [never, always] = policyOf(thetaOf([0, 1]), goesOn);
  expect([never < 1.1e-300, always]).toEqual([true, 1]);
});

test("the score is the derivative of log π, by differences", () => {
  const mdp = terrace({ length: 1 });
  const theta = randomTheta(mdp, 5);
  const policy = policyOf(theta, mdp);
  for (const [state, action] of [[0, 1], [1, 0], [3, 1]]) {
    const logarithm = (k: number, by: number) =>
      Math.log(policyOf(theta.map((x, j) => (j === k ? x + by : x)), mdp)[state * 2 + action]); // prettier-ignore
    const byDifferences = theta.map((_, k) => (logarithm(k, 1e-5) - logarithm(k, -1e-5)) / 2e-5);
    expect(distance(score(policy, mdp, state, action), byDifferences)).toBeLessThan(1e-9);
  }
}); // prettier-ignore

test("REINFORCE identity: E_a[∇log π(a|s) b(s)] = 0 in every state", () => {
  const mdp = terrace();
  const policy = policyOf(randomTheta(mdp, 6), mdp);
  for (let s = 0; s < mdp.states; s++) {
    const total = new Float64Array(policy.length);
    for (let a = 0; a < mdp.actions; a++)
      score(policy, mdp, s, a).forEach((x, k) => (total[k] += policy[s * mdp.actions + a] * x * (7 - s)));
    expect(distance(total, new Float64Array(total.length))).toBeLessThan(1e-14);
  }
});

test("refuses parameters that are too few, or not finite", () => {
  expect(() => policyOf([0], goesOn)).toThrow("theta must be an array of 2 numbers, not 1");
  expect(() => policyOf([0, NaN], goesOn)).toThrow("theta: entry 1 is NaN");
  expect(() => policyOf(undefined as unknown as number[], goesOn)).toThrow(InputError);
});
