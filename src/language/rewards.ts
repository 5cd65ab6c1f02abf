// What texts are rewarded by: reward models, functions, and weighted sums of both.

import { InputError, RunError } from "../errors.ts";
import type { Engine } from "../tensor/index.ts";
import { unknownName } from "../text/nearest.ts";
import { isList, messageOf, typeName, valueText } from "../text/values.ts";
import { checkedScores, type TextReward, type WrittenText } from "./episodes.ts";
import { createHead } from "./heads.ts";
import { openGpt, type LanguageModel, type RewardModel } from "./language-model.ts";
import { createScorer } from "./reward-model.ts";

/** A reward of texts: their prompt, what was written behind it, and how it ended; it may take its time. */
export type RewardFunction = (prompt: string, text: string, ended: boolean) => number | Promise<number>;

/** A part of a sum of rewards. */
export interface WeightedReward {
  readonly reward: RewardModel | RewardFunction;
  /** What it is multiplied by; below 0, what it measures is a cost. Default 1. */
  readonly weight?: number;
  /** What messages call it. Default: the function's name, if it has one. */
  readonly name?: string;
}

/** One reward, or the parts of a weighted sum. */
export type Reward = RewardModel | RewardFunction | readonly WeightedReward[];

type Part = Required<Omit<WeightedReward, "name">> & {
  /** Its name in messages. */
  readonly who: string;
};

/** Whether a part of a reward is a model. */
const isModel = (reward: RewardModel | RewardFunction): reward is RewardModel => typeof reward !== "function";

/**
 * A reward as the parts of a sum, checked.
 *
 * @throws InputError naming the part that is none, and a model that does not read what the actor writes
 */
function partsOf(reward: Reward, actor: LanguageModel): Part[] {
  if (!isList(reward)) return [checkedPart({ reward: reward as RewardModel | RewardFunction }, "the reward", actor)];
  const parts = reward as readonly WeightedReward[];
  if (parts.length === 0) throw new InputError("the reward is a sum of no parts");
  return parts.map((part, i) => {
    const place = `reward ${i + 1} of ${parts.length}`;
    if (typeof part !== "object" || part === null)
      throw new InputError(`${place} is ${typeName(part)}, but must be an object with "reward" and, perhaps, "weight"`);
    for (const name of Object.keys(part))
      if (!partNames.includes(name)) throw new InputError(`${place}: ${unknownName("property", name, partNames)}`);
    const name = part.name ?? (typeof part.reward === "function" ? part.reward.name : "");
    // A function in an object literal is called by its property.
    return checkedPart(part, name === "" || name === "reward" ? place : `${place} ("${name}")`, actor);
  });
}

const partNames = ["reward", "weight", "name"];

function checkedPart({ reward, weight = 1 }: WeightedReward, who: string, actor: LanguageModel): Part {
  if (!Number.isFinite(weight))
    throw new InputError(`${who}: "weight" must be a finite number, not ${valueText(weight)}`);
  if (typeof reward !== "function" && !(typeof reward === "object" && reward !== null && "headWeight" in reward))
    throw new InputError(`${who} is ${typeName(reward)}, but must be a function or a reward model`);
  if (isModel(reward)) assertReads(reward, who, actor);
  return { reward, weight, who };
}

/** A reward model reads the actor's tokens as they are, and so does the critic that begins as it. */
function assertReads({ model: { config, tokenizer } }: RewardModel, who: string, actor: LanguageModel): void {
  const what = who === "the reward" ? "the reward model" : who;
  if (JSON.stringify(tokenizer.toJSON()) !== JSON.stringify(actor.tokenizer.toJSON()))
    throw new InputError(
      `${what} has another tokenizer than the model to train, and must read its tokens: ` +
        `train one that begins as that model, or as one of the same tokenizer`,
    );
  if (config.context < actor.config.context)
    throw new InputError(
      `${what} sees ${config.context} tokens at once, and the model to train writes up to ${actor.config.context}`,
    );
}

/** The reward model's graph, its weights in an engine. */
export function openRewardModel(engine: Engine, { model, headWeight, headBias }: RewardModel, name: string) {
  const gpt = openGpt(engine, model, name);
  const head = createHead(gpt, name);
  engine.write(head.weights[0], headWeight);
  engine.write(head.weights[1], [headBias]);
  return { gpt, head };
}

/**
 * A reward to train with.
 *
 * @param actor whose texts are rewarded
 * @throws InputError naming what is wrong
 */
export function checkedReward(reward: Reward, actor: LanguageModel) {
  const parts = partsOf(reward, actor);
  const models = parts.flatMap(({ reward: of, weight }) => (isModel(of) ? [{ model: of, weight }] : []));
  return {
    /** The reward models in it. */
    models: models.map(({ model }) => model),
    weights: parts.map(({ weight }) => weight),
    /** The first of its models by its weight, which knows what texts are worth: what a critic can begin as. */
    known: models.length > 0 ? scaled(models[0].model, models[0].weight) : undefined,
    /** While running a RunError names the part that failed, or that gave no number. */
    open(engine: Engine): TextReward {
      const open = parts.map(({ reward: of, weight, who }, i) => {
        const score = isModel(of) ? rewardOfModel(engine, of, `reward${i || ""}.`) : rewardOfFunction(of, who, actor);
        return { score, weight, who };
      });
      return function* (texts) {
        const total = new Float64Array(texts.length);
        for (const { score, weight, who } of open) {
          const scores = checkedScores(yield* score(texts), texts.length, who);
          for (let i = 0; i < total.length; i++) total[i] += weight * scores[i];
        }
        return total;
      };
    },
  };
}

const scaled = ({ model, headWeight, headBias }: RewardModel, weight: number): RewardModel => ({
  model,
  headWeight: headWeight.map((w) => w * weight),
  headBias: headBias * weight,
});

function rewardOfModel(engine: Engine, rewardModel: RewardModel, name: string): TextReward {
  const { gpt, head } = openRewardModel(engine, rewardModel, name);
  const scorer = createScorer(engine, gpt, head);
  return (texts) => scorer.score(texts.map(({ prompt, tokens }) => [...prompt, ...tokens]));
}

const rewardOfFunction = (reward: RewardFunction, who: string, { tokenizer }: LanguageModel): TextReward =>
  function* (texts: readonly WrittenText[]) {
    const scores = texts.map(async ({ prompt, tokens }, i) => {
      const asked = tokenizer.decode(prompt);
      try {
        return await reward(asked, tokenizer.decode(tokens), tokens.at(-1) === tokenizer.endOfText);
      } catch (cause) {
        const where = `text ${i + 1} of ${texts.length}, behind ${valueText(asked)}`;
        throw new RunError(`${who} failed on ${where}: ${messageOf(cause)}`, { cause });
      }
    });
    return (yield Promise.all(scores)) as number[];
  };
