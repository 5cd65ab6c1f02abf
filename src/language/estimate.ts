// How long a training of a language model will take and how much memory, beforehand: a second of it is run and timed, and
// its programs are planned without memory.

import type { RunOptions } from "../algorithms/index.ts";
import { InputError } from "../errors.ts";
import type { Learner, Setting } from "../learning/learner.ts";
import { createStreams } from "../random/index.ts";
import { plainOptions } from "../text/plain-options.ts";
import { assertList, readerOf, wholeText } from "./algorithms/inputs.ts";
import { rlhfAlgorithm } from "./algorithms/rlhf.ts";
import { isToBeMade, lessonsOf, samples } from "./algorithms/sft.ts";
import { parameterCount, type GptConfig } from "./gpt-config.ts";
import { createHead } from "./heads.ts";
import { assertLanguageModel, newConfig, newLanguageModel, openGpt } from "./language-model.ts";
import { complete, rewardModelOptions, rlhfOptions, sftOptions, type RlhfOptions, type SftOptions } from "./options.ts";
import { createRewardTrainer, type TokenPair } from "./reward-model.ts";
import { checkedReward } from "./rewards.ts";
import { roomOfRewardModel, roomOfRlhf, roomOfSft, totalOf, type LanguageRoom } from "./room.ts";
import { createSft, type Lesson } from "./sft.ts";
import { timed } from "./timed.ts";
import type { TrainRewardModelOptions, TrainRlhfOptions, TrainSftOptions } from "./train.ts";

/** What a training will take. */
export interface LanguageEstimate {
  /** On this machine, as busy as it was during the estimate. */
  readonly seconds: number;
  /** Of the engine, by parts; what JavaScript holds of models and texts comes on top. */
  readonly room: LanguageRoom;
  /** All parts together. */
  readonly bytes: number;
  /** Seconds for which the training was run to tell. */
  readonly measured: number;
  /** Whether less than whole updates were run, since one would take long: `seconds` is then rougher, and rather too high. */
  readonly scaled: boolean;
}

/** Multiply-adds that a step may have, so that some are done in the second for which steps are timed. */
const workOfStep = 1.5e10;

/** Tokens that a step may have: work of a second or two. */
const tokensOfStep = (configs: readonly GptConfig[]): number =>
  Math.max(8, workOfStep / configs.reduce((sum, config) => sum + 3 * parameterCount(config), 0));

/** Of so many sequences of about so many tokens, those that a step may have. */
const fewer = (sequences: number, tokens: number, configs: readonly GptConfig[]): number =>
  Math.max(1, Math.min(sequences, Math.floor(tokensOfStep(configs) / tokens)));

const dataLong: RunOptions = { totalSteps: null, totalEpisodes: null };

/** Times that what is held out is looked at: ten in the course of the training, and after it. */
const looks = 11;

/** What `trainSft` with the same input will take. @throws InputError as that does */
export async function estimateSft(input: TrainSftOptions): Promise<LanguageEstimate> {
  const { model: beginning, texts, heldOut, cut, seed, strict, signal: _, onUpdate: __, ...rest } = plainOptions(input, "the options of estimateSft"); // prettier-ignore
  const options = complete(sftOptions, rest, "sft");
  const isNew = isToBeMade(beginning);
  if (!isNew) assertLanguageModel(beginning);
  const config = isNew ? newConfig(beginning.sizes, beginning.tokenizer) : beginning.config;
  const reader = { tokenizer: beginning.tokenizer, context: config.context };
  const lessons = lessonsOf(reader, texts, { cut });
  if (lessons.length === 0) throw new InputError("there are no texts to learn from");
  const room = roomOfSft(config, lessons, options, { measures: heldOut !== undefined, samples });
  const model = isNew ? newLanguageModel(beginning.sizes, beginning.tokenizer, createStreams(0)("initialization")) : beginning; // prettier-ignore
  const batch = fewer(options.batch, tokensOf(lessons) / lessons.length, [config]);
  const most = Math.floor(tokensOfStep([config]) / batch);
  const short = lessons.map(({ tokens, from }) => ({ tokens: tokens.slice(0, Math.max(from, most) + 1), from }));
  const create = ({ engine, options, streams }: Setting<SftOptions>): Learner =>
    createSft({ engine, gpt: openGpt(engine, model), lessons: short, options, streams });
  const { perStep, measured } = await timed(create, { ...options, batch }, { seed, strict }, options.epochs * Math.ceil(lessons.length / batch)); // prettier-ignore
  // To look takes the pass forward, a third of the work.
  const lookedAt = heldOut ? looks * tokensOf(lessonsOf(reader, heldOut, { cut })) : 0;
  const seconds = (perStep * predicted(short) * (options.epochs * tokensOf(lessons) + lookedAt / 3)) / tokensOf(short);
  return { seconds, room, bytes: totalOf(room), measured, scaled: batch < options.batch };
}

