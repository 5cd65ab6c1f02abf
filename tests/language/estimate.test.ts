// Estimates of time and memory: of the trainings that they are of, without what those do for their user.

import { expect, test } from "vitest";
import {
  estimateRewardModel,
  estimateRlhf,
  estimateSft,
  idTokenizer,
  newLanguageModel,
  rlhfOptions,
  roomOfRlhf,
  totalOf,
  trainSft,
  type LanguageEstimate,
  type LanguageModel,
} from "../../src/language/index.ts";
import { InputError } from "../../src/errors.ts";
import { createStreams } from "../../src/random/index.ts";

const tokenizer = idTokenizer(12, 11);
const sizes = { context: 16, width: 8, layers: 1, heads: 2 };
const model: LanguageModel = newLanguageModel(sizes, tokenizer, createStreams(1)("initialization"));
const texts = Array.from({ length: 8 }, (_, i) => `1 2 3 ${i % 10} 5 6 7`);

function expectSound(estimate: LanguageEstimate): void {
  expect(estimate.seconds).toBeGreaterThan(0);
  expect(estimate.seconds).toBeLessThan(600);
  expect(estimate.bytes).toBe(totalOf(estimate.room));
  expect(estimate.bytes).toBeGreaterThan(100_000);
  expect(estimate.scaled).toBe(false);
}

test("fine-tuning: in proportion to its epochs, near the time that it takes", async () => {
  const input = { model: { sizes, tokenizer }, texts, batch: 1, heldOut: texts.slice(0, 2) };
  const estimate = await estimateSft({ ...input, epochs: 60 });
  expectSound(estimate);
  const start = performance.now();
  await trainSft({ ...input, epochs: 60 });
  const ratio = (performance.now() - start) / 1000 / estimate.seconds;
  expect(ratio).toBeGreaterThan(1 / 8); // a machine that is busy now and idle then
  expect(ratio).toBeLessThan(8);
  const longer = await estimateSft({ ...input, epochs: 1200 });
  expect(longer.seconds / estimate.seconds).toBeGreaterThan(20 / 8);
});

test("a reward model", async () => {
  const pairs = texts.map((chosen) => ({ prompt: "1", chosen, rejected: "4" }));
  expectSound(await estimateRewardModel({ model, pairs, batch: 4, epochs: 3, heldOut: pairs }));
});

test("RLHF: its reward is asked, and nobody is told of its texts; a long training is a multiple of a short one", async () => {
  let asked = 0;
  const told: unknown[] = [];
  const options = { episodes: 8, epochs: 1, minibatches: 2 };
  const input = { model, reward: () => ++asked, prompts: ["1", "2"], onEpisodes: () => void told.push(1), onUpdate: () => void told.push(1), ...options }; // prettier-ignore
  const estimate = await estimateRlhf({ ...input, iterations: 3 });
  expectSound(estimate);
  expect(asked).toBe(3 * 8);
  expect(told).toEqual([]);
  expect(estimate.room).toEqual(roomOfRlhf({ actor: model.config }, { ...rlhfOptions.parse({}), ...options }));
});

test("what the training would refuse is refused", async () => {
  await expect(estimateSft({ model, texts: [] })).rejects.toThrow(InputError);
  await expect(estimateRewardModel({ model, pairs: [] })).rejects.toThrow("no pairs");
  await expect(estimateRlhf({ model, reward: () => 0, prompts: ["99"] })).rejects.toThrow("prompt 1");
  await expect(estimateSft({ model, texts, epochs: 0 })).rejects.toThrow('"epochs"');
});
