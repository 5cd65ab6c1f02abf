// RLHF as an algorithm of its data: the model to train, what rewards its texts, and the prompts that it writes behind.

import type { DataAlgorithm } from "../../algorithms/index.ts";
import { InputError } from "../../errors.ts";
import type { Learner } from "../../learning/learner.ts";
import type { Engine } from "../../tensor/index.ts";
import { plainOptions } from "../../text/plain-options.ts";
import { sha256OfData } from "../../training/sha256.ts";
import type { Critic, Episode } from "../episodes.ts";
import type { Gpt } from "../gpt.ts";
import { createHead, initializeHead } from "../heads.ts";
import { modelOf, openGpt, type LanguageModel, type RewardModel } from "../language-model.ts";
import { gptFiles } from "../model-files.ts";
import { checkedReward, openRewardModel, type Reward } from "../rewards.ts";
import { createRlhf } from "../rlhf.ts";
import { assertFitsEngine, mostBytes, roomOfRlhf } from "../room.ts";
import { createTextStream, type Tokenizer } from "../tokenizers/index.ts";
import { asDivergence } from "./diverged.ts";
import { descriptions, type rlhfRunOptions } from "./descriptions.ts";
import {
  assertList,
  brief,
  once,
  promptTokens,
  readerOf,
  sha256OfModel,
  sha256OfRewardModel,
  type NameOf,
} from "./inputs.ts";
import { inFolder } from "./sft.ts";

/** What is known of a text whose true reward is known. */
export interface Judged {
  readonly truth: number;
  readonly wellFormed: boolean;
  /** The share of distinct clauses. */
  readonly distinct: number;
}

/** What RLHF learns from. */
export interface RlhfData {
  /** The model to train; as it is now it is also the reference. */
  readonly model: LanguageModel;
  /** A reward model, a function, or parts of a weighted sum of such. */
  readonly reward: Reward;
  /**
   * Prompts to write behind, taken in turn; or a function of the iteration, from 0 on, which gives the same prompts
   * whenever it is asked for an iteration, so that a training can be resumed.
   */
  readonly prompts: readonly string[] | ((iteration: number) => readonly string[]);
  /** Prompts whose texts are logged after each iteration of a run, written with the same seeds. Default: the first eight. */
  readonly watched?: readonly string[];
  /** The truth about a text, where it is known, from the tokens of prompt and text: for metrics and logs alone. */
  readonly judge?: (prompt: readonly number[], tokens: readonly number[]) => Judged;
  /** Sees what each iteration wrote, before it is learned from. */
  readonly onEpisodes?: (episodes: readonly Episode[], iteration: number) => void;
  /** What messages call a prompt. Default: "prompt 1", …. */
  readonly nameOf?: NameOf;
  /** SHA-256 of a reward function's code, where it is known, as of a file. */
  readonly rewardSha256?: string;
}

/** A learner of what is rewarded. */
export interface RlhfLearner extends Learner {
  /** The model as it is now. */
  model(): LanguageModel;
}

/** RLHF of a model. */
export type RlhfAlgorithm = DataAlgorithm<typeof rlhfRunOptions, RlhfLearner>;

/**
 * PPO against a reward with a KL penalty: `train(rlhfAlgorithm({ model, reward, prompts }), options)`, and `trainToRun`
 * likewise.
 *
 * @throws InputError for prompts that do not fit the model, and for a reward model of another tokenizer
 */
