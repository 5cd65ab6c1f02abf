// Reward models as an algorithm of their data: the model that they begin as, and pairs of answers of which one was
// preferred.

import type { DataAlgorithm } from "../../algorithms/index.ts";
import { InputError } from "../../errors.ts";
import type { Learner } from "../../learning/learner.ts";
import { plainOptions } from "../../text/plain-options.ts";
import { sha256OfData } from "../../training/sha256.ts";
import { calibrationOf, type Calibration } from "../calibration.ts";
import { createHead, initializeHead } from "../heads.ts";
import { modelOf, openGpt, type LanguageModel, type RewardModel } from "../language-model.ts";
import { rewardModelFiles } from "../model-files.ts";
import type { rewardModelOptions } from "../options.ts";
import type { PreferencePair } from "../records.ts";
import { createRewardTrainer, createScorer, logisticLoss, normalizedHead, type TokenPair } from "../reward-model.ts";
import { assertFitsEngine, mostBytes, roomOfRewardModel } from "../room.ts";
import { descriptions } from "./descriptions.ts";
import { assertList, isMark, once, readerOf, sha256OfModel, wholeText, type NameOf } from "./inputs.ts";
import { inFolder } from "./sft.ts";

/** What a reward model learns from. */
export interface RewardModelData {
  /** What it begins as: usually the fine-tuned model. */
  readonly model: LanguageModel;
  readonly pairs: readonly PreferencePair[];
  /** Pairs that are not trained on: how well they are told apart is measured ten times in the training, and after it. */
  readonly heldOut?: readonly PreferencePair[];
  /** Whole texts whose numbers get mean 0 and variance 1. Default: both answers of the pairs. */
  readonly normalizeOn?: readonly string[];
  /** What messages call a pair. Default: "pair 1", …. */
  readonly nameOf?: NameOf;
  readonly nameOfHeldOut?: NameOf;
}

/** How well held-out pairs are told apart. */
export interface HeldOutPairs extends Calibration {
  /** Mean −log σ(r⁺ − r⁻). */
  readonly loss: number;
}

/** A learner of preferences. */
export interface RewardModelLearner extends Learner {
  /** Steps of the training. */
  readonly updates: number;
  /** The reward model as it is now, normalized. @param most texts to normalize on at most. Default: all */
  rewardModel(most?: number): Generator<unknown, RewardModel>;
  /** Undefined where there are no held-out pairs. */
  measure(): Generator<unknown, HeldOutPairs | undefined>;
}

/** Training of a reward model. */
export type RewardModelAlgorithm = DataAlgorithm<typeof rewardModelOptions, RewardModelLearner>;

/** Texts that a reward model is normalized on before it is done. */
const fewTexts = 256;

/**
 * A reward model from preferences: `train(rewardModelAlgorithm({ model, pairs }), options)`, and `trainToRun` likewise.
 *
 * @throws InputError for texts that do not fit the model
 */
export function rewardModelAlgorithm(given: RewardModelData): RewardModelAlgorithm {
  const data = plainOptions(given, "the data of rewardModelAlgorithm");
  const { model, normalizeOn } = data;
  const reader = readerOf(model);
  const pairsOf = (of: readonly PreferencePair[], nameOf: NameOf = (i) => `pair ${i + 1}`): TokenPair[] => {
    assertList(of, "pairs");
    return of.map((pair, i) => {
      const { prompt, chosen, rejected }: Partial<PreferencePair> = pair ?? {};
      return {
        chosen: wholeText(reader, prompt, chosen, `the chosen answer of ${nameOf(i)}`),
        rejected: wholeText(reader, prompt, rejected, `the rejected answer of ${nameOf(i)}`),
      };
    });
  };
  const pairs = pairsOf(data.pairs, data.nameOf);
  if (pairs.length === 0) throw new InputError("there are no pairs to learn from");
  const heldOut = data.heldOut && pairsOf(data.heldOut, data.nameOfHeldOut);
  if (heldOut?.length === 0) throw new InputError("there are no held-out pairs: leave `heldOut` out");
  const reference = normalizeOn?.map((text, i) => wholeText(reader, "", text, `text ${i + 1}`));
  const both = (of: readonly TokenPair[]): (readonly number[])[] => of.flatMap((p) => [p.chosen, p.rejected]);

  return {
    ...descriptions["reward-model"],
    inputs: once(() => ({
      model: sha256OfModel(model),
      pairs: sha256OfData(data.pairs),
      ...(data.heldOut && { "held-out pairs": sha256OfData(data.heldOut) }),
      ...(normalizeOn && { "normalization texts": sha256OfData(normalizeOn) }),
    })),
    length: ({ epochs }) => epochs * pairs.length,

    create({ options, engine, streams }) {
      assertFitsEngine(
        "training a reward model",
        mostBytes([model.config], 2 * options.batch),
        () => roomOfRewardModel(model.config, pairs, options),
        "take a smaller model",
      );
      const gpt = openGpt(engine, model);
      const head = createHead(gpt);
      initializeHead(engine, head);
      const { passes, ...learner } = createRewardTrainer({ engine, gpt, head, pairs, streams, options });
      const scorer = createScorer(engine, gpt, head);

      function* rewardModel(most = Infinity): Generator<unknown, RewardModel> {
        const texts = reference ?? both(pairs);
        const scores = yield* scorer.score(texts.slice(0, most));
        const [weight, bias] = head.weights;
        const normalized = normalizedHead({ weight: engine.read(weight), bias: engine.read(bias)[0] }, scores);
        return { model: modelOf(engine, gpt, model), headWeight: normalized.weight, headBias: normalized.bias };
      }

      function* measure(): Generator<unknown, HeldOutPairs | undefined> {
        if (!heldOut) return undefined;
        const scores = yield* scorer.score(both(heldOut));
        const margins = heldOut.map((_, i) => scores[2 * i] - scores[2 * i + 1]);
        const loss = margins.reduce((total, margin) => total + logisticLoss(margin).loss, 0) / margins.length;
        return { ...calibrationOf(margins), loss };
      }

      return {
        ...learner,
        rewardModel,
        measure,
        *update(remaining) {
          const metrics = yield* learner.update(remaining);
          const seen = isMark(passes.update, passes.updates, 10) ? yield* measure() : undefined;
          if (seen)
            Object.assign(metrics, {
              heldOutLoss: seen.loss,
              heldOutAccuracy: seen.accuracy,
              heldOutMargin: seen.margin,
            });
          return metrics;
        },
        keepsakes: {
          *files(done) {
            const files = inFolder("model", rewardModelFiles(yield* rewardModel(done ? undefined : fewTexts)));
            const seen = done ? yield* measure() : undefined;
            if (seen) files.set("calibration.json", jsonBytes(seen));
            return files;
          },
        },
      };
    },
  };
}

const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
