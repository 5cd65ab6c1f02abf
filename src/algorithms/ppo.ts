// Proximal policy optimization, clipped or with a KL penalty: Schulman et al. (2017), with the details that are known
// to matter (Huang et al., "The 37 Implementation Details of Proximal Policy Optimization", 2022).

import { explainedVariance, gae, lambdaReturns, normalize } from "../advantages/index.ts";
import { agentOf, batchOf, createRollout, playingLearner, playOnWorker } from "../experience/index.ts";
import { createKlControl, meanKl } from "../learning/kl-control.ts";
import * as losses from "../learning/losses.ts";
import type { Update } from "../learning/learner.ts";
import { createMinimizer } from "../learning/minimizer.ts";
import * as option from "../learning/options.ts";
import { adam, scheduled } from "../optimizers/index.ts";
import { createGenerator } from "../random/index.ts";
import { add, constant, exp, input, mean, mul, named, type Operand, type Tensor } from "../tensor/index.ts";
import type { PlayingAlgorithm } from "./algorithm.ts";
import { ppoMetrics } from "./ppo.metrics.ts";
import { ppoPresets } from "./ppo.presets.ts";

/** Options of PPO, in addition to those of every run. */
export const ppoOptions = option.schema({
  ...option.playing,
  ...option.sharedTrunk,
  workers: option.workers(),
  rollout: option.rolloutSteps(256),
  epochs: option.count(10, "passes over each rollout"),
  minibatches: option.count(32, "minibatches per epoch"),
  learningRate: option.positive(1e-3, "Adam's step size at the start"),
  learningRateSchedule: option.schedule(
    "linear",
    "how the learning rate changes over the run; adaptive: from update to update, by the KL of each",
    ["adaptive"],
  ),
  lambda: option.lambda(0.95),
  clip: option.nonNegative(0.2, "ε of the clipped ratio at the start; 0 turns clipping off"),
  clipSchedule: option.schedule("constant", "how ε changes over the run"),
  ...option.klControl,
  valueCoefficient: option.valueCoefficient(0.5),
  valueClip: option.nonNegative(0, "how far V may move from the rollout's V within an update; 0 is unlimited"),
  normalizeAdvantages: option.normalizeAdvantages(true, "minibatch"),
  maxGradientNorm: option.maxGradientNorm(0.5),
  adamEpsilon: option.adamEpsilon(1e-5),
  ...option.memory,
  targetKl: option.nonNegative(0, "ends an update after an epoch whose mean KL (k3) exceeds this; 0 never does"),
});

/** Steps that were taken: as the policy sees them now, what it said of them then, and what came of them. */
export type PpoSteps = Readonly<
  Record<"logProb" | "value" | "entropy" | "oldLogProb" | "advantage" | "return", Tensor>
> & {
  readonly oldValue?: Tensor;
};

/**
 * −E[min(ρA, clip(ρ, 1−ε, 1+ε)A)] + c_v ½E[(V − R̂)²] − c_H E[Ĥ], over the steps of rollouts or the tokens of texts.
 *
 * @param options `clip` is ε, as a number or a scalar tensor; 0 leaves the ratio ρ as it is. `valueClip` bounds how far
 *   V counts as moved from `oldValue`; 0, the default, does not.
 * @returns the loss, and scalars that tell how it goes
 */
export function ppoObjective(
  { logProb, oldLogProb, advantage, value, oldValue = value, return: target, entropy }: PpoSteps,
  options: { clip: Operand; valueClip?: number; valueCoefficient: number; entropyCoefficient: number },
) {
  const { clip, valueClip = 0 } = options;
  const logRatio = named("log ratio", losses.logRatio(logProb, oldLogProb));
  const ratio = named("ratio", exp(logRatio));
  const policyLoss = clip === 0 ? losses.surrogateLoss(ratio, advantage) : losses.ppoClipLoss(ratio, advantage, clip);
  const valueLoss = losses.clippedValueLoss(value, oldValue, target, valueClip);
  const parts = { policyLoss, valueLoss, entropy: mean(entropy) };
  const metrics = {
    ...parts,
    approxKl: losses.approxKlK3(logRatio),
    approxKlK1: losses.approxKlK1(logRatio),
    clipFraction: clip === 0 ? constant(0) : losses.clipFraction(ratio, clip),
  };
  return { loss: losses.jointLoss(parts, options), metrics };
}

/** Proximal policy optimization. */
export const ppo: PlayingAlgorithm<typeof ppoOptions> = {
  name: "ppo",
  title: "PPO",
  summary: "Proximal policy optimization: clipped ratios, several epochs of minibatches over one rollout",
  options: ppoOptions,
  environments: 8,
  trainsMemory: true,
  presets: ppoPresets,
  metrics: ppoMetrics,
  work: playOnWorker,

  create(setting) {
    const { options, engine, environments, streams } = setting;
    const { policy, agent } = agentOf(setting);
    const control = createKlControl(options);
    const shuffler = createGenerator(streams("minibatches"));
    const rollout = createRollout(options.rollout, environments, policy, { distributions: control.steers });
    const [advantages, returns] = [new Float64Array(rollout.rewards.length), new Float64Array(rollout.rewards.length)];

    const batch = batchOf(policy, rollout);
    const steps = {
      ...batch,
      oldLogProb: batch.input("old log π", rollout.logProbs),
      oldValue: batch.input("old value", rollout.values),
      advantage: batch.input("advantage", advantages, options.normalizeAdvantages ? normalize : undefined),
      return: batch.input("return", returns),
    };
    const [epsilon, beta] = [input("ε", []), input("β", [])];
    const { loss, metrics } = ppoObjective(steps, { ...options, clip: options.clip && epsilon });
    const exact = control.steers ? meanKl(engine, batch, rollout.distributions!) : undefined;
    const minibatches = Math.min(options.minibatches, batch.rows);
    const minimizer = createMinimizer(
      engine,
      {
        loss: control.penalizes ? add(loss, mul(exact!.kl, beta)) : loss,
        variables: policy.weights,
        optimizer: (setup) => adam(setup, { epsilon: options.adamEpsilon }),
        maxGradientNorm: options.maxGradientNorm,
      },
      { algorithm: "ppo", metrics, capacity: Math.ceil(batch.rows / minibatches) },
    );

    function* update(remaining: number): Update {
      const learningRate = control.learningRate(remaining);
      const clip = scheduled(options.clipSchedule, options.clip, remaining);
      minimizer.set(epsilon, clip);
      minimizer.set(beta, control.klCoefficient);

      yield* agent.collect(rollout); // T steps of n environments with π_old
      gae(agent.scaleRewards(rollout), options, advantages);
      lambdaReturns(advantages, rollout.values, returns);
      batch.refresh();

      minimizer.start();
      let [epochs, klBefore] = [0, 0];
      while (epochs < options.epochs) {
        yield* minimizer.epoch(batch, minibatches, shuffler, learningRate);
        epochs++;
        const klSum = minimizer.sum("approxKl");
        if (options.targetKl > 0 && (klSum - klBefore) / minibatches > options.targetKl) break;
        klBefore = klSum;
      }

      const kl = exact && (yield* exact.measure());
      const metrics = minimizer.finish(agent.steps, kl === undefined ? {} : { kl });
      const explained = explainedVariance(rollout.values, returns);
      return Object.assign(metrics, control.follow(kl), { explainedVariance: explained, learningRate, clip, epochs });
    }
    return playingLearner(policy, agent, minimizer, { minibatches: shuffler, ...control.states }, update);
  },
};
