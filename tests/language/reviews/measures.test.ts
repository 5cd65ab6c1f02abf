// The built-in case beside its runs, on the models that ship.

import { expect, test } from "vitest";
import { samplePairs, judgeText, reviewsBestOfN, reviewsCalibration, reviewsModels } from "../../../src/language/reviews/index.ts"; // prettier-ignore
import { likeliestScale } from "../../../src/language/reviews/measures.ts";

const models = await reviewsModels();

test("the best of more texts have a larger reward and a larger truth, for more nats", async () => {
  const { points } = await reviewsBestOfN(models, { prompts: 4, pool: 48, counts: [1, 4, 16], seed: 21 });
  expect(points.map(({ n }) => n)).toEqual([1, 4, 16]);
  const [one, four, sixteen] = points;
  expect(four.proxy).toBeGreaterThan(one.proxy + 0.5);
  expect(sixteen.proxy).toBeGreaterThan(four.proxy + 0.3);
  expect(sixteen.truth).toBeGreaterThan(one.truth + 0.4);
  expect(one.kl).toBe(0);
  expect(one.wellFormed).toBeGreaterThan(0.9);
});

test("pairs are of one prompt and differ, and the truer text is mostly the chosen one", async () => {
  const [pairs, straight] = [await samplePairs(models.sft, 150, { seed: 21 }), await samplePairs(models.sft, 150, { seed: 21, flipped: 0 })]; // prettier-ignore
  expect(pairs.length).toBeGreaterThan(140);
  for (const { prompt, chosen, rejected, truths } of pairs) {
    expect(prompt).toMatch(/^the \w+ was$/);
    expect(chosen).not.toBe(rejected);
    expect([chosen, rejected].map((text) => judgeText(prompt, text).truth)).toEqual(truths);
  }
  const truer = pairs.filter(({ truths: [a, b] }) => a > b).length / pairs.length;
  expect(truer).toBeGreaterThan(0.65); // some are turned round, and close ones are a toss-up
  expect(truer).toBeLessThan(0.9);
  const differing = pairs.filter(({ chosen }, i) => chosen !== straight[i].chosen).length;
  expect(Math.abs(differing / pairs.length - 0.1)).toBeLessThan(0.06);
});

test("the reward model is as sure as it should be", async () => {
  const { accuracy, pairs, bins } = await reviewsCalibration(models, { count: 200, seed: 21 });
  expect(accuracy).toBeGreaterThan(0.6);
  const [predicted, observed] = (["predicted", "observed"] as const).map((key) =>
    bins.reduce((sum, bin) => sum + (bin[key] * bin.count) / pairs, 0),
  );
  expect(Math.abs(predicted - observed)).toBeLessThan(0.07);
});

test("a scale by which margins are as likely as can be", () => {
  // three of four labels are right at a margin of 2: σ(2 s) = ¾
  expect(likeliestScale([2, 2, 2, -2])).toBeCloseTo(Math.log(3) / 2, 9);
  expect(likeliestScale([-1, -1, 0.5])).toBeCloseTo(0, 9);
});
