import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import {
  estimate,
  estimators,
  moments,
  momentsOf,
  policyOf,
  sampleTrajectory,
  values,
  type Estimator,
} from "../../src/exact/index.ts";
import { createGenerator } from "../../src/random/index.ts";
import { distance, lake, randomTheta, terrace, twoSteps } from "./mdps.ts";

const wrong = (states: number): Float64Array => Float64Array.from({ length: states }, (_, s) => Math.sin(3 * s + 1));

describe("what is unbiased, with γ^t, whatever the critic", () => {
  const gamma = 0.8;
  const mdp = terrace({ length: 3, noise: 0.5 });
  const v = wrong(mdp.states);
  test.each<[string, Estimator]>([
    ["R(τ)", estimators.totalReturn({ gamma })],
    ["G_t", estimators.rewardToGo({ gamma })],
    ["G_t − b", estimators.constantBaseline({ gamma, baseline: 1.7 })],
    ["G_t − V, V wrong", estimators.valueBaseline({ gamma, v })],
    ["as many steps as there are, V wrong", estimators.nStep({ gamma, v, n: 3 })],
    ["GAE with λ = 1, V wrong", estimators.gae({ gamma, v, lambda: 1 })],
    ["TD(0), V = V^π", estimators.td({ gamma })],
    ["GAE, V = V^π", estimators.gae({ gamma, lambda: 0.5 })],
    ["A^π", estimators.trueAdvantage({ gamma })],
  ])("%s", (_, estimator) => {
    const theta = randomTheta(mdp, 4);
    const { biasNorm, gradient, variance } = moments(mdp, theta, estimator);
    expect(biasNorm).toBeLessThan(1e-13);
    expect(Math.hypot(...gradient)).toBeGreaterThan(0.05);
    expect(variance).toBeGreaterThan(0.001);
  });

  test.each<[string, Estimator]>([
    ["TD(0), V wrong", estimators.td({ gamma, v })],
    ["two steps, V wrong", estimators.nStep({ gamma, v, n: 2 })],
    ["GAE, V wrong", estimators.gae({ gamma, v, lambda: 0.9 })],
    ["G_t without γ^t", estimators.rewardToGo({ gamma, discountTime: false })],
    ["A^π without γ^t", estimators.trueAdvantage({ gamma, discountTime: false })],
  ])("but not %s", (_, estimator) => {
    const { bias, biasNorm, mean, gradient } = moments(mdp, randomTheta(mdp, 4), estimator);
    expect(biasNorm).toBeGreaterThan(0.003);
    expect(biasNorm).toBeCloseTo(Math.hypot(...bias), 14);
    expect(distance(bias, mean.map((m, k) => m - gradient[k]))).toBe(0); // prettier-ignore
  });
});

describe("TwoStep by hand, uniform, with a critic that underestimates state 2 by c", () => {
  const [mdp, gamma, c] = [twoSteps(), 0.5, 0.6];
  const theta = new Float64Array(8);
  const policy = policyOf(theta, mdp);
  const exact = values(mdp, policy, gamma);
  const v = exact.v.map((x, s) => (s === 2 ? x - c : x));

  test("bias of the gradient by TD(0): the action that leads to state 2 less often looks better", () => {
    // E[δ₀|a] is off by −γc P(2|a), with P(2|0) = 0.2 and P(2|1) = 0.7. In s₀, ∂/∂θ(0) = Σ_a π(a) (1{a = 0} − ½) of it:
    // ¼ · (−γc) · (0.2 − 0.7) = ⅛ γc. In state 2 the error is a baseline's, and does nothing.
    const { bias } = moments(mdp, theta, estimators.td({ gamma, v }));
    expect(distance(bias, [0.125 * gamma * c, -0.125 * gamma * c, 0, 0, 0, 0, 0, 0])).toBeLessThan(1e-15);
  });

  test("bias and variance of the advantage estimates, given state and action", () => {
    const { visits, bias, variance, average } = momentsOf(mdp, policy, estimators.td({ gamma, v }), {
      against: exact.advantage,
    });
    const expected = [-gamma * c * 0.2, -gamma * c * 0.7, 0, 0, c, c, 0, 0];
    expect(distance(bias, expected)).toBeLessThan(1e-14);
    // δ₀ varies with the middle state alone, of which V is 0.5 and 1 − c = 0.4: γ² · 0.1² · p(1 − p).
    expect(distance(variance, [gamma ** 2 * 0.01 * 0.16, gamma ** 2 * 0.01 * 0.21, 0, 0, 0, 0, 0, 0])).toBeLessThan(1e-14);
    expect(distance(visits, [0.5, 0.5, 0.275, 0.275, 0.225, 0.225, 0, 0])).toBeLessThan(1e-14);
    // Two steps an episode: 0.5·(−0.06) + 0.5·(−0.21) + 0.45·0.6 = 0.135.
    expect(average.bias).toBeCloseTo(0.135 / 2, 14);
    expect(average.squaredBias).toBeCloseTo((0.5 * 0.06 ** 2 + 0.5 * 0.21 ** 2 + 0.45 * 0.36) / 2, 14);
    expect(average.variance).toBeCloseTo((0.5 * 0.0025 * 0.16 + 0.5 * 0.0025 * 0.21) / 2, 14);
  }); // prettier-ignore

  test("a function of one's own: r_{t+1}, whose mean is r(s, a)", () => {
    const { mean, bias, variance } = momentsOf(mdp, policy, ({ rewards }, t) => rewards[t]);
    expect(distance(mean, [0.5, 0, 1, 0, -1, 3, 0, 0])).toBeLessThan(1e-15);
    expect(distance(bias, mean)).toBe(0);
    expect(distance(variance, new Float64Array(8))).toBeLessThan(1e-15);
  });

  test("variance of G_t in s₀: γ² of the second reward's", () => {
    const { variance } = momentsOf(mdp, policy, estimators.rewardToGo({ gamma }));
    // After action 0: r₂ is 1, 0, −1, 3 with probabilities 0.4, 0.4, 0.1, 0.1: mean 0.6, square 1.4.
    expect(variance[0]).toBeCloseTo(gamma ** 2 * (1.4 - 0.36), 14);
  });
});

