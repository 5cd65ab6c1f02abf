// The trainings as a user of the library calls them: what is read of texts, prompts and pairs, and what is refused.

import { describe, expect, test } from "vitest";
import { generate, idTokenizer, newLanguageModel, scoreTexts, trainRewardModel, trainRlhf, trainSft, wordTokenizer } from "../../src/language/index.ts"; // prettier-ignore
import { createStreams } from "../../src/random/index.ts";

const sizes = { context: 12, width: 16, layers: 1, heads: 2 };
const words = wordTokenizer(["a", "b", "c", "d", "e", "f"]);
const ids = idTokenizer(9, 8);
const seed = createStreams(1)("initialization");

test("fine-tuning is on completions alone, behind an end of text and up to one", async () => {
  // The prompts are certain: if they counted, the loss would be lower than what can be foreseen of completions.
  const texts = Array.from({ length: 60 }, (_, i) => ({
    prompt: "a a a a a a",
    completion: ["b", "c", "d", "e"][i % 4],
  }));
  const { model, tokens, heldOut } = await trainSft({ model: { sizes, tokenizer: words }, texts, heldOut: texts, epochs: 30, learningRate: 1e-2 }); // prettier-ignore
  expect(tokens).toBe(30 * 60 * 2); // the word and the end
  expect(heldOut!.loss).toBeCloseTo(Math.log(4) / 2, 1);
  const whole = await trainSft({ model, texts: ["f f f"], epochs: 1 });
  expect(whole.tokens).toBe(4);
  expect((await trainSft({ model: { sizes, tokenizer: ids }, texts: ["1 2 3"], epochs: 1 })).tokens).toBe(3);
});

test.each([
  ["words", words, (i: number) => ["a", "b", "c", "d", "e", "f"][i]],
  ["ids", ids, String],
] as const)("a reward model reads answers from their first token (%s)", async (_, tokenizer, name) => {
  const pairs = Array.from({ length: 80 }, (_, i) => {
    const rest = ` ${name((i * 5) % 6)} ${name((i * 7) % 6)}`;
    return { prompt: name(i % 6), chosen: name(0) + rest, rejected: name(1) + rest };
  });
  const { rewardModel, accuracy } = await trainRewardModel({ model: newLanguageModel(sizes, tokenizer, seed), pairs, heldOut: pairs.slice(0, 20), learningRate: 1e-2, epochs: 8 }); // prettier-ignore
  expect(accuracy).toBe(1);
  const texts = pairs.flatMap(({ prompt, chosen, rejected }) => [`${prompt} ${chosen}`, `${prompt} ${rejected}`]);
  const scores = await scoreTexts(rewardModel, texts);
  const mean = scores.reduce((a, b) => a + b) / scores.length;
  expect(mean).toBeCloseTo(0, 4);
  expect(scores.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / scores.length).toBeCloseTo(1, 4);
  for (let i = 0; i < texts.length; i += 2) expect(scores[i]).toBeGreaterThan(scores[i + 1]);
});

describe("RLHF", () => {
  const model = newLanguageModel(sizes, words, seed);
  const reward = (_: string, text: string): number => text.split("c").length - 1;

  test("prompts are taken in turn, or as a function of the iteration says; the reward sees texts and ends", async () => {
    const prompts: string[] = [];
    const said: [string, string, boolean][] = [];
    const options = { model, episodes: 3, iterations: 3, onEpisodes: (episodes: readonly { prompt: readonly number[] }[]) => void prompts.push(...episodes.map(({ prompt }) => words.decode(prompt))) }; // prettier-ignore
    const { metrics } = await trainRlhf({ ...options, prompts: ["a", "b", "c", "d"], reward: (...args) => (said.push(args), reward(args[0], args[1])) }); // prettier-ignore
    expect(prompts).toEqual(["a", "b", "c", "d", "a", "b", "c", "d", "a"]);
    expect(said.map(([prompt]) => prompt)).toEqual(prompts);
    expect(said.some(([, , ended]) => ended)).toBe(true);
    expect(metrics).toHaveLength(3);
    prompts.length = 0;
    await trainRlhf({ ...options, prompts: (i) => [["a b", "c"], ["d"], ["e", "f", "a"]][i], reward });
    expect(prompts).toEqual(["a b", "c", "a b", "d", "d", "d", "e", "f", "a"]);
  });

  test("what cannot be trained is refused", async () => {
    const run = (more: Partial<Parameters<typeof trainRlhf>[0]>) => trainRlhf({ model, reward, prompts: ["a"], iterations: 1, episodes: 2, ...more }); // prettier-ignore
    const rewardOf = (sizesOfReward: typeof sizes, tokenizer: typeof words) => ({ model: newLanguageModel(sizesOfReward, tokenizer, seed), headWeight: new Float32Array(16), headBias: 0 }); // prettier-ignore
    await expect(run({ prompts: [] })).rejects.toThrow("there are no prompts to write behind");
    await expect(run({ reward: rewardOf(sizes, wordTokenizer(["a", "b", "c", "d", "e", "g"])) })).rejects.toThrow("another tokenizer"); // prettier-ignore
    await expect(run({ reward: rewardOf({ ...sizes, context: 11 }, words) })).rejects.toThrow("sees 11 tokens at once"); // prettier-ignore
    await expect(run({ model: newLanguageModel(sizes, idTokenizer(9), seed) })).rejects.toThrow("no token that ends a text"); // prettier-ignore
    expect((await run({ reward: rewardOf({ ...sizes, context: 20 }, words) })).metrics[0].score).toBe(0);
  });
});

