// The memory of trainings and of generation as it is foretold, beside what their engines take; what has no room is refused.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defaultsOf } from "../../src/learning/option-schema.ts";
import { InputError } from "../../src/errors.ts";
import {
  generate,
  idTokenizer,
  newLanguageModel,
  rewardModelOptions,
  rlhfOptions,
  sftOptions,
  trainRewardModel,
  trainRlhf,
  trainSft,
  type LanguageModel,
  type ModelSizes,
} from "../../src/language/index.ts";
import {
  assertFitsEngine,
  mostBytes,
  roomOfRewardModel,
  roomOfRlhf,
  roomOfSft,
  roomToGenerate,
  totalOf,
} from "../../src/language/room.ts";
import { createStreams } from "../../src/random/index.ts";

/** The memories that were made since a test began. */
const memories: WebAssembly.Memory[] = [];
const { Memory } = WebAssembly;
beforeAll(() => {
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
});
afterAll(() => void (WebAssembly.Memory = Memory));
beforeEach(() => void (memories.length = 0));

const tokenizer = idTokenizer(40, 39);
const modelOf = (sizes: ModelSizes): LanguageModel =>
  newLanguageModel(sizes, tokenizer, createStreams(1)("initialization"));
const tiny = modelOf({ context: 16, width: 16, layers: 1, heads: 2 });
const deep = modelOf({ context: 80, width: 32, layers: 3, heads: 4 });

const textOf = (i: number, length: number): string => Array.from({ length }, (_, k) => (i * 7 + k) % 39).join(" ");

describe.each([
  ["a tiny model", tiny],
  ["one of three layers and a long context", deep],
])("%s: what is foretold is taken, to a page of 64 KiB", (_, model) => {
  const { config } = model;
  const long = config.context - 2;
  const expectTaken = (foretold: number, most: number): void => {
    expect(memories).toHaveLength(1);
    const taken = memories[0].buffer.byteLength;
    expect(taken).toBeGreaterThanOrEqual(foretold);
    expect(taken - foretold).toBeLessThan(65536 + 4096); // and some scalars
    expect(most).toBeGreaterThan(foretold);
  };

  test("fine-tuning on short and long texts", async () => {
    const texts = Array.from({ length: 12 }, (_, i) => textOf(i, i < 8 ? 2 : long));
    const options = { ...defaultsOf(sftOptions), batch: 4, epochs: 2 };
    await trainSft({ model, texts, heldOut: texts.slice(0, 2), ...options });
    const lessons = texts.map((text) => ({ tokens: [...text.split(" ").map(Number), 39], from: 1 }));
    expectTaken(totalOf(roomOfSft(config, lessons, options, { measures: true })), mostBytes([config], 4));
  });

  test("a reward model", async () => {
    const pairs = Array.from({ length: 6 }, (_, i) => ({ prompt: textOf(i, 2), chosen: textOf(i, i < 4 ? 1 : long - 2), rejected: "1" })); // prettier-ignore
    const options = { ...defaultsOf(rewardModelOptions), batch: 2, epochs: 1 };
    await trainRewardModel({ model, pairs, ...options });
    const ids = (text: string): number[] => text.split(" ").map(Number);
    const tokens = pairs.map(({ prompt, chosen, rejected }) => ({ chosen: [...ids(prompt), ...ids(chosen), 39], rejected: [...ids(prompt), ...ids(rejected), 39] })); // prettier-ignore
    expectTaken(totalOf(roomOfRewardModel(config, tokens, options)), mostBytes([config], 4));
  });

  test.each<[string, number, "own" | "shared"]>([
    ["a reward function", 0, "own"],
    ["two reward models", 2, "own"],
    ["a reward model and a critic on the actor", 1, "shared"],
  ])("RLHF with %s", async (_, count, critic) => {
    const models = Array.from({ length: count }, () => ({ reward: { model, headWeight: new Float32Array(config.width), headBias: 0 } })); // prettier-ignore
    const reward = count > 0 ? models : () => 0;
    const options = { ...defaultsOf(rlhfOptions), critic, episodes: 6, maxTokens: 4, epochs: 1, minibatches: 2 };
    await trainRlhf({ model, reward, prompts: [textOf(0, 3)], iterations: 1, ...options });
    const configs = { actor: config, rewards: Array.from({ length: count }, () => config) };
    expectTaken(totalOf(roomOfRlhf(configs, options)), mostBytes([config, config, config, ...configs.rewards], 6));
  });

  test("generation", async () => {
    await generate(model, Array<string>(5).fill("1 2"), { maxTokens: 2, batch: 3 });
    expectTaken(totalOf(roomToGenerate(config, 3)), mostBytes([config], 3));
  });
});

