// What trainings of language models are given is checked, whatever its types say.

import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { newLanguageModel, rewardModelAlgorithm, rlhfAlgorithm, sftAlgorithm, wordTokenizer } from "../../src/language/index.ts"; // prettier-ignore
import { createStreams } from "../../src/random/index.ts";

const sizes = { context: 4, width: 8, layers: 1, heads: 2 };
const model = newLanguageModel(sizes, wordTokenizer(["a", "b"]), createStreams(1)("initialization"));
const reward = (): number => 1;
const wrong: [string, () => unknown, RegExp][] = [
  ["no model", () => sftAlgorithm({ texts: ["a"] } as never), /the model is undefined, but must be a language model/],
  ["a model's name", () => sftAlgorithm({ model: "reviews", texts: ["a"] } as never), /the model is a string/],
  ["no texts", () => sftAlgorithm({ model } as never), /texts are undefined, but must be a list/],
  ["one text", () => sftAlgorithm({ model, texts: "a" } as never), /texts are a string, but must be a list/],
  ["a number", () => sftAlgorithm({ model, texts: ["a", 5] } as never), /text 2 is undefined, but must be a text/],
  ["null", () => sftAlgorithm({ model, texts: [null] } as never), /text 1 is undefined, but must be a text/],
  ["no pairs", () => rewardModelAlgorithm({ model } as never), /pairs are undefined, but must be a list/],
  ["no pair", () => rewardModelAlgorithm({ model, pairs: [null] } as never), /chosen answer of pair 1 is undefined/],
  ["no prompts", () => rlhfAlgorithm({ model, reward } as never), /prompts are undefined, but must be a list/],
  ["an empty list", () => rlhfAlgorithm({ model, reward, prompts: [] }), /there are no prompts to write behind/],
  ["not a prompt", () => rlhfAlgorithm({ model, reward, prompts: [1] } as never), /prompt 1 is a number, but must be/],
  [
    "too long to watch",
    () => rlhfAlgorithm({ model, reward, prompts: ["a"], watched: ["a b a b"] }),
    /watched prompt 1 has 5 tokens/,
  ],
];

test.each(wrong)("%s", (_, create, message) => {
  expect(create).toThrow(InputError);
  expect(create).toThrow(message);
});