const tokensOf = (lessons: readonly Lesson[]): number => lessons.reduce((sum, { tokens }) => sum + tokens.length, 0);
const predicted = (lessons: readonly Lesson[]): number =>
  lessons.reduce((sum, { tokens, from }) => sum + tokens.length - from, 0);

/** What `trainRewardModel` with the same input will take. @throws InputError as that does */
export async function estimateRewardModel(input: TrainRewardModelOptions): Promise<LanguageEstimate> {
  const { model, pairs, heldOut = [], normalizeOn, seed, strict, signal: _, onUpdate: __, ...rest } = plainOptions(input, "the options of estimateRewardModel"); // prettier-ignore
  const options = complete(rewardModelOptions, rest, "reward model");
  const reader = readerOf(model);
  assertList(pairs, "pairs");
  if (pairs.length === 0) throw new InputError("there are no pairs to learn from");
  const tokens = pairs.map(({ prompt, chosen, rejected }, i) => ({
    chosen: wholeText(reader, prompt, chosen, `the chosen answer of pair ${i + 1}`),
    rejected: wholeText(reader, prompt, rejected, `the rejected answer of pair ${i + 1}`),
  }));
  const room = roomOfRewardModel(model.config, tokens, options);
  const lengthOf = (all: readonly TokenPair[]): number => all.reduce((sum, pair) => sum + pair.chosen.length + pair.rejected.length, 0); // prettier-ignore
  const batch = fewer(options.batch, lengthOf(tokens) / pairs.length, [model.config]);
  const most = Math.ceil(tokensOfStep([model.config]) / batch / 2);
  const short = tokens.map(({ chosen, rejected }) => ({ chosen: chosen.slice(0, most), rejected: rejected.slice(0, most) })); // prettier-ignore
  const create = ({ engine, options, streams }: Setting<SftOptions>): Learner => {
    const gpt = openGpt(engine, model);
    return createRewardTrainer({ engine, gpt, head: createHead(gpt), pairs: short, options, streams });
  };
  const { perStep, measured } = await timed(create, { ...options, batch }, { seed, strict }, options.epochs * Math.ceil(pairs.length / batch)); // prettier-ignore
  // A step is a pass forward for the scores, another with its gradient: four times the work of looking.
  const lookedAt = looks * heldOut.length + (normalizeOn ? normalizeOn.length / 2 : pairs.length);
  const seconds = (perStep * (options.epochs * pairs.length + lookedAt / 4) * lengthOf(tokens)) / lengthOf(short);
  return { seconds, room, bytes: totalOf(room), measured, scaled: batch < options.batch };
}

/** Tokens of a text that are written where whole texts would take long. */
const fewTokens = 16;

/**
 * What `trainRlhf` with the same input will take, if texts stay about as long as they are at first. A reward function is
 * called for the texts that are written to tell.
 *
 * @throws InputError as that does
 */
export async function estimateRlhf(input: TrainRlhfOptions): Promise<LanguageEstimate> {
  const { model, reward, prompts, iterations = 100, seed, strict, signal: _, onUpdate: __, onEpisodes: ___, ...rest } = plainOptions(input, "the options of estimateRlhf"); // prettier-ignore
  const options: RlhfOptions = complete(rlhfOptions, rest, "rlhf");
  assertLanguageModel(model);
  const configs = { actor: model.config, rewards: checkedReward(reward, model).models.map((of) => of.model.config) };
  const room = roomOfRlhf(configs, options);
  const critic = configs.rewards.at(0) ?? model.config;
  const { context } = model.config;
  const algorithm = rlhfAlgorithm({ model, reward, prompts });
  const most = Math.min(context - 1, options.maxTokens);
  const all = [model.config, ...Array<GptConfig>(options.epochs).fill(model.config), ...Array<GptConfig>(options.epochs).fill(critic)]; // prettier-ignore
  const whole = fewer(options.episodes, most, all);
  // A text as long as the context may be work for minutes: of such, the beginnings are written.
  const maxTokens = whole > 1 ? options.maxTokens : Math.min(options.maxTokens, fewTokens);
  const episodes = whole > 1 ? whole : fewer(options.episodes, maxTokens, all);
  const small: RlhfOptions = { ...options, maxTokens, episodes };
  const { perStep, measured } = await timed(algorithm.create, { ...small, ...dataLong, iterations }, { seed, strict }, iterations); // prettier-ignore
  const seconds = perStep * algorithm.length!({ ...options, iterations }) * (maxTokens < most ? most / maxTokens : 1);
  return { seconds, room, bytes: totalOf(room), measured, scaled: episodes < options.episodes };
}
