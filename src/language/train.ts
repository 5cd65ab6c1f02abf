// The three trainings of RLHF as a user of the library calls them: models in, models out.

import { InputError } from "../errors.ts";
import type { Learner, Metrics } from "../learning/learner.ts";
import { createStreams } from "../random/index.ts";
import { createEngine, type Engine } from "../tensor/index.ts";
import { createTurns, runInTurns } from "../training/index.ts";
import type { Episode, TextReward, WrittenText } from "./episodes.ts";
import { createHead, initializeHead, type ScalarHead } from "./heads.ts";
import { modelOf, newLanguageModel, openGpt, tokensOf, type LanguageModel, type ModelSizes } from "./language-model.ts";
import type { PreferencePair, TextRecord } from "./records.ts";
import { createRewardTrainer, createScorer, normalizeHead } from "./reward-model.ts";
import { complete, rewardModelOptions, rlhfOptions, sftOptions, type RlhfOptions, type SftOptions } from "./options.ts";
import { createRlhf } from "./rlhf.ts";
import { createLossMeter, createSft, type Lesson } from "./sft.ts";
import type { Tokenizer } from "./tokenizers/index.ts";

/** What every training takes. */
export interface LanguageControls {
  /** Seed of all random numbers. Default 0. */
  readonly seed?: number;
  /** The same bits on every machine. Default false. */
  readonly strict?: boolean;
  /** Ends the training after the current update; what was learned until then is returned. */
  readonly signal?: AbortSignal;
  /** Told of each update; a promise is waited for. */
  readonly onUpdate?: (report: LanguageReport) => unknown;
}

/** An update in numbers. */
export interface LanguageReport {
  /** From 1 on, and how many there will be. */
  readonly update: number;
  readonly updates: number;
  readonly metrics: Metrics;
}

/** Updates until the end, or until the signal; the event loop has its turns. */
async function run(learner: Learner, updates: number, { signal, onUpdate }: LanguageControls): Promise<void> {
  const takeTurns = createTurns();
  for (let update = 0; update < updates && !signal?.aborted; update++) {
    const metrics = await runInTurns(learner.update(1 - update / updates), takeTurns);
    await onUpdate?.({ update: update + 1, updates, metrics });
  }
}

const atEnd = <T>(slices: Generator<unknown, T>): Promise<T> => runInTurns(slices, createTurns());

/** What {@link trainSft} takes. */
export interface TrainSftOptions extends LanguageControls, Partial<SftOptions> {
  /** The model to go on from, or the sizes of a new one with its tokenizer. */
  readonly model: LanguageModel | { readonly sizes: ModelSizes; readonly tokenizer: Tokenizer };
  /** Texts, or prompts with completions: the loss is on completions alone, which include the end of text. */
  readonly texts: readonly (string | TextRecord)[];
  /** Texts that are not trained on: their loss is measured at the end. */
  readonly heldOut?: readonly (string | TextRecord)[];
}

/**
 * Supervised fine-tuning.
 *
 * @throws InputError for texts that are longer than the context, or hold what the tokenizer does not know
 */
export async function trainSft(input: TrainSftOptions) {
  const { model, texts, heldOut: apart, seed = 0, strict, signal, onUpdate, ...rest } = input;
  const options = complete(sftOptions, rest, "sft");
  const streams = createStreams(seed);
  const engine = await createEngine({ strict });
  const start = "weights" in model ? model : newLanguageModel(model.sizes, model.tokenizer, streams("initialization"));
  const lessons = texts.map((text, i) => lessonOf(start, text, i));
  if (lessons.length === 0) throw new InputError("there are no texts to learn from");
  const heldOut = apart?.map((text, i) => lessonOf(start, text, i));
  if (heldOut?.length === 0) throw new InputError("there are no held-out texts: leave `heldOut` out");
  const gpt = openGpt(engine, start);
  const learner = createSft({ engine, gpt, lessons, streams, options });
  await run(learner, learner.updates, { signal, onUpdate });
  return {
    model: modelOf(engine, gpt, start),
    tokens: learner.progress.steps,
    heldOut: heldOut && (await atEnd(createLossMeter(engine, gpt).measure(heldOut))),
  };
}

function lessonOf(model: LanguageModel, text: string | TextRecord, i: number): Lesson {
  const { prompt, completion } = typeof text === "string" ? { prompt: "", completion: text } : text;
  const before = tokensOf(model, prompt);
  const tokens = [...before, ...answerOf(model, completion)];
  if (tokens.length < 2)
    throw new InputError(`text ${i + 1} is empty: there is nothing before its end to predict it by`);
  assertFits(tokens, `text ${i + 1}`, model, 1);
  return { tokens, from: Math.max(before.length, 1) };
}

