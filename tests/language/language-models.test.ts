// The trainings as a user calls them: what they give, and what is refused in words.

import { describe, expect, test } from "vitest";
import {
  byteTokenizer,
  generate,
  gptFiles,
  loadGpt,
  scoreTexts,
  trainRewardModel,
  trainRlhf,
  trainSft,
  wordTokenizer,
  type LanguageModel,
} from "../../src/language/index.ts";

const sizes = { context: 12, width: 16, layers: 1, heads: 2 };
const tokenizer = wordTokenizer(["a", "b", "c", "yes", "no"]);
const texts = Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? "a b c" : "c b a")).map((t) => `${t} yes`);

const trained = await trainSft({ model: { sizes, tokenizer }, texts, heldOut: texts.slice(0, 10), epochs: 60, learningRate: 1e-2, strict: true }); // prettier-ignore
const { model } = trained;

describe("fine-tuning", () => {
  test("learns two texts: one bit is all that is left, and it goes on as they do", async () => {
    const perToken = Math.LN2 / 5;
    expect(trained.heldOut!.loss).toBeGreaterThan(perToken - 0.01);
    expect(trained.heldOut!.loss).toBeLessThan(perToken + 0.03);
    expect(trained.heldOut!.perplexity).toBeCloseTo(Math.exp(trained.heldOut!.loss), 10);
    const written = await generate(model, ["a", "c", ""], { temperature: 0, strict: true });
    expect(written.map(({ text }) => text).slice(0, 2)).toEqual(["b c yes", "b a yes"]);
    expect(written.every(({ ended }) => ended)).toBe(true);
  });

  test("goes on from a model, on completions alone", async () => {
    const asked = Array.from({ length: 40 }, () => ({ prompt: "a b c", completion: "no" }));
    const { model: tuned } = await trainSft({ model, texts: asked, epochs: 6, learningRate: 1e-2 });
    const [{ text }] = await generate(tuned, ["a b c"], { temperature: 0 });
    expect(text).toBe("no");
  });

  test("the same seed gives the same weights", async () => {
    const train = async (seed: number) =>
      (await trainSft({ model: { sizes, tokenizer }, texts: texts.slice(0, 40), epochs: 1, seed, strict: true })).model;
    const [one, two, other] = [await train(1), await train(1), await train(2)];
    expect([...two.weights]).toEqual([...one.weights]);
    expect(other.weights.get("wte.weight")).not.toEqual(one.weights.get("wte.weight"));
  });

  test("a signal ends it, with what was learned", async () => {
    const controller = new AbortController();
    let updates = 0;
    await trainSft({ model, texts, signal: controller.signal, onUpdate: () => ++updates === 2 && controller.abort() });
    expect(updates).toBe(2);
  });
});

describe("a model's files", () => {
  test("give the same model: float32 to the bit, float16 nearly", async () => {
    const again = loadGpt(gptFiles(model));
    expect([...again.weights]).toEqual([...model.weights]);
    expect(again.tokenizer.toJSON()).toEqual(tokenizer.toJSON());
    const half = loadGpt(gptFiles(model, "F16"));
    const of = async (m: LanguageModel) => (await generate(m, ["a"], { temperature: 0 }))[0].text;
    expect(await of(half)).toBe(await of(model));
  });

  test("that are missing or do not fit are named", () => {
    const without = (name: string) => new Map([...gptFiles(model)].filter(([file]) => file !== name));
    expect(() => loadGpt(without("config.json"), "models/x")).toThrow("models/x has no file config.json; it has model.safetensors, polgrad-tokenizer.json"); // prettier-ignore
    expect(() => loadGpt(new Map(), "models/x")).toThrow("models/x has no file config.json; it is empty");
    const other = new Map(gptFiles(model)).set("polgrad-tokenizer.json", new TextEncoder().encode('{"kind":"bytes"}'));
    expect(() => loadGpt(other)).toThrow(/258 token ids, but the model beside it has 7/);
    expect(loadGpt(without("polgrad-tokenizer.json")).tokenizer.kind).toBe("none");
  });
});

