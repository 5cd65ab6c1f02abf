// RLHF: proximal policy optimization of a language model against a reward, with a KL penalty that holds it near the model
// that it began as. Ziegler et al., "Fine-Tuning Language Models from Human Preferences" (2019); Stiennon et al. (2020).
//
//   tokens are actions; the state before one is the prompt and what has followed it
//   r_t = −β (log π(y_t|·) − log π_ref(y_t|·)), and at the last token the reward of the whole text on top
//   (or no penalty in r_t, and one in the loss: see kl-penalty.ts)
//   A_t by GAE(γ = 1, λ), V being read before the token; then clipped steps on the tokens that were written

import { shuffleIndices } from "../learning/columns.ts";
import type { Learner } from "../learning/learner.ts";
import { createMinimizer } from "../learning/minimizer.ts";
import { adam, scheduled } from "../optimizers/index.ts";
import { createGenerator, type SeedSequence, type StreamPurpose } from "../random/index.ts";
import { add, input, mul, sub, type Engine, type Tensor } from "../tensor/index.ts";
import {
  actorCritic,
  createAuthor,
  estimate,
  explainedVariance,
  learnedFrom,
  measure,
  type Critic,
  type Episode,
  type TextReward,
} from "./episodes.ts";
import type { Gpt } from "./gpt.ts";
import type { RlhfOptions } from "./options.ts";
import { ppoLosses } from "./ppo-loss.ts";
import { batchOfTokens, columnsOfTokens, inRows, rowsOfSteps, sequenceInputs } from "./sequences.ts";
import { createRlhfWarnings } from "./warnings.ts";

/** What RLHF works with. The weights of all models are in the engine. */
export interface RlhfSetting {
  readonly engine: Engine;
  readonly actor: Gpt;
  /** The model that the actor began as; it is not trained. */
  readonly reference: Gpt;
  /** On a model of its own, or on the actor: what they learn then depends on `options.valueCoefficient`. */
  readonly critic: Critic;
  readonly reward: TextReward;
  /** The prompts of iteration 0, 1, …: token ids, one list for each episode. */
  prompts(iteration: number): readonly (readonly number[])[];
  /** The token that ends a text. */
  readonly endOfText: number;
  readonly options: RlhfOptions;
  readonly streams: (purpose: StreamPurpose) => SeedSequence;
  /** Sees each iteration's episodes. */
  onEpisodes?(episodes: readonly Episode[], iteration: number): void;
}

/** Texts behind prompts of one's own, whose seeds are always the same: nothing is learned from them. */
export type Watch = (prompts: readonly (readonly number[])[]) => Generator<unknown, { episodes: Episode[]; advantages: Float64Array[] }>; // prettier-ignore