/** What follows a prompt: the text's tokens and its end, without the end of text that begins texts. */
const answerOf = (model: LanguageModel, text: string): number[] =>
  tokensOf(model, text, true).slice(tokensOf(model, "").length);

/** @param spare tokens beyond the context that need no place in it: what is only predicted */
function assertFits(tokens: readonly number[], what: string, { config }: LanguageModel, spare = 0): void {
  if (tokens.length > config.context + spare)
    throw new InputError(
      `${what} has ${tokens.length} tokens with its ends, and the model sees ${config.context} at once: ` +
        `shorten it, or take a model with a longer context`,
    );
}

/** A model that gives texts a number. */
export interface RewardModel {
  readonly model: LanguageModel;
  /** [width]: of the last token's hidden vector. */
  readonly headWeight: Float32Array;
  readonly headBias: number;
}

/** What {@link trainRewardModel} takes. */
export interface TrainRewardModelOptions extends LanguageControls, Partial<SftOptions> {
  /** What it begins as: usually the fine-tuned model. */
  readonly model: LanguageModel;
  readonly pairs: readonly PreferencePair[];
  /** Pairs that are not trained on: how often the preferred one has the larger number is measured at the end. */
  readonly heldOut?: readonly PreferencePair[];
  /** Whole texts whose numbers get mean 0 and variance 1. Default: both answers of the pairs. */
  readonly normalizeOn?: readonly string[];
}

/** Learns a reward from preferences. @throws InputError for texts that do not fit the model */
export async function trainRewardModel(input: TrainRewardModelOptions) {
  const { model, pairs: given, heldOut: apart, normalizeOn, seed = 0, strict, signal, onUpdate, ...rest } = input;
  const options = complete(rewardModelOptions, rest, "reward model");
  const streams = createStreams(seed);
  const engine = await createEngine({ strict });
  const pairsOf = (pairs: readonly PreferencePair[]) =>
    pairs.map(({ prompt, chosen, rejected }, i) => ({
      chosen: wholeText(model, prompt, chosen, `the chosen answer of pair ${i + 1}`),
      rejected: wholeText(model, prompt, rejected, `the rejected answer of pair ${i + 1}`),
    }));
  const pairs = pairsOf(given);
  if (pairs.length === 0) throw new InputError("there are no pairs to learn from");
  const heldOut = apart && pairsOf(apart);
  if (heldOut?.length === 0) throw new InputError("there are no held-out pairs: leave `heldOut` out");
  const gpt = openGpt(engine, model);
  const head = createHead(gpt);
  initializeHead(engine, head);
  const trainer = createRewardTrainer({ engine, gpt, head, pairs, streams, options });
  await run(trainer, trainer.updates, { signal, onUpdate });
  const scorer = createScorer(engine, gpt, head);
  const reference = normalizeOn?.map((text, i) => wholeText(model, "", text, `text ${i + 1}`));
  normalizeHead(engine, head, await atEnd(scorer.score(reference ?? pairs.flatMap((p) => [p.chosen, p.rejected]))));
  let accuracy: number | undefined;
  if (heldOut) {
    const scores = await atEnd(scorer.score(heldOut.flatMap((p) => [p.chosen, p.rejected])));
    accuracy = heldOut.reduce((n, _, i) => n + (scores[2 * i] > scores[2 * i + 1] ? 1 : 0), 0) / heldOut.length;
  }
  const rewardModel: RewardModel = {
    model: modelOf(engine, gpt, model),
    headWeight: engine.read(head.weights[0]),
    headBias: engine.read(head.weights[1])[0],
  };
  return { rewardModel, accuracy };
}

function wholeText(model: LanguageModel, prompt: string, answer: string, what: string): number[] {
  const tokens = [...tokensOf(model, prompt), ...answerOf(model, answer)];
  assertFits(tokens, what, model);
  return tokens;
}

/** The reward model's graph, its weights in an engine. */
function openRewardModel(engine: Engine, { model, headWeight, headBias }: RewardModel, name: string) {
  const gpt = openGpt(engine, model, name);
  const head = createHead(gpt, name);
  engine.write(head.weights[0], headWeight);
  engine.write(head.weights[1], [headBias]);
  return { gpt, head };
}

/** Numbers of texts as a reward model gives them, each read at its last token. */
export async function scoreTexts(rewardModel: RewardModel, texts: readonly string[]): Promise<Float64Array> {
  const engine = await createEngine();
  const { gpt, head } = openRewardModel(engine, rewardModel, "");
  return atEnd(createScorer(engine, gpt, head).score(texts.map((text, i) => wholeText(rewardModel.model, "", text, `text ${i + 1}`)))); // prettier-ignore
}

