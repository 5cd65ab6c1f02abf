// The built-in case of RLHF: the language of reviews, a model of it, and a reward model that learned from noisy preferences
// and has hardly seen bad grammar. Since the truth is known, over-optimization can be measured.

import { decodeBase64 } from "../../base64.ts";
import { createGenerator, createStreams } from "../../random/index.ts";
import type { Episode } from "../episodes.ts";
import type { LanguageModel, RewardModel } from "../language-model.ts";
import { loadGpt } from "../model-files.ts";
import type { OptionsOfRlhf } from "../given-options.generated.ts";
import { complete, rlhfOptions } from "../options.ts";
import { trainRlhf, type LanguageControls } from "../train.ts";
import { samplePrompt } from "./language.ts";
import { judge } from "./truth.ts";

/** What the case begins with. */
export interface ReviewsModels {
  /** Writes reviews as the language does. */
  readonly sft: LanguageModel;
  /** Mean 0 and variance 1 on what that writes. */
  readonly reward: RewardModel;
}

/** The models that ship with polgrad; they are loaded when they are asked for. */
export async function reviewsModels(): Promise<ReviewsModels> {
  const { sft, reward, headWeight, headBias } = await import("./shipped-models.ts");
  const opened = (files: Readonly<Record<string, string>>, name: string): LanguageModel =>
    loadGpt(new Map(Object.entries(files).map(([file, base64]) => [file, decodeBase64(base64)])), name);
  return {
    sft: opened(sft, "the built-in model of reviews"),
    reward: {
      model: opened(reward, "the built-in reward model"),
      headWeight: new Float32Array(decodeBase64(headWeight).buffer),
      headBias,
    },
  };
}

/** An iteration in numbers: means over its texts. */
export interface ReviewsStep {
  /** From 1 on. */
  readonly iteration: number;
  /** The true reward, and what the reward model took it for. */
  readonly truth: number;
  readonly proxy: number;
  /** log π − log π_ref of whole texts, in nats. */
  readonly kl: number;
  /** The share of texts that the grammar produces. */
  readonly wellFormed: number;
  /** The share of distinct clauses among a text's clauses. */
  readonly distinct: number;
  /** Tokens of a text. */
  readonly length: number;
  /** Of a token, in nats. */
  readonly entropy: number;
}

/** What {@link runReviews} takes. */
export interface RunReviewsOptions extends LanguageControls, OptionsOfRlhf {
  /** Default: those that ship with polgrad. */
  readonly models?: ReviewsModels;
  /** Default 100. */
  readonly iterations?: number;
  /** Told of each iteration. */
  readonly onStep?: (step: ReviewsStep) => void;
}

/** What a run of the case came to. */
export interface ReviewsRun extends Omit<ReviewsStep, "iteration"> {
  readonly klCoefficient: number;
  /** The largest truth of an iteration. */
  readonly truthPeak: number;
  readonly steps: readonly ReviewsStep[];
  /** Some texts of the last iteration. */
  readonly samples: readonly string[];
}

/** Trains the model of reviews against the reward model, and judges what it writes by the truth. */
export async function runReviews(options: RunReviewsOptions = {}): Promise<ReviewsRun> {
  const { models = await reviewsModels(), onStep, iterations = 100, ...rest } = options;
  const { sft, reward } = models;
  const generator = createGenerator(createStreams(options.seed ?? 0)("environments"));
  const { episodes, klCoefficient } = { ...complete(rlhfOptions, {}, "rlhf"), ...options };
  const steps: ReviewsStep[] = [];
  let last: readonly Episode[] = [];
  await trainRlhf({
    ...rest,
    model: sft,
    reward,
    iterations,
    prompts: () => Array.from({ length: episodes }, () => samplePrompt(generator).join(" ")),
    onEpisodes: (written) => void (last = written),
    onUpdate(report) {
      const judged = last.map(({ prompt, tokens }) => judge([...prompt.slice(1), ...tokens]));
      const over = (f: (j: (typeof judged)[number]) => number): number =>
        judged.reduce((total, j) => total + f(j), 0) / judged.length;
      const { score, kl, length, entropy } = report.metrics;
      const step = {
        iteration: report.update,
        truth: over(({ truth }) => truth),
        proxy: score,
        kl,
        wellFormed: over(({ wellFormed }) => (wellFormed ? 1 : 0)),
        distinct: over(({ distinct }) => distinct),
        length,
        entropy,
      };
      steps.push(step);
      onStep?.(step);
      return options.onUpdate?.(report);
    },
  });
  const ending = steps.slice(-5); // an iteration's mean of 128 texts is noisy
  const mean = (f: (step: ReviewsStep) => number): number => ending.reduce((a, s) => a + f(s), 0) / ending.length;
  return {
    klCoefficient,
    truth: mean((s) => s.truth),
    truthPeak: steps.reduce((most, { truth }) => Math.max(most, truth), -Infinity),
    proxy: mean((s) => s.proxy),
    kl: mean((s) => s.kl),
    wellFormed: mean((s) => s.wellFormed),
    distinct: mean((s) => s.distinct),
    length: mean((s) => s.length),
    entropy: mean((s) => s.entropy),
    steps,
    samples: last.slice(0, 8).map(({ prompt, tokens }) => sft.tokenizer.decode([...prompt, ...tokens])),
  };
}
