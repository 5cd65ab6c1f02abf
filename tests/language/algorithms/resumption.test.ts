// The trainings of language models as algorithms: a checkpoint goes on to the same bits, with the same inputs alone.

import { describe, expect, test } from "vitest";
import {
  gptFiles,
  loadRewardModel,
  newLanguageModel,
  rewardModelAlgorithm,
  rewardModelFiles,
  rlhfAlgorithm,
  sftAlgorithm,
  trainSft,
  wordTokenizer,
} from "../../../src/language/index.ts";
import type { DataAlgorithm } from "../../../src/algorithms/index.ts";
import { createStreams } from "../../../src/random/index.ts";
import { createTraining, createTurns, runInTurns, type Training, type UpdateReport } from "../../../src/training/index.ts"; // prettier-ignore

const words = wordTokenizer(["a", "b", "c", "d", "e"]);
const sizes = { context: 10, width: 8, layers: 1, heads: 2 };
const model = newLanguageModel(sizes, words, createStreams(1)("initialization"));
const texts = Array.from({ length: 12 }, (_, i) => ({ prompt: i % 2 ? "a b" : "", completion: ["b c", "c", "d e a"][i % 3] })); // prettier-ignore
const pairs = texts.map(({ prompt, completion }) => ({ prompt, chosen: completion, rejected: `${completion} e` }));
const prompts = ["a", "b", "c d", "e", "a a"];
const reward = { model, headWeight: Float32Array.from({ length: 8 }, (_, i) => i / 4 - 1), headBias: 0 };

const cases: [string, (more?: object) => DataAlgorithm, Record<string, unknown>][] = [
  ["sft", (more) => sftAlgorithm({ model: { sizes, tokenizer: words }, texts, heldOut: texts.slice(1, 4), ...more }), { batch: 5, epochs: 2 }], // prettier-ignore
  ["reward-model", (more) => rewardModelAlgorithm({ model, pairs, heldOut: pairs.slice(0, 5), ...more }), { batch: 5, epochs: 2 }], // prettier-ignore
  ["rlhf", (more) => rlhfAlgorithm({ model, reward, prompts, ...more }), { iterations: 4, episodes: 6, minibatches: 2, klControl: "adaptive", klTarget: 0.001, klHorizon: 50, learningRateSchedule: "linear" }], // prettier-ignore
];

const otherModel = newLanguageModel(sizes, words, createStreams(2)("initialization"));
const changes: Record<string, [object, string | RegExp][]> = {
  sft: [
    [{ texts: texts.slice(1) }, "the texts have changed since the checkpoint was made"],
    [{ heldOut: undefined }, /the held-out texts have changed .*now none/],
    [{ model }, "the model has changed"],
  ],
  "reward-model": [
    [{ pairs: pairs.slice(1) }, "the pairs have changed"],
    [{ model: otherModel }, "the model has changed"],
    [{ normalizeOn: ["a"] }, "the normalization texts have changed"],
  ],
  rlhf: [
    [{ prompts: [...prompts, "b"] }, "the prompts have changed"],
    [{ reward: { ...reward, headBias: 1 } }, "the reward model has changed"],
    [{ model: otherModel }, "the model has changed"],
  ],
};

const updateOf = (training: Training): Promise<UpdateReport> => runInTurns(training.updateInSlices(), createTurns());
const wait = <T>(slices: Generator<unknown, T>): Promise<T> => runInTurns(slices, createTurns());

describe.each(cases)("%s", (name, algorithmOf, options) => {
  test("goes on from a checkpoint to the same reports, texts and weights", async () => {
    const whole = await createTraining(algorithmOf(), { ...options, strict: true });
    const reports: unknown[] = [];
    const told: unknown[] = [];
    let checkpoint: Uint8Array | undefined;
    while (!whole.done) {
      if (whole.updates === 2) checkpoint = whole.checkpoint();
      reports.push(await updateOf(whole));
      told.push(await wait(whole.keepsakes!.tell?.() ?? nothing()));
    }
    const resumed = await createTraining(algorithmOf(), { ...options, strict: true }, { checkpoint: checkpoint! });
    const again: unknown[] = [];
    const toldAgain: unknown[] = [];
    while (!resumed.done) {
      again.push(await updateOf(resumed));
      toldAgain.push(await wait(resumed.keepsakes!.tell?.() ?? nothing()));
    }
    expect(reports.length).toBeGreaterThan(3);
    expect(again).toEqual(reports.slice(2));
    expect(toldAgain).toEqual(told.slice(2));
    expect(resumed.checkpoint()).toEqual(whole.checkpoint());
    const files = await wait(whole.keepsakes!.files(true));
    expect([...files.keys()]).toContain("model/model.safetensors");
    expect(await wait(resumed.keepsakes!.files(true))).toEqual(files);
    expect(whole.options.totalSteps).toBe(whole.step);
  });

  test.each(changes[name])("a checkpoint is refused with other inputs: %#", async (more, message) => {
    const training = await createTraining(algorithmOf(), options);
    await expect(createTraining(algorithmOf(more), options, training.checkpoint())).rejects.toThrow(message);
  });

  test("its length is that of its data, and no other may be asked for", async () => {
    await expect(createTraining(algorithmOf(), { ...options, totalSteps: 3 })).rejects.toThrow(/"totalSteps" is 3, but its data and other options make \d+/); // prettier-ignore
    const one = await createTraining(algorithmOf(), options);
    await expect(createTraining(algorithmOf(), { ...options, ...(name === "rlhf" ? { klHorizon: 1 } : { epochs: 3 }) }, one.checkpoint())).rejects.toThrow(/was trained with option "(klHorizon|epochs)"/); // prettier-ignore
  });
});

