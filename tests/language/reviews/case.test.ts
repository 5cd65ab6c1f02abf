// The models that ship, and the built-in case on them.

import { describe, expect, test } from "vitest";
import { generate, scoreTexts } from "../../../src/language/index.ts";
import {
  judge,
  reviewsModels,
  runReviews,
  samplePrompt,
  type ReviewsStep,
} from "../../../src/language/reviews/index.ts";
import * as shipped from "../../../src/language/reviews/shipped-models.ts";
import { createGenerator } from "../../../src/random/index.ts";

const models = await reviewsModels();
const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length;
const wordsOf = (text: string): string[] => text.match(/[.]|[^\s.]+/g) ?? [];

describe("the models that ship", () => {
  test("take less than 300 kB each", () => {
    for (const files of [shipped.sft, shipped.reward]) {
      const size = Object.values(files).reduce((total, base64) => total + base64.length, 0);
      expect(size).toBeLessThan(300_000);
      expect(size).toBeGreaterThan(200_000);
    }
  });

  test("the first writes as the language does", async () => {
    const prompts = Array.from({ length: 400 }, () => "the service was");
    const texts = await generate(models.sft, prompts, { seed: 5 });
    const judged = texts.map(({ prompt, text }) => judge(wordsOf(`${prompt} ${text}`)));
    expect(mean(judged.map(({ wellFormed }) => Number(wellFormed)))).toBeGreaterThan(0.96);
    expect(Math.abs(mean(judged.map(({ truth }) => truth)) + 0.1)).toBeLessThan(0.15);
    expect(texts.filter(({ ended }) => ended).length).toBeGreaterThan(390);
  });

  test("the second knows the truth in part, on the scale of what the first writes", async () => {
    const generator = createGenerator(77);
    const prompts = Array.from({ length: 600 }, () => samplePrompt(generator).join(" "));
    const texts = (await generate(models.sft, prompts, { seed: 77 })).map(({ prompt, text }) => `${prompt} ${text}`);
    const scores = await scoreTexts(models.reward, texts);
    const truths = texts.map((text) => judge(wordsOf(text)).truth);
    const [a, b] = [mean(scores), mean(truths)];
    const covariance = mean(Array.from(scores, (s, i) => (s - a) * (truths[i] - b)));
    const variance = mean(Array.from(scores, (s) => (s - a) * (s - a)));
    const correlation = covariance / Math.sqrt(variance * mean(truths.map((t) => (t - b) * (t - b))));
    expect(correlation).toBeGreaterThan(0.6);
    expect(correlation).toBeLessThan(0.95);
    expect(Math.abs(a)).toBeLessThan(0.3);
    expect(Math.sqrt(variance)).toBeGreaterThan(0.8);
    expect(Math.sqrt(variance)).toBeLessThan(1.2);
  });
});

describe("a run", () => {
  const run = (more: object) => runReviews({ models, episodes: 64, iterations: 6, seed: 3, strict: true, ...more });

  test("begins where the model is, and then raises the reward", async () => {
    const told: ReviewsStep[] = [];
    const result = await run({ klCoefficient: 0.05, iterations: 12, onStep: (step: ReviewsStep) => told.push(step) });
    expect(told).toEqual(result.steps);
    const [first, last] = [told[0], told[11]];
    expect(first.kl).toBe(0);
    expect(first.wellFormed).toBeGreaterThan(0.9);
    expect(last.proxy).toBeGreaterThan(first.proxy + 0.5);
    expect(last.kl).toBeGreaterThan(0);
    expect(result.truthPeak).toBe(Math.max(...told.map(({ truth }) => truth)));
    expect(result.samples[0]).toMatch(/^the \w+ was /);
  }, 60_000);

  test("is the same for the same seed, another one for another", async () => {
    const short = { episodes: 16, iterations: 3 };
    const [one, two, other] = await Promise.all([run(short), run(short), run({ ...short, seed: 4 })]);
    expect(two).toEqual(one);
    expect(other.steps).not.toEqual(one.steps);
  }, 60_000);

  test("stops at a signal with what it has", async () => {
    const controller = new AbortController();
    const result = await run({ signal: controller.signal, onStep: ({ iteration }: ReviewsStep) => iteration === 2 && controller.abort() }); // prettier-ignore
    expect(result.steps).toHaveLength(2);
  }, 60_000);
});