describe("what is given besides", () => {
  const model = newLanguageModel(sizes, words, seed);
  const pair = { prompt: "a", chosen: "b", rejected: "c" };
  const trainings: [string, (more: object) => Promise<unknown>][] = [
    ["sft", (more) => trainSft({ model, texts: ["a"], epochs: 1, ...more })],
    ["reward model", (more) => trainRewardModel({ model, pairs: [pair], epochs: 1, ...more })],
    ["rlhf", (more) => trainRlhf({ model, prompts: ["a"], reward: () => 0, iterations: 1, episodes: 2, ...more })],
    ["generate", (more) => generate(model, ["a"], more)],
  ];
  test.each(trainings)("%s refuses a signal that is none, and names the nearest option", async (who, run) => {
    await expect(run({ signal: new AbortController() })).rejects.toThrow('option "signal" is an AbortController, but must be an AbortSignal: give its property signal'); // prettier-ignore
    await expect(run({ signal: "stop" })).rejects.toThrow('option "signal" is a string');
    await expect(run({ sede: 1 })).rejects.toThrow(`${who}: unknown option "sede". Did you mean "seed"`);
    await expect(run({ singal: undefined, seed: 1 })).resolves.toBeDefined();
    await expect(run(who === "generate" ? { onText: 1 } : { onUpdate: 1 })).rejects.toThrow("is a number, but must be a function"); // prettier-ignore
  });
  test("RLHF refuses top-k and top-p, with the reason, and iterations that are none", async () => {
    const run = trainings[2][1];
    for (const option of ["topK", "topP"])
      await expect(run({ [option]: 1 })).rejects.toThrow(`rlhf: there is no option "${option}": training needs log π of all tokens`); // prettier-ignore
    for (const iterations of [0, 1.5, "3"]) await expect(run({ iterations })).rejects.toThrow('option "iterations" must be a whole number of at least 1'); // prettier-ignore
    await expect(run({ prmopts: ["a"] })).rejects.toThrow('Did you mean "prompts"?');
  });
  test("reports carry warnings, each once", async () => {
    const warned: unknown[] = [];
    await trainRlhf({ model, prompts: ["a"], reward: () => 0, iterations: 3, episodes: 2, klPenalty: "k1-in-loss", critic: "shared", onUpdate: ({ warnings }) => void warned.push(warnings) }); // prettier-ignore
    expect(warned).toEqual([[expect.stringContaining('the KL penalty "k1-in-loss" is biased')], undefined, undefined]);
  });
});

test("texts that teach nothing, or do not fit, are told", async () => {
  const model = newLanguageModel(sizes, words, seed);
  const pair = { prompt: "a", chosen: "b", rejected: "c" };
  await expect(trainSft({ model, texts: [] })).rejects.toThrow("no texts to learn from");
  await expect(trainSft({ model, texts: ["a"], heldOut: [] })).rejects.toThrow("leave `heldOut` out");
  await expect(trainRewardModel({ model, pairs: [pair], heldOut: [] })).rejects.toThrow("leave `heldOut` out");
  await expect(trainSft({ model: { sizes, tokenizer: ids }, texts: ["1 2", ""] })).rejects.toThrow("text 2 is empty");
  const eleven = "a a a a a a a a a a a";
  await expect(trainSft({ model, texts: [`${eleven} a`] })).rejects.toThrow("text 1 has 14 tokens with its ends, and the model sees 12"); // prettier-ignore
  await expect(trainSft({ model, texts: [eleven], epochs: 1 })).resolves.toMatchObject({ tokens: 12 });
  await expect(trainRewardModel({ model, pairs: [{ ...pair, rejected: eleven }] })).rejects.toThrow("the rejected answer of pair 1 has 14 tokens"); // prettier-ignore
});
