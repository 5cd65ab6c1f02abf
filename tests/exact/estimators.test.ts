import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { estimate, estimators, thetaOf, values, type Estimator, type Trajectory } from "../../src/exact/index.ts";
import { distance, randomTheta, terrace, twoSteps } from "./mdps.ts";

// Two steps of TwoStep: s₀ –1→ state 2 –0→ the end, with rewards 0.5 and −1 that are this test's own.
const trajectory: Trajectory = {
  probability: 1,
  states: [0, 2],
  actions: [1, 0],
  rewards: Float64Array.of(0.5, -1),
  nextStates: [2, 3],
  terminated: true,
};
const policy = [0.25, 0.75, 0.5, 0.5, 0.2, 0.8, 0.5, 0.5];
const v = [2, 9, 4, 7]; // of state 3, which is terminal, no estimator takes notice
const gamma = 0.5;

describe("Ψ of each step, by hand: γ = ½, V(s₀) = 2, V(s₁) = 4", () => {
  // G₀ = 0.5 + ½·(−1) = 0, G₁ = −1; δ₀ = 0.5 + ½·4 − 2 = 0.5, δ₁ = −1 − 4 = −5.
  test.each<[string, Estimator, number[]]>([
    ["R(τ)", estimators.totalReturn({ gamma }), [0, 0]],
    ["G_t", estimators.rewardToGo({ gamma }), [0, -1]],
    ["G_t − 3", estimators.constantBaseline({ gamma, baseline: 3 }), [-3, -4]],
    ["G_t − V(s_t)", estimators.valueBaseline({ gamma, v }), [-2, -5]],
    ["TD(0)", estimators.td({ gamma, v }), [0.5, -5]],
    ["1 step", estimators.nStep({ gamma, v, n: 1 }), [0.5, -5]],
    ["2 steps", estimators.nStep({ gamma, v, n: 2 }), [0.5 - 2.5, -5]],
    ["GAE, λ = 0.4", estimators.gae({ gamma, v, lambda: 0.4 }), [0.5 + 0.2 * -5, -5]],
    // As in values.test.ts: A(s₀, 1) = 0.845 − 0.86375, A(2, 0) = −1 − 2.2.
    ["A^π", estimators.trueAdvantage({ gamma }), [-0.01875, -3.2]],
  ])("%s", (_, { weights }, expected) => {
    expect(distance(weights(twoSteps(), policy)(trajectory), expected)).toBeLessThan(1e-14);
  });

  test("without v, the critic is V^π", () => {
    const own = values(twoSteps(), policy, gamma).v;
    for (const make of [estimators.td, estimators.valueBaseline])
      expect(make({ gamma }).weights(twoSteps(), policy)(trajectory)).toEqual(
        make({ gamma, v: own }).weights(twoSteps(), policy)(trajectory),
      );
  });

  test("one that was cut off is bootstrapped by a critic, and has ended for others", () => {
    const cut = { ...trajectory, terminated: false }; // δ₁ = −1 + ½·7 − 4 = −1.5
    expect([...estimators.td({ gamma, v }).weights(twoSteps(), policy)(cut)]).toEqual([0.5, -1.5]);
    expect([...estimators.rewardToGo({ gamma }).weights(twoSteps(), policy)(cut)]).toEqual([0, -1]);
  });
});

describe("the estimate is Σ_t γ^t (e_a − π) Ψ_t", () => {
  const theta = thetaOf(policy);
  const of = (estimator: Estimator) => estimate(twoSteps(), theta, estimator)(trajectory);

  test("by hand, with G_t − 3: Ψ₀ = −3 in s₀, γ·Ψ₁ = −2 in state 2", () => {
    const expected = [-3 * -0.25, -3 * 0.25, 0, 0, -2 * 0.8, -2 * -0.8, 0, 0];
    expect(distance(of(estimators.constantBaseline({ gamma, baseline: 3 })), expected)).toBeLessThan(1e-14);
  });

  test("without γ^t: Ψ₁ = −4", () => {
    const estimator = estimators.constantBaseline({ gamma, baseline: 3, discountTime: false });
    expect(distance(of(estimator), [0.75, -0.75, 0, 0, -4 * 0.8, 4 * 0.8, 0, 0])).toBeLessThan(1e-14);
  });

  test("R(τ) takes none", () => {
    const longer = { ...trajectory, rewards: Float64Array.of(0.5, 3) }; // R = 2
    const g = estimate(twoSteps(), theta, estimators.totalReturn({ gamma }))(longer);
    expect(distance(g, [-0.5, 0.5, 0, 0, 1.6, -1.6, 0, 0])).toBeLessThan(1e-14);
  });
});

test("refuses what is out of range", () => {
  expect(() => estimators.rewardToGo({ gamma: 2 })).toThrow("gamma is 2, but must be within 0 … 1");
  expect(() => estimators.gae({ gamma, lambda: -0.1 })).toThrow('"lambda" is -0.1');
  expect(() => estimators.nStep({ gamma, n: 0 })).toThrow('"n" is 0');
  expect(() => estimators.constantBaseline({ gamma, baseline: NaN })).toThrow('"baseline" is NaN');
  expect(() => estimate(terrace(), randomTheta(terrace(), 1), estimators.td({ gamma, v: [1] }))).toThrow(
    'option "v" must be an array of 10 numbers, not 1',
  );
  expect(() => estimators.td({} as never)).toThrow(InputError);
});