test("iterations stay as long as they were: their episodes cannot become others", async () => {
  const algorithm = rlhfAlgorithm({ model, reward, prompts });
  const training = await createTraining(algorithm, { iterations: 4, episodes: 6 });
  const change = (options: object) => createTraining(algorithm, { iterations: 4, episodes: 6, ...options }, { checkpoint: training.checkpoint(), change: Object.keys(options) }); // prettier-ignore
  await expect(change({ episodes: 12 })).rejects.toThrow(/"episodes" is 6 in the checkpoint and cannot become 12 in the course of a run/); // prettier-ignore
  const { options } = await change({ iterations: 9, learningRate: 1e-5 });
  expect(options).toMatchObject({ iterations: 9, totalSteps: 54 });
});

// eslint-disable-next-line require-yield -- as a learner without texts
function* nothing(): Generator<unknown, undefined> {
  return undefined;
}

test("what RLHF tells: all texts of the iteration, and the same prompts each time with a number for each token", async () => {
  const judge = (prompt: readonly number[], tokens: readonly number[]) => ({ truth: tokens.length, wellFormed: prompt.length === 2, distinct: 1 }); // prettier-ignore
  const algorithm = rlhfAlgorithm({ model, reward: (_, text) => text.length / 3, prompts, judge });
  const training = await createTraining(algorithm, { iterations: 2, episodes: 3, seed: 4 });
  type Line = { prompt: string; text: string; score: number; length: number; truth: number; wellFormed: boolean };
  type Watched = Line & { tokens: string[]; logProbs: number[]; referenceLogProbs: number[]; values: number[]; advantages: number[] }; // prettier-ignore
  const tell = async () => (await wait(training.keepsakes!.tell!())) as { written?: Line[]; watched: Watched[] };
  const before = await tell();
  expect(before.written).toBeUndefined();
  expect(before.watched.map(({ prompt }) => prompt)).toEqual(["a", "b", "c d"]);
  for (const { logProbs, referenceLogProbs, tokens, values, advantages, text, score, length } of before.watched) {
    expect(logProbs).toEqual(referenceLogProbs); // it is the reference still
    for (const list of [tokens, values, advantages, logProbs]) expect(list).toHaveLength(length);
    expect(tokens.filter((token) => token !== "<|endoftext|>" && token !== "").join(" ")).toBe(text);
    expect(score).toBe(Number((text.length / 3).toPrecision(4)));
  }
  await updateOf(training);
  const { metrics } = await updateOf(training);
  const after = await tell();
  expect(after.written!.map(({ prompt }) => prompt)).toEqual(["e", "a a", "a"]);
  expect(metrics.truth).toBeCloseTo(metrics.length);
  expect(metrics.wellFormed).toBeCloseTo(2 / 3);
  expect(after.written!.map(({ truth }) => truth)).toEqual(after.written!.map(({ length }) => length));
  expect(after.watched.map(({ prompt }) => prompt)).toEqual(["a", "b", "c d"]);
  expect(after.watched.some(({ logProbs, referenceLogProbs }) => `${logProbs}` !== `${referenceLogProbs}`)).toBe(true);
});

test("long texts are cut into pieces that predict each token once", async () => {
  const long = Array.from({ length: 23 }, (_, i) => "abcde"[i % 5]).join(" ");
  const { tokens } = await trainSft({ model, texts: [long, "a"], cut: true, epochs: 1 });
  expect(tokens).toBe(23 + 1 + 2); // each word, and the ends
  await expect(trainSft({ model, texts: [long] })).rejects.toThrow("text 1 has 25 tokens");
});

test("a reward model is the same again from its files, and a folder without a head is none", () => {
  const files = rewardModelFiles(reward);
  const { model: again, headWeight, headBias } = loadRewardModel(files);
  expect({ headWeight, headBias }).toEqual({ headWeight: reward.headWeight, headBias: 0 });
  expect(again.weights).toEqual(model.weights);
  const other = rewardModelFiles({ ...reward, headBias: 0.5 });
  const mixed = new Map([...files, ["reward-head.safetensors", other.get("reward-head.safetensors")!]]);
  expect(() => loadRewardModel(mixed, "here")).toThrow(
    "here: model.safetensors and reward-head.safetensors were not written together",
  );
  const unmarked = new Map([...mixed, ...gptFiles(model)]); // as earlier versions and transformers write it
  expect(loadRewardModel(unmarked).headBias).toBe(0.5);
  files.delete("reward-head.safetensors");
  expect(() => loadRewardModel(files, "here")).toThrow(
    "here is no reward model: it has no file reward-head.safetensors",
  );
});
