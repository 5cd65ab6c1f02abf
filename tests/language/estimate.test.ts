// Estimates of time and memory: of the trainings that they are of, without what those do for their user.

import { describe, expect, test } from "vitest";
import { defaultsOf } from "../../src/learning/option-schema.ts";
import {
  estimateRewardModel,
  estimateRlhf,
  estimateSft,
  idTokenizer,
  newLanguageModel,
  rlhfOptions,
  roomOfRlhf,
  totalOf,
  type LanguageEstimate,
  type LanguageModel,
} from "../../src/language/index.ts";
import { InputError } from "../../src/errors.ts";
import { timed } from "../../src/language/timed.ts";
import type { Learner } from "../../src/learning/learner.ts";
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

/** A learner of eight steps an update, and a clock that stands still but while it learns: so long, in seconds. */
function learnerByTheClock(secondsOf: (update: number) => number) {
  let [seconds, updates] = [0, 0];
  const learner: Learner = {
    progress: {
      get steps() {
        return 8 * updates;
      },
    },
    weights: [],
    variables: [],
    states: {},
    *update() {
      seconds += secondsOf(updates++);
      yield;
      return {};
    },
  };
  return { create: () => learner, now: () => 1000 * seconds, updates: () => updates };
}

describe("the time of a step", () => {
  test.each([
    ["without the first update, which compiles", (update: number) => (update === 0 ? 0.5 : 0.125), 0.125 / 8, 1 + 8],
    ["without the first third of a second", (update: number) => (update < 3 ? 0.125 : 0.0625), 0.0625 / 8, 3 + 16],
    ["of the first update, where it takes two seconds", () => 2.5, 2.5 / 8, 1],
  ])("%s", async (_, secondsOf, perStep, updates) => {
    const clocked = learnerByTheClock(secondsOf);
    const result = await timed(clocked.create, {}, {}, 1000, clocked.now);
    expect([result.perStep, clocked.updates()]).toEqual([perStep, updates]);
  });

  test("of all updates, where there are few", async () => {
    const clocked = learnerByTheClock(() => 0.125);
    expect(await timed(clocked.create, {}, {}, 5, clocked.now)).toEqual({ perStep: 0.125 / 8, measured: 5 * 0.125 });
  });
});

test("fine-tuning", async () => {
  const input = { model: { sizes, tokenizer }, texts, batch: 1, heldOut: texts.slice(0, 2) };
  const estimate = await estimateSft({ ...input, epochs: 60 });
  expectSound(estimate);
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
  expect(estimate.room).toEqual(roomOfRlhf({ actor: model.config }, { ...defaultsOf(rlhfOptions), ...options }));
});

test("what the training would refuse is refused", async () => {
  await expect(estimateSft({ model, texts: [] })).rejects.toThrow(InputError);
  await expect(estimateRewardModel({ model, pairs: [] })).rejects.toThrow("no pairs");
  await expect(estimateRlhf({ model, reward: () => 0, prompts: ["99"] })).rejects.toThrow("prompt 1");
  await expect(estimateSft({ model, texts, epochs: 0 })).rejects.toThrow('"epochs"');
});