/** A learner whose updates are iterations; `progress.steps` counts episodes. */
export function createRlhf(setting: RlhfSetting): Learner & { readonly watch: Watch; compile(): void } {
  const { engine, actor, critic, options, streams } = setting;
  const { context } = actor.config;
  const inputs = sequenceInputs();
  const { inputs: columnOf, ...losses } = ppoLosses(actorCritic(options.temperature, actor, critic, inputs), options);
  const { policyLoss, valueLoss, entropy, clipFraction, approxKl, klLoss } = losses;
  const beta = input("β", []);
  const ofPolicy = sub(policyLoss, mul(entropy, options.entropyCoefficient));
  const loss = klLoss ? add(ofPolicy, mul(beta, klLoss)) : ofPolicy;

  const { episodes: count } = options;
  const perMinibatch = Math.ceil(count / Math.min(options.minibatches, count));
  const capacity = rowsOfSteps(Array<number>(perMinibatch).fill(context), perMinibatch, context);
  const { maxGradientNorm, adamEpsilon: epsilon, adamEpsilonIn: epsilonIn } = options;
  const optimizer = (setup: Parameters<typeof adam>[0]) => adam(setup, { epsilon, epsilonIn });
  const how = { optimizer, maxGradientNorm };
  const shared = critic.gpt === actor;
  const ofCritic = [...(shared ? [] : critic.gpt.weights), ...critic.head.weights];
  const metrics: Record<string, Tensor> = { policyLoss, valueLoss, clipFraction, approxKl, ...(klLoss && { klLoss }) };
  const joint = add(loss, mul(valueLoss, options.valueCoefficient));
  const minimizer = createMinimizer(
    engine,
    shared
      ? { ...how, loss: joint, variables: [...actor.weights, ...ofCritic] }
      : [
          { ...how, loss, variables: actor.weights, name: "actor" },
          { ...how, loss: valueLoss, variables: ofCritic, name: "critic", normMetric: "criticGradientNorm" },
        ],
    { algorithm: "rlhf", metrics, longest: context, capacity },
  );
  const author = createAuthor(setting);
  const shuffler = createGenerator(streams("minibatches"));
  const warnings = createRlhfWarnings(options);
  const progress = { steps: 0, iteration: 0, klCoefficient: options.klCoefficient, klOption: options.klCoefficient };

  return {
    compile() {
      author.compile();
      minimizer.compile(1);
    },
    progress,
    weights: actor.weights,
    variables: [...ofCritic, ...minimizer.variables],
    states: {
      optimizer: minimizer,
      minibatches: shuffler,
      warnings,
      progress: {
        getState: () => ({ ...progress }),
        setState(state) {
          Object.assign(progress, state);
          // An adapted β goes on, unless the option has become another one.
          if (options.klControl === "fixed" || progress.klOption !== options.klCoefficient)
            progress.klCoefficient = options.klCoefficient;
          progress.klOption = options.klCoefficient;
        },
      },
    },
    *watch(prompts) {
      const episodes = yield* author.write(prompts, 0, "evaluation");
      const unscaled = { ...options, normalizeAdvantages: false, whitenRewards: false };
      return { episodes, advantages: estimate(episodes, progress.klCoefficient, unscaled).advantages };
    },
    warnings: (metrics) => warnings.after(metrics),
    *update(remaining) {
      const episodes = yield* author.write(setting.prompts(progress.iteration), progress.steps);
      setting.onEpisodes?.(episodes, progress.iteration);
      const learned = learnedFrom(episodes, options);
      const { advantages, returns } = estimate(learned, progress.klCoefficient, options);

      const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);
      const criticLearningRate = scheduled(options.learningRateSchedule, options.criticLearningRate, remaining);
      const order = new Int32Array(learned.length);
      const minibatches = Math.min(options.minibatches, learned.length);
      minimizer.start();
      minimizer.set(beta, progress.klCoefficient);
      for (let epoch = 0; epoch < options.epochs; epoch++) {
        shuffleIndices(order, shuffler);
        for (let m = 0; m < minibatches; m++) {
          const [from, to] = [m, m + 1].map((k) => Math.floor((k * order.length) / minibatches));
          const chosen = Array.from(order.subarray(from, to));
          const batch = batchOfTokens(
            chosen.map((i) => [...learned[i].prompt, ...learned[i].tokens]),
            context,
          );
          const count = chosen.reduce((total, i) => total + learned[i].tokens.length, 0);
          /** Values of the tokens that were written: those of the prompt before them count for nothing. */
          const written = (values: (i: number) => ArrayLike<number>): Float32Array =>
            inRows(
              batch.layout,
              chosen.map((i) => [...Array<number>(learned[i].prompt.length - 1).fill(0), ...Array.from(values(i))]),
            );
          const columns = [
            ...columnsOfTokens(inputs, batch),
            { input: columnOf.weight, values: written((i) => learned[i].tokens.map(() => 1 / count)) },
            { input: columnOf.oldLogProb, values: written((i) => learned[i].logProbs) },
            { input: columnOf.referenceLogProb, values: written((i) => learned[i].referenceLogProbs) },
            { input: columnOf.oldValue, values: written((i) => learned[i].values) },
            { input: columnOf.advantage, values: written((i) => advantages[i]) },
            { input: columnOf.target, values: written((i) => returns[i]) },
          ];
          const { layout } = batch;
          yield* minimizer.stepInSlices({ columns, rows: layout.span, layout }, learningRate, criticLearningRate);
          yield;
        }
      }

      progress.steps += episodes.length;
      progress.iteration++;
      const measured = { ...measure(episodes, options), explainedVariance: explainedVariance(learned, returns) };
      const report = minimizer.finish(progress.steps, measured);
      Object.assign(report, { klCoefficient: progress.klCoefficient, learningRate });
      if (options.klControl === "adaptive") {
        // Ziegler et al., section 2.2: proportional control of log β.
        const tooMuch = Math.max(-0.2, Math.min(0.2, measured.kl / options.klTarget - 1));
        progress.klCoefficient *= 1 + (tooMuch * episodes.length) / options.klHorizon;
      }
      return report;
    },
  };
}