describe("a reward model", () => {
  const pairs = Array.from({ length: 60 }, (_, i) => ({
    prompt: i % 2 === 0 ? "a b" : "c",
    chosen: "yes",
    rejected: "no",
  }));

  test("tells the preferred answer, with mean 0 and variance 1 on the pairs", async () => {
    const { rewardModel, accuracy } = await trainRewardModel({ model, pairs, heldOut: pairs.slice(0, 10), epochs: 8, learningRate: 1e-2, batch: 10 }); // prettier-ignore
    expect(accuracy).toBe(1);
    const scores = await scoreTexts(rewardModel, ["a b yes", "a b no", "c yes", "c no"]);
    expect(scores[0] - scores[1]).toBeGreaterThan(1);
    expect(scores[2] - scores[3]).toBeGreaterThan(1);
    const mean = scores.reduce((a, b) => a + b) / 4;
    expect(mean).toBeCloseTo(0, 2);
    expect(scores.reduce((total, s) => total + s * s, 0) / 4).toBeCloseTo(1, 2);

    // One that does not write the preferred answer yet.
    const { model: young } = await trainSft({ model: { sizes, tokenizer }, texts, epochs: 6, strict: true });
    const { model: tuned, metrics } = await trainRlhf({ model: young, reward: rewardModel, prompts: ["a b", "c"], iterations: 15, episodes: 32, learningRate: 3e-3, klCoefficient: 0.02 }); // prettier-ignore
    expect(metrics).toHaveLength(15);
    expect(metrics[0].kl).toBe(0);
    expect(metrics[14].score).toBeGreaterThan(metrics[0].score + 0.2);
    expect(tuned.weights.get("wte.weight")).not.toEqual(young.weights.get("wte.weight"));
  });
});

describe("a reward of one's own", () => {
  test("sees prompt, text and end, and may take its time", async () => {
    const seen: [string, string, boolean][] = [];
    await trainRlhf({
      model,
      prompts: ["a", "c b"],
      iterations: 1,
      episodes: 4,
      reward: async (prompt, text, ended) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push([prompt, text, ended]);
        return 1;
      },
    });
    expect(seen.map(([prompt]) => prompt)).toEqual(["a", "c b", "a", "c b"]);
    expect(seen.every(([, text, ended]) => typeof text === "string" && typeof ended === "boolean")).toBe(true);
  });

  test("that throws or is not a number is told", async () => {
    const wrong = (reward: () => number) => trainRlhf({ model, prompts: ["a"], iterations: 1, episodes: 2, reward });
    await expect(wrong(() => NaN)).rejects.toThrow("the reward of text 1 of 2 is NaN");
    await expect(wrong(() => { throw new Error("no such service"); })).rejects.toThrow("no such service"); // prettier-ignore
  });
});

describe("what does not fit is refused", () => {
  const refused = (promise: Promise<unknown>, message: string) => expect(promise).rejects.toThrow(message);
  test("options", async () => {
    await refused(trainSft({ model, texts, learningRat: 1 } as never), 'sft: unknown option "learningRat". Did you mean "learningRate"?'); // prettier-ignore
    await refused(trainSft({ model, texts, epochs: 0 }), 'sft: option "epochs" is 0, which is wrong');
    await refused(trainRlhf({ model, prompts: ["a"], reward: () => 1, clip: -1 }), 'rlhf: option "clip" is -1');
    await refused(generate(model, ["a"], { maxTokens: 0 }), 'option "maxTokens" must be a whole number of at least 1');
  });
  test("texts", async () => {
    await refused(trainSft({ model, texts: [] }), "there are no texts to learn from");
    await refused(trainSft({ model, texts: ["a", "a b b b b b b b b b b b b"] }), "text 2 has 15 tokens with its ends, and the model sees 12 at once"); // prettier-ignore
    await refused(trainSft({ model, texts: ["a d"] }), 'the tokenizer does not know the word "d"');
    await refused(trainRewardModel({ model, pairs: [] }), "there are no pairs to learn from");
    const long = { prompt: "a", chosen: "b", rejected: "c c c c c c c c c c c" };
    await refused(trainRewardModel({ model, pairs: [long] }), "the rejected answer of pair 1 has 14 tokens");
    await refused(
      generate(model, ["a a a a a a a a a a a a"]),
      "prompt 1 has 13 tokens, and the model sees 12 at once",
    );
  });
  test("bytes take any text", async () => {
    const { model: bytes } = await trainSft({ model: { sizes: { ...sizes, context: 32 }, tokenizer: byteTokenizer() }, texts: ["é ü 漢"], epochs: 1 }); // prettier-ignore
    const told: string[] = [];
    const [{ text }] = await generate(bytes, ["é"], { maxTokens: 5, onText: (t) => told.push(t), seed: 2 });
    expect(told.join("")).toBe(text);
  });
});