test("with λ the bias of a wrong critic falls to that of a baseline, which does nothing, and the variance rises", () => {
  const mdp = terrace({ length: 3, noise: 1 });
  const policy = policyOf(randomTheta(mdp, 2), mdp);
  const { v, advantage } = values(mdp, policy, 1);
  const low = v.map((x, s) => x * (s % 2 === 0 ? 0.9 : 0.4)); // underestimates the upper terrace more
  const sweep = [0, 0.5, 0.9, 1].map((lambda) =>
    momentsOf(mdp, policy, estimators.gae({ gamma: 1, lambda, v: low }), { against: advantage }),
  );
  /** The error in what tells the two actions of a state apart. */
  const confusion = sweep.map(({ bias }) =>
    Math.max(...mdp.start.map((_, s) => Math.abs(bias[2 * s] - bias[2 * s + 1]))),
  );
  expect(confusion[0]).toBeGreaterThan(0.1);
  for (let i = 1; i < sweep.length; i++) {
    expect(confusion[i]).toBeLessThan(confusion[i - 1]);
    expect(sweep[i].average.variance).toBeGreaterThan(sweep[i - 1].average.variance);
  }
  expect(confusion[3]).toBeLessThan(1e-13);
  const left = sweep[3].bias.map((_, k) => (k < 12 ? v[k >> 1] - low[k >> 1] : 0));
  expect(distance(sweep[3].bias, left)).toBeLessThan(1e-13);
});

test("the variance falls from R(τ) to G_t to G_t − V^π to A^π", () => {
  const mdp = terrace();
  const theta = new Float64Array(20);
  const of = (estimator: Estimator): number => moments(mdp, theta, estimator).variance;
  const [total, toGo, baseline, advantage] = [
    estimators.totalReturn({ gamma: 1 }),
    estimators.rewardToGo({ gamma: 1 }),
    estimators.valueBaseline({ gamma: 1 }),
    estimators.trueAdvantage({ gamma: 1 }),
  ].map(of);
  expect(total).toBeGreaterThan(1.2 * toGo);
  expect(toGo).toBeGreaterThan(1.2 * baseline);
  expect(baseline).toBeGreaterThan(1.2 * advantage);
});

test.each<[string, Estimator]>([
  ["R(τ)", estimators.totalReturn({ gamma: 0.9 })],
  ["TD(0), V wrong", estimators.td({ gamma: 0.9, v: wrong(8) })],
  ["GAE, V wrong, without γ^t", estimators.gae({ gamma: 0.9, lambda: 0.7, v: wrong(8), discountTime: false })],
])("mean and variance are those of 8,000 samples, within five standard errors: %s", (_, estimator) => {
  const mdp = terrace({ length: 3, noise: 0.7 });
  const theta = randomTheta(mdp, 9);
  const policy = policyOf(theta, mdp);
  const { mean, variances, variance, trajectories } = moments(mdp, theta, estimator);
  expect(trajectories).toBe(2 * 8 ** 3);
  const estimateOf = estimate(mdp, theta, estimator);
  const generator = createGenerator(2);
  const n = 8_000;
  const total = new Float64Array(mean.length);
  let [distances, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const g = estimateOf(sampleTrajectory(mdp, policy, generator));
    g.forEach((x, k) => (total[k] += x));
    const far = g.reduce((sum, x, k) => sum + (x - mean[k]) ** 2, 0);
    distances += far;
    squares += far * far;
  }
  mean.forEach((m, k) => expect(Math.abs(total[k] / n - m)).toBeLessThanOrEqual(5 * Math.sqrt(variances[k] / n)));
  const error = Math.sqrt((squares / n - (distances / n) ** 2) / n);
  expect(Math.abs(distances / n - variance)).toBeLessThan(5 * error);
  expect(error).toBeLessThan(0.1 * variance);
});

test("errors of the enumeration come through, and a comparison of the wrong size", () => {
  const theta = new Float64Array(64);
  expect(() => moments(lake(), theta, estimators.rewardToGo({ gamma: 0.9 }))).toThrow(/cannot be enumerated/);
  expect(() => moments(twoSteps(), new Float64Array(8), estimators.totalReturn({ gamma: 1 }), { most: 4 })).toThrow(
    /there are 8/,
  );
  expect(() => momentsOf(twoSteps(), policyOf(new Float64Array(8), twoSteps()), () => 0, { against: [0] })).toThrow(
    InputError,
  );
});