test("each part is what it is named after", () => {
  const { config } = deep;
  const weights = [...deep.weights.values()].reduce((sum, { length }) => sum + 4 * length, 0);
  const near = (bytes: number, expected: number): void => expect(Math.abs(bytes / expected - 1)).toBeLessThan(0.1);
  const room = roomOfRlhf({ actor: config, rewards: [config] }, { ...defaultsOf(rlhfOptions), episodes: 10 });
  for (const part of ["model", "reference", "critic", "reward"] as const) near(room[part], weights);
  near(room.optimizer, 2 * 2 * weights);
  near(room.gradients, 16 * 2 * weights);
  near(room.cache, 10 * 80 * 2 * 32 * 3 * 4);
  expect(room.activations).toBeGreaterThan(4 * 80 * 3 * 32 * 10);
  const generating = roomToGenerate(config, 1);
  expect([generating.reference, generating.critic, generating.reward, generating.optimizer, generating.gradients]).toEqual([0, 0, 0, 0, 0]); // prettier-ignore
});

test("what a training or a generation took is given back", async () => {
  const refs: WeakRef<WebAssembly.Memory>[] = [];
  const models: unknown[] = []; // which are kept, as a user does
  for (let seed = 1; seed <= 2; seed++) {
    const { model } = await trainSft({ model: tiny, texts: ["1 2 3"], epochs: 1, seed });
    const short = { iterations: 2, episodes: 2, maxTokens: 3, seed };
    models.push(model, await trainRlhf({ model, reward: () => 0, prompts: ["1"], ...short }));
    models.push(await generate(model, ["1", "2"], { maxTokens: 3, seed }));
    refs.push(...memories.splice(0).map((memory) => new WeakRef(memory)));
  }
  expect(refs).toHaveLength(6);
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  await expect.poll(() => (gc(), refs.filter((ref) => ref.deref() !== undefined).length), { timeout: 20_000 }).toBe(0);
  expect(models).toHaveLength(6);
});

describe("what has no room", () => {
  /** Weights of nothing: they are not read before it is refused. */
  const gpt2 = { config: { vocabularySize: 50257, context: 1024, width: 768, layers: 12, heads: 12, epsilon: 1e-5 }, tokenizer, weights: new Map() }; // prettier-ignore

  test.each([
    ["generation", () => generate(gpt2, Array<string>(64).fill("1")), /^writing 64 texts at a time would take 5\.\d GiB of memory \(4\.5 GiB for the cache .*at most 4 GiB: lower "batch"$/], // prettier-ignore
    ["RLHF", () => trainRlhf({ model: gpt2, reward: () => 0, prompts: ["1"] }), /^RLHF would take \d+ GiB of memory \(9 GiB for the cache of keys and values, .* GiB for Adam's moments.*: take smaller models/], // prettier-ignore
  ])("%s: in words, before anything of it is allocated", async (_, run, message) => {
    const failure = await run().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toMatch(message);
    expect(memories.map(({ buffer }) => buffer.byteLength)).toEqual(memories.map(() => 65536)); // a page, at first
  });

  test("nor does a machine with less memory than an engine", () => {
    const room = roomToGenerate(gpt2.config, 16);
    const needed = totalOf(room);
    const assert = (machine: number): void => assertFitsEngine("it", 2 ** 31, () => room, "buy some", machine);
    expect(() => assert(needed)).not.toThrow();
    expect(() => assert(needed - 1)).toThrow(/and the machine has 1\.\d GiB: buy some$/);
  });
});