/** A reward of texts: their prompt, what was written behind it, and how it ended; it may take its time. */
export type RewardFunction = (prompt: string, text: string, ended: boolean) => number | Promise<number>;

/** What {@link trainRlhf} takes. */
export interface TrainRlhfOptions extends LanguageControls, Partial<RlhfOptions> {
  /** The model to train; as it is now it is also the reference. */
  readonly model: LanguageModel;
  readonly reward: RewardModel | RewardFunction;
  /** Prompts to write behind, taken in turn; or a function of the iteration. */
  readonly prompts: readonly string[] | ((iteration: number) => readonly string[]);
  /** How many times to write and to learn. Default 100. */
  readonly iterations?: number;
  /** Sees what each iteration wrote, before it is learned from. */
  readonly onEpisodes?: (episodes: readonly Episode[], iteration: number) => void;
}

/** PPO against a reward with a KL penalty: see `rlhfOptions` for its options. */
export async function trainRlhf(input: TrainRlhfOptions) {
  const { model, reward, prompts, iterations = 100, seed = 0, strict, signal, onUpdate, onEpisodes, ...rest } = input;
  const options = complete(rlhfOptions, rest, "rlhf");
  const { endOfText } = model.tokenizer;
  if (endOfText === undefined) throw new InputError("the model's tokenizer has no token that ends a text");
  const engine = await createEngine({ strict });
  const actor = openGpt(engine, model, "actor.");
  const reference = openGpt(engine, model, "reference.");
  const isModel = typeof reward !== "function";
  if (isModel) assertReads(reward, model);
  // The critic begins as the reward model where there is one: it knows already what texts are worth.
  const critic = isModel ? openRewardModel(engine, reward, "critic.") : { gpt: openGpt(engine, model, "critic."), head: undefined as ScalarHead | undefined }; // prettier-ignore
  const head = critic.head ?? createHead(critic.gpt, "critic.");
  if (!critic.head) initializeHead(engine, head);
  const promptsAt = (iteration: number): number[][] => {
    const texts = typeof prompts === "function" ? prompts(iteration) : prompts;
    if (texts.length === 0) throw new InputError(`there are no prompts in iteration ${iteration + 1}`);
    const first = typeof prompts === "function" ? 0 : iteration * options.episodes;
    return Array.from({ length: options.episodes }, (_, i) => tokensOf(model, texts[(first + i) % texts.length]));
  };
  const learner = createRlhf({
    engine,
    actor,
    reference,
    critic: { gpt: critic.gpt, head },
    reward: isModel ? rewardOfModel(engine, reward) : rewardOfFunction(reward, model),
    prompts: promptsAt,
    endOfText,
    options,
    streams: createStreams(seed),
    onEpisodes,
  });
  const reports: Metrics[] = [];
  await run(learner, iterations, {
    signal,
    onUpdate(report) {
      reports.push(report.metrics);
      return onUpdate?.(report);
    },
  });
  return { model: modelOf(engine, actor, model, "actor."), metrics: reports };
}

/** A reward model reads the actor's tokens as they are, and so does the critic that begins as it. */
function assertReads({ model: { config, tokenizer } }: RewardModel, actor: LanguageModel): void {
  if (JSON.stringify(tokenizer.toJSON()) !== JSON.stringify(actor.tokenizer.toJSON()))
    throw new InputError("the reward model has another tokenizer than the model to train");
  if (config.context < actor.config.context)
    throw new InputError(
      `the reward model sees ${config.context} tokens at once, and the model to train writes up to ${actor.config.context}`,
    );
}

function rewardOfModel(engine: Engine, rewardModel: RewardModel): TextReward {
  const { gpt, head } = openRewardModel(engine, rewardModel, "reward.");
  const scorer = createScorer(engine, gpt, head);
  return (texts) => scorer.score(texts.map(({ prompt, tokens }) => [...prompt, ...tokens]));
}

const rewardOfFunction = (reward: RewardFunction, { tokenizer }: LanguageModel): TextReward =>
  function* (texts: readonly WrittenText[]) {
    const ended = ({ tokens }: WrittenText): boolean => tokens.at(-1) === tokenizer.endOfText;
    const scores = texts.map(async (text) =>
      reward(tokenizer.decode(text.prompt), tokenizer.decode(text.tokens), ended(text)),
    );
    return (yield Promise.all(scores)) as number[];
  };
