// The three trainings of RLHF as a user of the library calls them: models in, models out. Runs train the same algorithms.

import { InputError } from "../errors.ts";
import type { Learner, Metrics } from "../learning/learner.ts";
import { createStreams } from "../random/index.ts";
import { createEngine } from "../tensor/index.ts";
import { plainOptions } from "../text/plain-options.ts";
import { valueText } from "../text/values.ts";
import { assertCallbacks, assertSignal } from "../training/controls.ts";
import { createTurns, runInTurns } from "../training/index.ts";
import { assertList, readerOf, wholeText } from "./algorithms/inputs.ts";
import { rewardModelAlgorithm, type RewardModelData } from "./algorithms/reward-model.ts";
import { assertRewardModel, type RewardModel } from "./language-model.ts";
import { rlhfAlgorithm, type RlhfData } from "./algorithms/rlhf.ts";
import { sftAlgorithm, type SftData } from "./algorithms/sft.ts";
import { complete, refusedRlhfOptions, rewardModelOptions, rlhfOptions, sftOptions } from "./options.ts";
import type { OptionsOfRewardModel, OptionsOfRlhf, OptionsOfSft } from "./given-options.generated.ts";
import { createScorer } from "./reward-model.ts";
import { openRewardModel } from "./rewards.ts";

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
  /** What it gave reason to warn of, each thing once. */
  readonly warnings?: readonly string[];
}

/** Their data say how long they are. */
const dataLong = { totalSteps: null, totalEpisodes: null };

/** Updates until the end, or until the signal; the event loop has its turns. */
async function run(learner: Learner, updates: number, { signal, onUpdate }: LanguageControls): Promise<void> {
  const takeTurns = createTurns();
  for (let update = 0; update < updates && !signal?.aborted; update++) {
    const metrics = await runInTurns(learner.update(1 - update / updates), takeTurns);
    const warnings = learner.warnings?.(metrics) ?? [];
    await onUpdate?.({ update: update + 1, updates, metrics, ...(warnings.length > 0 && { warnings }) });
  }
}

const controlNames = ["seed", "strict", "signal", "onUpdate"];

/**
 * The options of a training among what it was given; its controls are checked.
 *
 * @param others names of what else it takes
 */
function optionsOf<Schema extends Parameters<typeof complete>[0]>(
  schema: Schema,
  who: string,
  input: LanguageControls & { readonly onEpisodes?: unknown },
  others: readonly string[],
  refused?: Readonly<Record<string, string>>,
) {
  assertSignal(input.signal);
  assertCallbacks({ onUpdate: input.onUpdate, onEpisodes: input.onEpisodes });
  const names = [...controlNames, ...others];
  const options = Object.fromEntries(Object.entries(input).filter(([name]) => !names.includes(name)));
  return complete(schema, options, who, { others: names, refused });
}

const atEnd = <T>(slices: Generator<unknown, T>): Promise<T> => runInTurns(slices, createTurns());

/** What {@link trainSft} takes. */
export interface TrainSftOptions
  extends LanguageControls, OptionsOfSft, Pick<SftData, "model" | "texts" | "heldOut" | "cut"> {}

/**
 * Supervised fine-tuning.
 *
 * @throws InputError for texts that are longer than the context, or hold what the tokenizer does not know
 */
export async function trainSft(given: TrainSftOptions) {
  const input = plainOptions(given, "the options of trainSft");
  const { model, texts, heldOut, cut, seed = 0, strict } = input;
  const options = optionsOf(sftOptions, "sft", input, ["model", "texts", "heldOut", "cut"]);
  const algorithm = sftAlgorithm({ model, texts, heldOut, cut });
  const engine = await createEngine({ strict });
  const learner = algorithm.create({ options: { ...options, ...dataLong }, engine, streams: createStreams(seed) });
  await run(learner, learner.updates, input);
  return {
    model: learner.model(),
    tokens: learner.progress.steps,
    heldOut: heldOut && (await atEnd(learner.measure())),
  };
}

/** What {@link trainRewardModel} takes. */
export interface TrainRewardModelOptions
  extends
    LanguageControls,
    OptionsOfRewardModel,
    Pick<RewardModelData, "model" | "pairs" | "heldOut" | "normalizeOn"> {}

/** Learns a reward from preferences. @throws InputError for texts that do not fit the model */
export async function trainRewardModel(given: TrainRewardModelOptions) {
  const input = plainOptions(given, "the options of trainRewardModel");
  const { model, pairs, heldOut, normalizeOn, seed = 0, strict } = input;
  const options = optionsOf(rewardModelOptions, "reward model", input, ["model", "pairs", "heldOut", "normalizeOn"]);
  const algorithm = rewardModelAlgorithm({ model, pairs, heldOut, normalizeOn });
  const engine = await createEngine({ strict });
  const learner = algorithm.create({ options: { ...options, ...dataLong }, engine, streams: createStreams(seed) });
  await run(learner, learner.updates, input);
  const rewardModel = await atEnd(learner.rewardModel());
  return { rewardModel, accuracy: (await atEnd(learner.measure()))?.accuracy };
}

/** Numbers of texts as a reward model gives them, each read at its last token. */
export async function scoreTexts(rewardModel: RewardModel, texts: readonly string[]): Promise<Float64Array> {
  assertRewardModel(rewardModel);
  assertList(texts, "texts");
  const reader = readerOf(rewardModel.model);
  const tokens = texts.map((text, i) => wholeText(reader, "", text, `text ${i + 1}`));
  const engine = await createEngine();
  const { gpt, head } = openRewardModel(engine, rewardModel, "");
  return atEnd(createScorer(engine, gpt, head).score(tokens));
}

/** What {@link trainRlhf} takes. */
export interface TrainRlhfOptions
  extends LanguageControls, OptionsOfRlhf, Pick<RlhfData, "model" | "reward" | "prompts" | "onEpisodes"> {
  /** How many times to write and to learn. Default 100. */
  readonly iterations?: number;
}

/** PPO against a reward with a KL penalty. */
export async function trainRlhf(given: TrainRlhfOptions) {
  const input = plainOptions(given, "the options of trainRlhf");
  const { model, reward, prompts, iterations = 100, seed = 0, strict, signal, onUpdate, onEpisodes } = input;
  const own = ["model", "reward", "prompts", "iterations", "onEpisodes"];
  const options = { ...optionsOf(rlhfOptions, "rlhf", input, own, refusedRlhfOptions), iterations };
  if (!Number.isSafeInteger(iterations) || iterations < 1)
    throw new InputError(
      `rlhf: option "iterations" must be a whole number of at least 1, not ${valueText(iterations)}`,
    );
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