export function rlhfAlgorithm(given: RlhfData): RlhfAlgorithm {
  const data = plainOptions(given, "the data of rlhfAlgorithm");
  const { model, prompts, judge } = data;
  const reader = readerOf(model);
  const { tokenizer, endOfText } = endingTokenizer(model);
  const reward = checkedReward(data.reward, model);
  const asTokens = (texts: readonly string[], nameOf: NameOf = (i) => `prompt ${i + 1}`): number[][] => {
    assertList(texts, "prompts");
    return texts.map((text, i) => {
      const tokens = promptTokens(reader, text, nameOf(i));
      assertLeavesRoom(tokens, nameOf(i), reader.context);
      return tokens;
    });
  };
  const listed = typeof prompts === "function" ? undefined : asTokens(prompts, data.nameOf);
  if (listed?.length === 0) throw new InputError("there are no prompts to write behind");
  const watchedOnly = data.watched && asTokens(data.watched, (i) => `watched prompt ${i + 1}`);
  /** The prompts of an iteration. */
  const promptsAt = (iteration: number, episodes: number): number[][] => {
    const all = listed ?? asTokens((prompts as (iteration: number) => readonly string[])(iteration));
    if (all.length === 0) throw new InputError(`there are no prompts in iteration ${iteration + 1}`);
    const first = listed ? iteration * episodes : 0;
    return Array.from({ length: episodes }, (_, i) => all[(first + i) % all.length]);
  };

  return {
    ...descriptions.rlhf,
    inputs: once(() => ({
      model: sha256OfModel(model),
      ...Object.fromEntries(
        reward.models.map((of, i) => [`reward model${i > 0 ? ` ${i + 1}` : ""}`, sha256OfRewardModel(of)]),
      ),
      ...(Array.isArray(data.reward) && { "weights of rewards": sha256OfData(reward.weights) }),
      ...(data.rewardSha256 !== undefined && { reward: data.rewardSha256 }),
      ...(typeof prompts !== "function" && { prompts: sha256OfData(prompts) }),
    })),
    length: ({ iterations, episodes }) => iterations * episodes,

    create({ options, engine, streams }) {
      const configs = { actor: model.config, rewards: reward.models.map((of) => of.model.config) };
      const ofCritic = configs.rewards.at(0) ?? model.config;
      assertFitsEngine(
        "RLHF",
        mostBytes([model.config, model.config, ofCritic, ...configs.rewards], Math.min(options.episodes, 128)),
        () => roomOfRlhf(configs, options),
        "take smaller models, or fewer episodes",
      );
      const actor = openGpt(engine, model, "actor.");
      const reference = openGpt(engine, model, "reference.");
      const critic = openCritic(engine, options.critic === "shared" ? actor : undefined, model, reward.known);
      let written: readonly Episode[] = [];
      const learner = createRlhf({
        engine,
        actor,
        reference,
        critic,
        reward: reward.open(engine),
        prompts: (iteration) => promptsAt(iteration, options.episodes),
        endOfText,
        options,
        streams,
        onEpisodes(episodes, iteration) {
          written = episodes;
          data.onEpisodes?.(episodes, iteration);
        },
      });
      const where = () => ({ algorithm: "rlhf", step: learner.progress.steps, learningRate: options.learningRate });
      const modelNow = (): LanguageModel => modelOf(engine, actor, model, "actor.");
      return {
        ...learner,
        model: modelNow,
        *update(remaining) {
          const metrics = yield* asDivergence(learner.update(remaining), where);
          if (judge) Object.assign(metrics, meansOf(written.map(({ prompt, tokens }) => judge(prompt, tokens))));
          return metrics;
        },
        keepsakes: {
          *files() {
            yield; // in a turn of its own
            return inFolder("model", gptFiles(modelNow()));
          },
          *tell() {
            const told = written.map((episode) => asLine(episode, tokenizer, judge));
            const watched = watchedOnly ?? distinct(promptsAt(0, options.episodes));
            const { episodes, advantages } = yield* asDivergence(learner.watch(watched.slice(0, mostWatched)), where);
            return {
              ...(told.length > 0 && { written: told }),
              watched: episodes.map((episode, i) => ({
                ...asLine(episode, tokenizer, judge),
                tokens: partsOf(episode.tokens, tokenizer),
                logProbs: episode.logProbs.map(brief),
                referenceLogProbs: episode.referenceLogProbs.map(brief),
                values: episode.values.map(brief),
                advantages: Array.from(advantages[i], brief),
              })),
            };
          },
        },
      };
    },
  };
}

/** Prompts that are watched at most. */
const mostWatched = 8;

const distinct = (prompts: readonly number[][]): number[][] => [...new Map(prompts.map((ids) => [ids.join(), ids])).values()]; // prettier-ignore

/** An episode for people. */
function asLine(episode: Episode, tokenizer: Tokenizer, judge: RlhfData["judge"]) {
  const { prompt, tokens, score, ended } = episode;
  const judged = judge?.(prompt, tokens);
  return {
    prompt: tokenizer.decode(prompt),
    text: tokenizer.decode(tokens),
    score: brief(score),
    ended,
    length: tokens.length,
    ...(judged && { truth: brief(judged.truth), wellFormed: judged.wellFormed }),
  };
}

/** The text of each token; a character of several bytes is whole with its last. */
function partsOf(tokens: readonly number[], tokenizer: Tokenizer): string[] {
  const { endOfText, kind } = tokenizer;
  const stream = createTextStream(tokenizer);
  return tokens.map((id) =>
    id === endOfText ? "<|endoftext|>" : kind === "bytes" ? stream.push(id) : tokenizer.decode([id]),
  );
}

function meansOf(judged: readonly Judged[]) {
  const over = (f: (of: Judged) => number): number => judged.reduce((total, one) => total + f(one), 0) / judged.length;
  return {
    truth: over(({ truth }) => truth),
    wellFormed: over(({ wellFormed }) => (wellFormed ? 1 : 0)),
    distinct: over((one) => one.distinct),
  };
}

/**
 * A critic on the actor's trunk; or one of its own, which begins as a reward model where there is one, since that knows
 * already what texts are worth. Without one its head gives 0.
 */
function openCritic(engine: Engine, shared: Gpt | undefined, model: LanguageModel, known?: RewardModel): Critic {
  if (!shared && known) return openRewardModel(engine, known, "critic.");
  const gpt = shared ?? openGpt(engine, model, "critic.");
  const head = createHead(gpt, "critic.");
  initializeHead(engine, head);
  return { gpt, head };
}

function endingTokenizer({ tokenizer }: LanguageModel): { tokenizer: Tokenizer; endOfText: number } {
  if (tokenizer.endOfText === undefined) throw new InputError("the model's tokenizer has no token that ends a text");
  return { tokenizer, endOfText: tokenizer.endOfText };
}

function assertLeavesRoom(tokens: readonly number[], name: string, context: number): void {
  if (tokens.length < 1) throw new InputError(`${name} has no tokens`);
  if (tokens.length >= context)
    throw new InputError(
      `${name} has ${tokens.length} tokens, and the model sees ${context} at once: ` +
        `shorten it to at most ${context - 1}, so that one can follow`,
    );
}
