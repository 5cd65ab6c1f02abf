// Options of the trainings of language models.

import * as z from "zod/mini";
import { InputError } from "../errors.ts";
import * as option from "../learning/options.ts";
import { unknownName } from "../text/nearest.ts";
import { valueText } from "../text/values.ts";

const supervised = (defaults: { learningRate: number; warmUp: number; batch: number; epochs: number }, what: string) =>
  option.schema({
    learningRate: option.positive(defaults.learningRate, "Adam's step size once warmed up"),
    warmUp: option.fraction(
      defaults.warmUp,
      "the share of the run over which it rises from 0; then it falls along half a cosine to a tenth",
    ),
    batch: option.count(defaults.batch, `${what} of a step`),
    maxGradientNorm: option.maxGradientNorm(1),
    epochs: option.count(defaults.epochs, `how many times all ${what} are seen`),
  });

/** Of supervised fine-tuning. */
export const sftOptions = supervised({ learningRate: 3e-3, warmUp: 0.05, batch: 32, epochs: 3 }, "texts");
/** Of reward models. */
export const rewardModelOptions = supervised({ learningRate: 2e-3, warmUp: 0.1, batch: 32, epochs: 6 }, "pairs");
/** How a model learns from texts, or from pairs of them: each option has a default. */
export type SftOptions = z.output<typeof sftOptions>;

/** Of PPO: each has a default, a range and a meaning. */
export const rlhfOptions = option.schema({
  episodes: option.count(128, "texts written in each iteration"),
  maxTokens: option.count(1000, "tokens behind a prompt at most; the model's context bounds them as well"),
  temperature: option.positive(1, "what logits are divided by, of the actor, the old policy and the reference alike"),
  klCoefficient: option.nonNegative(0.1, "β, the weight of the penalty on log π − log π_ref of each token"),
  klControl: option.choice(["fixed", "adaptive"], "fixed", "whether β stays, or follows klTarget"),
  klTarget: option.positive(6, "the KL divergence of a text, in nats, that an adaptive β steers towards"),
  klHorizon: option.positive(10_000, "episodes over which an adaptive β may grow by a fifth"),
  missingEnd: option.choice(
    ["subtract", "replace"],
    "subtract",
    "whether missingEndPenalty is subtracted from the score of a text that was cut off, or replaces it",
  ),
  missingEndPenalty: option.nonNegative(1, "what a text costs that was cut off before its end"),
  whitenRewards: option.flag(false, "divide the rewards of all tokens by their deviation; their mean stays"),
  gamma: option.fraction(1, "discount γ of later tokens' rewards"),
  lambda: option.fraction(0.95, "λ of generalized advantage estimation"),
  normalizeAdvantages: option.flag(true, "advantages of mean 0 and deviation 1 in each iteration"),
  epochs: option.count(2, "passes over each iteration's episodes"),
  minibatches: option.count(4, "minibatches of an epoch, each of whole texts: at least one"),
  clip: option.positive(0.2, "ε: ratios of new to old probabilities count within 1 ± ε"),
  valueClip: option.nonNegative(0, "values count within this of what they were; 0 is no limit"),
  entropyCoefficient: option.nonNegative(0, "weight of the entropy bonus"),
  learningRate: option.positive(3e-4, "Adam's step size of the actor at the start"),
  criticLearningRate: option.positive(1e-3, "Adam's step size of the critic at the start"),
  learningRateSchedule: option.learningRateSchedule("constant"),
  adamEpsilon: option.adamEpsilon(1e-5),
  maxGradientNorm: option.maxGradientNorm(1),
});

/** The same, complete. */
export type RlhfOptions = z.output<typeof rlhfOptions>;

/**
 * Options with their defaults.
 *
 * @param who what takes them, for the message
 * @throws InputError naming the option that is unknown or wrong
 */
export function complete<Schema extends z.ZodMiniObject>(schema: Schema, given: object, who: string): z.output<Schema> {
  const known = Object.keys(schema.shape);
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of present)
    if (!known.includes(name)) throw new InputError(`${who}: ${unknownName("option", name, known)}`);
  const parsed = z.safeParse(schema, Object.fromEntries(present));
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  const name = String(path[0]);
  const value = (given as Record<string, unknown>)[name];
  throw new InputError(`${who}: option "${name}" is ${valueText(value)}, which is wrong: ${message}`);
}
