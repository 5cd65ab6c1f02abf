// Options of the trainings of language models.

import { InputError } from "../errors.ts";
import { completeOptions, type OptionsOf, type OptionsSchema } from "../learning/option-schema.ts";
import * as option from "../learning/options.ts";
import { unknownName } from "../text/nearest.ts";
import { valueText } from "../text/values.ts";
import { describeAllowed } from "../training/option-values.ts";
import { klPenalties } from "./kl-penalty.ts";

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
export type SftOptions = OptionsOf<typeof sftOptions>;

/** Of PPO: each has a default, a range and a meaning. */
export const rlhfOptions = option.schema({
  episodes: option.count(128, "texts written in each iteration"),
  maxTokens: option.count(1000, "tokens behind a prompt at most; the model's context bounds them as well"),
  temperature: option.positive(1, "what logits are divided by, of the actor, the old policy and the reference alike"),
  klCoefficient: option.nonNegative(0.1, "β, the weight of the penalty on log π − log π_ref of each token"),
  klPenalty: option.choice(
    klPenalties,
    "k1-in-reward",
    "where the penalty stands: k1-in-reward, of whole texts; k2-in-loss and weighted-k3-in-loss, of each token alone; " +
      "k1-in-loss (biased: its expected gradient is 0) and k3-in-loss (biased: it descends another divergence), for " +
      "comparison",
  ),
  klControl: option.choice(["fixed", "adaptive"], "fixed", "whether β stays, or follows klTarget"),
  klTarget: option.positive(6, "the KL divergence of a text, in nats, that an adaptive β steers towards"),
  klHorizon: option.positive(10_000, "episodes over which an adaptive β may grow by a fifth"),
  missingEnd: option.choice(
    ["subtract", "replace", "leave-out"],
    "subtract",
    "whether missingEndPenalty is subtracted from the score of a text that was cut off, or replaces it; or such texts " +
      "are not learned from",
  ),
  missingEndPenalty: option.nonNegative(1, "what a text costs that was cut off before its end"),
  scoreClip: option.nonNegative(
    0,
    "scores count within ± this, and clippedScores is the share that did not; 0: as they are",
  ),
  whitenRewards: option.flag(false, "divide the rewards of all tokens by their deviation; their mean stays"),
  gamma: option.fraction(1, "discount γ of later tokens' rewards"),
  lambda: option.fraction(0.95, "λ of generalized advantage estimation"),
  normalizeAdvantages: option.flag(true, "advantages of mean 0 and deviation 1 in each iteration"),
  epochs: option.count(2, "passes over each iteration's episodes"),
  minibatches: option.count(4, "minibatches of an epoch, each of whole texts: at least one"),
  clip: option.positive(0.2, "ε: ratios of new to old probabilities count within 1 ± ε"),
  valueClip: option.nonNegative(0, "values count within this of what they were; 0 is no limit"),
  entropyCoefficient: option.nonNegative(0, "weight of the entropy bonus"),
  critic: option.choice(
    ["own", "shared"],
    "own",
    "whether the value function is a model of its own, or a head on what the actor's last layer gives",
  ),
  valueCoefficient: option.nonNegative(0.1, "weight of ½(V − R̂)² in the joint loss of a shared critic"),
  learningRate: option.positive(3e-4, "Adam's step size of the actor at the start"),
  criticLearningRate: option.positive(1e-3, "Adam's step size of a critic of its own at the start"),
  learningRateSchedule: option.learningRateSchedule("constant"),
  adamEpsilon: option.adamEpsilon(1e-5),
  adamEpsilonIn: option.choice(
    ["corrected", "uncorrected"],
    "corrected",
    "what ε is added to: the root of the corrected second moment, as in PyTorch, or of the moment itself, as in TensorFlow",
  ),
  maxGradientNorm: option.maxGradientNorm(1),
});

/** Options that RLHF cannot have, and why: asked for, they are answered with the reason. */
const truncation =
  "training needs log π of all tokens, and what is left out of the draw has none: the ratio of new to old probabilities " +
  "would not be 1 where nothing has changed. Draw from all tokens when training, and truncate when generating";
export const refusedRlhfOptions: Readonly<Record<string, string>> = { topK: truncation, topP: truncation };

/** The same, complete. */
export type RlhfOptions = OptionsOf<typeof rlhfOptions>;

/** @throws InputError naming an option that is none of `names`, and the nearest of them; one that is undefined is none */
export function assertKnown(given: object, names: readonly string[], who: string): void {
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !names.includes(name))
      throw new InputError(`${who}: ${unknownName("option", name, names)}`);
}

/** What {@link complete} is told besides. */
interface Names {
  /** Names that are taken elsewhere: what was typed may have been meant to be one. */
  readonly others?: readonly string[];
  /** Options that there cannot be, and why. */
  readonly refused?: Readonly<Record<string, string>>;
}

/**
 * Options with their defaults.
 *
 * @param who what takes them, for the message
 * @throws InputError naming the option that is unknown or wrong
 */
export function complete<Schema extends OptionsSchema>(
  schema: Schema,
  given: object,
  who: string,
  { others = [], refused = {} }: Names = {},
): OptionsOf<Schema> {
  const known = Object.keys(schema.shape);
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of present)
    if (Object.hasOwn(refused, name)) throw new InputError(`${who}: there is no option "${name}": ${refused[name]}`);
  assertKnown(given, [...others, ...known], who);
  const { options, problems } = completeOptions(schema, Object.fromEntries(present));
  if (problems.length === 0) return options as OptionsOf<Schema>;
  const [{ name, said = `it must be ${describeAllowed(schema.shape[name], valueText)}` }] = problems;
  const value = (given as Record<string, unknown>)[name];
  throw new InputError(`${who}: option "${name}" is ${valueText(value)}, which is wrong: ${said}`);
}
