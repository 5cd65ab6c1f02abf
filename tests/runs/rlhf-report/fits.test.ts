import { describe, expect, test } from "vitest";
import { fitBestOfN, fitReinforcementLearning, fitWords, type GainPoint } from "../../../src/runs/rlhf-report/fits.ts";

const kls = [0.1, 0.5, 1, 2, 4, 9, 16, 25, 36];
const pointsOf = (gain: (d: number) => number): GainPoint[] => kls.map((kl) => ({ kl, gain: gain(Math.sqrt(kl)) }));

test("reinforcement learning: exact data give α, β and the peak back", () => {
  const fit = fitReinforcementLearning(pointsOf((d) => d * (1.2 - 0.7 * Math.log(d))))!;
  expect(fit.alpha).toBeCloseTo(1.2, 10);
  expect(fit.beta).toBeCloseTo(0.7, 10);
  expect(fit.rSquared).toBeCloseTo(1, 12);
  // The slope α − β − β log d is 0 at d = exp(α/β − 1).
  expect(fit.peakKl).toBeCloseTo(Math.exp(1.2 / 0.7 - 1) ** 2, 9);
  expect(fit.at(4)).toBeCloseTo(2 * (1.2 - 0.7 * Math.log(2)), 10);
  expect(fit.at(0)).toBe(0);
  for (const factor of [0.9, 1.1]) expect(fit.at(fit.peakKl! * factor)).toBeLessThan(fit.at(fit.peakKl!));
});

test("best of n: exact data give α, β and the peak back", () => {
  const fit = fitBestOfN(pointsOf((d) => d * (0.9 - 0.2 * d)))!;
  expect(fit.alpha).toBeCloseTo(0.9, 10);
  expect(fit.beta).toBeCloseTo(0.2, 10);
  expect(fit.rSquared).toBeCloseTo(1, 12);
  expect(fit.peakKl).toBeCloseTo((0.9 / 0.4) ** 2, 9);
});

test("least squares: no other coefficients are nearer to data with errors, and R² says how near", () => {
  const points = pointsOf((d) => d * (1 - 0.4 * Math.log(d))).map(({ kl, gain }, i) => ({ kl, gain: gain + 0.3 * Math.cos(7 * i) })); // prettier-ignore
  const fit = fitReinforcementLearning(points)!;
  const rest = (alpha: number, beta: number): number =>
    points.reduce((sum, { kl, gain }) => sum + (gain - Math.sqrt(kl) * (alpha - beta * Math.log(Math.sqrt(kl)))) ** 2, 0); // prettier-ignore
  for (const [a, b] of [[0.01, 0], [-0.01, 0], [0, 0.01], [0, -0.01]]) expect(rest(fit.alpha + a, fit.beta + b)).toBeGreaterThan(rest(fit.alpha, fit.beta)); // prettier-ignore
  const mean = points.reduce((sum, { gain }) => sum + gain, 0) / points.length;
  const spread = points.reduce((sum, { gain }) => sum + (gain - mean) ** 2, 0);
  expect(fit.rSquared).toBeCloseTo(1 - rest(fit.alpha, fit.beta) / spread, 10);
});

describe("what cannot be fitted", () => {
  test("too few points, points without a distance, points at one distance", () => {
    expect(fitReinforcementLearning(pointsOf((d) => d).slice(0, 2))).toBeNull();
    expect(fitReinforcementLearning(kls.map((kl) => ({ kl: -kl, gain: 1 })))).toBeNull();
    expect(fitReinforcementLearning(kls.map((kl) => ({ kl, gain: NaN })))).toBeNull();
    expect(fitBestOfN([1, 2, 3, 4].map((gain) => ({ kl: 4, gain })))).toBeNull();
  });

  test("a law that only rises has no peak", () => {
    expect(fitReinforcementLearning(pointsOf((d) => d * (0.3 + 0.1 * Math.log(d))))!.peakKl).toBeNull();
    expect(fitBestOfN(pointsOf((d) => d * (0.3 + 0.1 * d)))!.peakKl).toBeNull();
  });

  test("a shape that is another is told to be one", () => {
    const fit = fitReinforcementLearning(pointsOf((d) => Math.sin(9 * d)))!;
    expect(fit.rSquared).toBeLessThan(0.5);
    expect(fitWords(fit)).toBe("does not fit");
    expect(fitWords({ ...fit, rSquared: 0.9 })).toBe("fits");
    expect(fitWords({ ...fit, rSquared: 0.89 })).toBe("fits roughly");
    expect(fitWords({ ...fit, rSquared: 0.69 })).toBe("does not fit");
  });
});
