// What trainings of language models are given is checked, whatever its types say.

import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import * as language from "../../src/language/index.ts";
import { createStreams } from "../../src/random/index.ts";

const { newLanguageModel, rewardModelAlgorithm, rlhfAlgorithm, sftAlgorithm, wordTokenizer } = language;
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

const { estimateRewardModel, estimateRlhf, estimateSft, generate, gptFiles, loadGpt, loadRewardModel } = language;
const { rewardModelFiles, scoreTexts, trainRewardModel, trainRlhf, trainSft } = language;
const isNone = /the model is undefined, but must be a language model, as loadGpt gives one/;
const noObject = (name: string, kind: string) =>
  new RegExp(`the (options|data) of ${name} must be an object, not ${kind}`);
const functions: Record<string, (...given: never[]) => unknown> = { estimateRewardModel, estimateRlhf, estimateSft, rewardModelAlgorithm, rlhfAlgorithm, sftAlgorithm, trainRewardModel, trainRlhf, trainSft }; // prettier-ignore

test.each(Object.entries(functions))("%s says what it needs", async (name, f) => {
  const called = async (...given: unknown[]): Promise<unknown> => f(...(given as never[]));
  for (const given of [[], [{}], [undefined]]) {
    await expect(called(...given)).rejects.toThrow(InputError);
    await expect(called(...given)).rejects.toThrow(isNone);
  }
  await expect(called(null)).rejects.toThrow(noObject(name, "null"));
  await expect(called("reviews")).rejects.toThrow(noObject(name, "a string"));
  await expect(called({ model: 5 })).rejects.toThrow(/the model is a number/);
  await expect(called({ model })).rejects.toThrow(/(texts|pairs) are undefined|the reward is undefined/);
});

test.each<[string, () => unknown, RegExp]>([
  ["no model", () => generate(...([] as never as [never, never])), isNone],
  ["a name", () => generate("reviews" as never, ["a"]), /the model is a string/],
  ["no prompts", () => generate(model, undefined as never), /prompts are undefined, but must be a list/],
  ["a prompt", () => generate(model, "a" as never), /prompts are a string, but must be a list/],
  ["a number", () => generate(model, ["a", 5] as never), /prompt 2 is a number, but must be a text/],
  ["null", () => generate(model, ["a"], null as never), /the options of generate must be an object, not null/],
  [
    "no files",
    () => loadGpt(undefined as never),
    /the files of the model are undefined, but must be a Map of their contents/,
  ],
  [
    "a folder",
    () => loadGpt("runs/first" as never),
    /are a string, but must be a Map .*readGptFolder of polgrad\/node/,
  ],
  ["files of no reward model", () => loadRewardModel({} as never, "here"), /the files of here are an object/],
  ["nothing to write", () => gptFiles(undefined as never), isNone],
  ["no reward model to write", () => rewardModelFiles(model as never), /the reward model is an object, but must be/],
  ["no reward model", () => scoreTexts(undefined as never, []), /the reward model is undefined, but must be/],
])("what generates, reads and writes says what it needs: %s", async (_, act, message) => {
  const called = async (): Promise<unknown> => act();
  await expect(called()).rejects.toThrow(InputError);
  await expect(called()).rejects.toThrow(message);
});
