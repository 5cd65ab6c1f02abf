// The three trainings of RLHF as a user of the library calls them: models in, models out. Runs train the same algorithms.

import type { Learner, Metrics } from "../learning/learner.ts";
import { createStreams } from "../random/index.ts";
import { createEngine } from "../tensor/index.ts";
import { createTurns, runInTurns } from "../training/index.ts";
import { readerOf, wholeText } from "./algorithms/inputs.ts";
import { openRewardModel, rewardModelAlgorithm, type RewardModelData } from "./algorithms/reward-model.ts";
import type { RewardModel } from "./language-model.ts";
import { rlhfAlgorithm, type RlhfData } from "./algorithms/rlhf.ts";
import { sftAlgorithm, type SftData } from "./algorithms/sft.ts";
import { complete, rewardModelOptions, rlhfOptions, sftOptions, type RlhfOptions, type SftOptions } from "./options.ts";
import { createScorer } from "./reward-model.ts";

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

/** Their data say how long they are. */
const dataLong = { totalSteps: null, totalEpisodes: null };

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
export interface TrainSftOptions
  extends LanguageControls, Partial<SftOptions>, Pick<SftData, "model" | "texts" | "heldOut" | "cut"> {}

/**
 * Supervised fine-tuning.
 *
 * @throws InputError for texts that are longer than the context, or hold what the tokenizer does not know
 */
export async function trainSft(input: TrainSftOptions) {
  const { model, texts, heldOut, cut, seed = 0, strict, signal, onUpdate, ...rest } = input;
  const options = complete(sftOptions, rest, "sft");
  const algorithm = sftAlgorithm({ model, texts, heldOut, cut });
  const engine = await createEngine({ strict });
  const learner = algorithm.create({ options: { ...options, ...dataLong }, engine, streams: createStreams(seed) });
  await run(learner, learner.updates, { signal, onUpdate });
  return {
    model: learner.model(),
    tokens: learner.progress.steps,
    heldOut: heldOut && (await atEnd(learner.measure())),
  };
}

/** What {@link trainRewardModel} takes. */
export interface TrainRewardModelOptions
  extends LanguageControls, Partial<SftOptions>, Pick<RewardModelData, "model" | "pairs" | "heldOut" | "normalizeOn"> {}

/** Learns a reward from preferences. @throws InputError for texts that do not fit the model */
export async function trainRewardModel(input: TrainRewardModelOptions) {
  const { model, pairs, heldOut, normalizeOn, seed = 0, strict, signal, onUpdate, ...rest } = input;
  const options = complete(rewardModelOptions, rest, "reward model");
  const algorithm = rewardModelAlgorithm({ model, pairs, heldOut, normalizeOn });
  const engine = await createEngine({ strict });
  const learner = algorithm.create({ options: { ...options, ...dataLong }, engine, streams: createStreams(seed) });
  await run(learner, learner.updates, { signal, onUpdate });
  const rewardModel = await atEnd(learner.rewardModel());
  return { rewardModel, accuracy: (await atEnd(learner.measure()))?.accuracy };
}

/** Numbers of texts as a reward model gives them, each read at its last token. */
export async function scoreTexts(rewardModel: RewardModel, texts: readonly string[]): Promise<Float64Array> {
  const reader = readerOf(rewardModel.model);
  const tokens = texts.map((text, i) => wholeText(reader, "", text, `text ${i + 1}`));
  const engine = await createEngine();
  const { gpt, head } = openRewardModel(engine, rewardModel, "");
  return atEnd(createScorer(engine, gpt, head).score(tokens));
}

/** What {@link trainRlhf} takes. */
export interface TrainRlhfOptions
  extends LanguageControls, Partial<RlhfOptions>, Pick<RlhfData, "model" | "reward" | "prompts" | "onEpisodes"> {
  /** How many times to write and to learn. Default 100. */
  readonly iterations?: number;
}

/** PPO against a reward with a KL penalty: see `rlhfOptions` for its options. */
export async function trainRlhf(input: TrainRlhfOptions) {
  const { model, reward, prompts, iterations = 100, seed = 0, strict, signal, onUpdate, onEpisodes, ...rest } = input;
  const options = { ...complete(rlhfOptions, rest, "rlhf"), iterations };
  const algorithm = rlhfAlgorithm({ model, reward, prompts, onEpisodes });
  const engine = await createEngine({ strict });
  const learner = algorithm.create({ options: { ...options, ...dataLong }, engine, streams: createStreams(seed) });
  const metrics: Metrics[] = [];
  await run(learner, iterations, {
    signal,
    onUpdate(report) {
      metrics.push(report.metrics);
      return onUpdate?.(report);
    },
  });
  return { model: learner.model(), metrics };
}
