// What the trainings of language models are, before their data are known: for help, options and reports.

import type { Algorithm, DataAlgorithm } from "../../algorithms/index.ts";
import {
  criticGradientNorm,
  entropy,
  explainedVariance,
  gradientNorm,
  learningRate,
  policyLoss,
  valueLoss,
} from "../../algorithms/metric-figures.ts";
import { count, schema } from "../../learning/options.ts";
import { rewardModelOptions, rlhfOptions, sftOptions } from "../options.ts";

/** Options of RLHF, and how long it takes. */
export const rlhfRunOptions = schema({
  ...rlhfOptions.shape,
  iterations: count(100, "how many times texts are written and learned from"),
});

const rlhfMetrics: DataAlgorithm["metrics"] = [
  {
    title: "Reward",
    note: "mean over an iteration's texts: what is learned from, and the truth where it is known",
    metrics: { score: "reward", truth: "truth" },
  },
  { title: "KL divergence", note: "log π − log π_ref of a text, in nats", metrics: { kl: "KL" } },
  {
    title: "Well-formedness",
    note: "shares of texts that the grammar produces, and of distinct clauses",
    metrics: { wellFormed: "well-formed", distinct: "distinct" },
    axis: { range: [0, 1] },
  },
  { title: "Length", note: "tokens of a text", metrics: { length: "length" }, axis: { zero: true } },
  {
    title: "Ends",
    note: "share of texts that came to their end",
    metrics: { ended: "ended" },
    axis: { range: [0, 1] },
  },
  entropy,
  explainedVariance,
  { title: "KL coefficient", note: "β of the penalty", metrics: { klCoefficient: "β" }, setting: true },
  { title: "Clip fraction", note: "tokens whose ratio left 1 ± ε", metrics: { clipFraction: "clipped" } },
  { title: "KL of an update", note: "from the old policy, by k3, a token", metrics: { approxKl: "k3" } },
  policyLoss,
  valueLoss,
  gradientNorm,
  criticGradientNorm,
  learningRate,
];

/** The trainings, without what makes a learner of data. */
export const descriptions = {
  sft: {
    name: "sft",
    title: "Supervised fine-tuning",
    summary: "a language model learns to write as texts do",
    environments: 0,
    options: sftOptions,
    presets: {},
    metrics: [
      { title: "Loss", note: "−log π of a token, in nats", metrics: { loss: "texts", heldOutLoss: "held out" } },
      { title: "Perplexity", note: "of held-out texts", metrics: { heldOutPerplexity: "held out" } },
      gradientNorm,
      learningRate,
    ],
  },
  "reward-model": {
    name: "reward-model",
    title: "Reward model",
    summary: "a language model learns which of two answers is preferred",
    environments: 0,
    options: rewardModelOptions,
    presets: {},
    metrics: [
      { title: "Loss", note: "−log σ(r⁺ − r⁻); log 2 of guesses", metrics: { loss: "pairs", heldOutLoss: "held out" } },
      {
        title: "Accuracy",
        note: "the share of pairs whose preferred answer has the larger number",
        metrics: { accuracy: "pairs", heldOutAccuracy: "held out" },
        axis: { range: [0, 1] },
      },
      { title: "Margin", note: "mean r⁺ − r⁻ of held-out pairs", metrics: { heldOutMargin: "held out" } },
      gradientNorm,
      learningRate,
    ],
  },
  rlhf: {
    name: "rlhf",
    title: "RLHF",
    summary: "PPO of a language model against a reward, held near the model that it began as",
    environments: 0,
    options: rlhfRunOptions,
    presets: {},
    metrics: rlhfMetrics,
  },
} as const;

/** What a step of each is. */
export const stepUnits: Readonly<Record<string, string>> = { sft: "tokens", "reward-model": "pairs", rlhf: "texts" };

/** The training of that name as an algorithm whose data are not known: it has options, and makes no learner. */
export function describedAlgorithm(name: string): Algorithm | undefined {
  if (!Object.hasOwn(descriptions, name)) return undefined;
  const create = (): never => {
    throw new Error(`${name} needs its data`);
  };
  return { ...descriptions[name as keyof typeof descriptions], create };
}
