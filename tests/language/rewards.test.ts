// Rewards as trainings take them: functions, models, sums of both, the lexicon; and what is said of those that are wrong.

import { describe, expect, test } from "vitest";
import { lexiconReward, newLanguageModel, trainRlhf, wordTokenizer, type Reward, type RewardModel } from "../../src/language/index.ts"; // prettier-ignore
import type { Episode } from "../../src/language/episodes.ts";
import { checkedReward } from "../../src/language/rewards.ts";
import { createStreams } from "../../src/random/index.ts";
import { createEngine } from "../../src/tensor/index.ts";

const sizes = { context: 12, width: 8, layers: 1, heads: 2 };
const words = wordTokenizer(["a", "b", "c", "d"]);
const model = newLanguageModel(sizes, words, createStreams(1)("initialization"));
const rewardModel = (seed: number): RewardModel => ({
  model: newLanguageModel(sizes, words, createStreams(seed)("initialization")),
  headWeight: Float32Array.from({ length: 8 }, (_, i) => Math.sin(i + seed)),
  headBias: seed,
});
const end = words.endOfText!;
const texts = [[...words.encode("a b"), end], words.encode("c"), words.encode("b b b")].map((tokens) => ({
  prompt: [end, ...words.encode("a")],
  tokens,
}));

async function scoresOf(reward: Reward): Promise<number[]> {
  const slices = checkedReward(reward, model).open(await createEngine())(texts);
  let next = slices.next();
  while (!next.done) next = slices.next(await next.value);
  return Array.from(next.value);
}
const length = (_: string, text: string): number => text.length;
const late = async (_: string, text: string): Promise<number> => {
  await new Promise((done) => setTimeout(done, 1));
  return text.startsWith("a") ? 1 : 0;
};

describe("a sum", () => {
  test("of functions and models, each by its weight, is what they give one by one", async () => {
    const [one, two] = [rewardModel(2), rewardModel(3)];
    const [a, b, c, d] = [await scoresOf(one), await scoresOf(two), await scoresOf(length), await scoresOf(late)];
    expect(new Set([...a, ...b]).size).toBe(6);
    expect(c).toEqual(["a b", "c", "b b b"].map((text) => text.length));
    expect(d).toEqual([1, 0, 0]);
    const sum = await scoresOf([{ reward: one, weight: 0.5 }, { reward: length }, { reward: two, weight: -2 }, { reward: late, weight: 10 }]); // prettier-ignore
    sum.forEach((x, i) => expect(x).toBe(0.5 * a[i] + c[i] - 2 * b[i] + 10 * d[i]));
    expect(await scoresOf([{ reward: one }])).toEqual(a);
  });

  test("the critic begins as its first model, by its weight", async () => {
    const { known } = checkedReward([{ reward: length }, { reward: rewardModel(2), weight: -3 }, { reward: rewardModel(3) }], model); // prettier-ignore
    expect(await scoresOf(known!)).toEqual((await scoresOf(rewardModel(2))).map((x) => expect.closeTo(-3 * x, 4) as number)); // prettier-ignore
    expect(checkedReward(length, model).known).toBeUndefined();
  });

  test("is what is trained on", async () => {
    const seen: Episode[] = [];
    await trainRlhf({ model, prompts: ["a"], iterations: 1, episodes: 4, reward: [{ reward: length, weight: 2 }, { reward: () => 100 }], onEpisodes: (episodes) => void seen.push(...episodes) }); // prettier-ignore
    for (const { score, tokens } of seen) expect(score).toBe(2 * words.decode(tokens).length + 100);
  });
});

describe("named where it is wrong", () => {
  const fails = (reward: Reward, message: string | RegExp) => expect(scoresOf(reward)).rejects.toThrow(message);
  const thrown = new Error("no network");
  test("that throws, at once or later", async () => {
    const bad = (_: string, text: string): number => {
      if (text === "c") throw thrown;
      return 1;
    };
    await fails(bad, 'the reward failed on text 2 of 3, behind "a": no network');
    await fails(async (...args) => bad(args[0], args[1]), 'the reward failed on text 2 of 3, behind "a": no network');
    await fails(
      [{ reward: length }, { reward: bad }],
      'reward 2 of 2 ("bad") failed on text 2 of 3, behind "a": no network',
    );
    await expect(scoresOf([{ reward: () => Promise.reject(thrown), name: "judge" }])).rejects.toMatchObject({ message: 'reward 1 of 1 ("judge") failed on text 1 of 3, behind "a": no network', cause: thrown }); // prettier-ignore
  });
  test("that gives no finite number, at once or later", async () => {
    await fails(() => NaN, "the reward of text 1 of 3 is NaN, but must be a finite number");
    await fails([{ reward: length }, { reward: (_, text) => (text === "b b b" ? Infinity : 0) }], "reward 2 of 2 of text 3 of 3 is Infinity"); // prettier-ignore
    await fails([{ reward: () => Promise.resolve(undefined as unknown as number), name: "judge" }, { reward: length }], 'reward 1 of 2 ("judge") of text 1 of 3 is undefined'); // prettier-ignore
  });
  test("that is none", async () => {
    await fails([], "the reward is a sum of no parts");
    await fails("good" as unknown as Reward, "the reward is a string, but must be a function or a reward model");
    await fails([{ reward: length }, 3] as unknown as Reward, "reward 2 of 2 is a number, but must be an object");
    await fails([{ reward: {} }] as unknown as Reward, "reward 1 of 1 is an object, but must be a function or a reward model"); // prettier-ignore
    await fails([{ reward: length, weight: NaN }], 'reward 1 of 1 ("length"): "weight" must be a finite number, not NaN'); // prettier-ignore
    await fails([{ reward: length, wieght: 2 }] as unknown as Reward, 'reward 1 of 1: unknown property "wieght". Did you mean "weight"?'); // prettier-ignore
    const short = { ...rewardModel(1), model: { ...model, config: { ...model.config, context: 11 } } };
    await fails([{ reward: length }, { reward: short }], "reward 2 of 2 sees 11 tokens at once");
  });
});

describe("the lexicon", () => {
  const [mean, sum] = [lexiconReward(), lexiconReward({ per: "text" })];
  const of = (text: string) => sum("", text, true);
  test("adds up valences, whatever the case and what stands between words", async () => {
    expect(await of("")).toBe(0);
    expect(await of("The room was awful, AWFUL!")).toBe(-6);
    expect(await of("good. bad")).toBe(0);
    expect(await of("superb?goodness")).toBe(8);
  });
  test("knows phrases, and words that are joined", async () => {
    expect(await of("it does not work")).toBe(-3);
    expect(await of("I can’t stand it")).toBe(-3);
    expect(await of("a well-being that is na\u0069\u0308ve")).toBe(0);
    expect(await of("not good")).toBe(-2);
    expect(await of("not very good")).toBe(3); // negation is not understood
  });
  test("knows no names of objects", async () => {
    expect(await of("constructor toString __proto__ hasOwnProperty")).toBe(0);
  });
  test("is the mean over words, which more words do not raise", async () => {
    expect(await mean("", "good room", true)).toBe(1.5);
    expect(await mean("", "good room good room good room", true)).toBe(1.5);
    expect(await mean("", "…", true)).toBe(0);
  });
  test("its option is checked", () => {
    expect(() => lexiconReward({ per: "line" as "text" })).toThrow('option "per" must be "word" or "text", not "line"');
  });
});
