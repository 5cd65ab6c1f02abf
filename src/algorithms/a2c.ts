// Advantage actor-critic (A2C): n environments in lock-step, one synchronous update from each rollout.
// The synchronous form of Mnih et al., "Asynchronous Methods for Deep Reinforcement Learning" (2016); with one
// environment and a longer rollout it is actor-critic with GAE.

import { explainedVariance, gae, lambdaReturns, normalize } from "../advantages/index.ts";
import { agentOf, batchOf, createRollout, playingLearner, playOnWorker } from "../experience/index.ts";
import type { Update } from "../learning/learner.ts";
import * as losses from "../learning/losses.ts";
import { createMinimizer, optimizerOf } from "../learning/minimizer.ts";
import * as option from "../learning/options.ts";
import { scheduled } from "../optimizers/index.ts";
import { mean, named, type Tensor } from "../tensor/index.ts";
import { a2cMetrics } from "./a2c.metrics.ts";
import { a2cPresets } from "./a2c.presets.ts";
import type { PlayingAlgorithm } from "./algorithm.ts";

/** Options of A2C, in addition to those of every run. */
export const a2cOptions = option.schema({
  ...option.playing,
  ...option.sharedTrunk,
  workers: option.workers(),
  rollout: option.rolloutSteps(8),
  lambda: option.fraction(0.95, "λ of generalized advantage estimation; 1 gives n-step advantages"),
  learningRate: option.positive(1e-3, "step size at the start"),
  learningRateSchedule: option.learningRateSchedule("linear"),
  optimizer: option.optimizer("adam"),
  valueCoefficient: option.valueCoefficient(1),
  normalizeAdvantages: option.normalizeAdvantages(false, "rollout"),
  maxGradientNorm: option.maxGradientNorm(0.5),
});

/**
 * −E[log π(a|s) A] + c_v ½E[(V − R̂)²] − c_H E[Ĥ].
 *
 * @returns the loss and its parts, as scalars
 */
export function a2cObjective(
  steps: Readonly<Record<"logProb" | "value" | "entropy" | "advantage" | "return", Tensor>>,
  coefficients: { valueCoefficient: number; entropyCoefficient: number },
) {
  const metrics = {
    policyLoss: named("policy loss", losses.policyGradientLoss(steps.logProb, steps.advantage)),
    valueLoss: named("value loss", losses.valueLoss(steps.value, steps.return)),
    entropy: named("entropy", mean(steps.entropy)),
  };
  return { loss: named("loss", losses.jointLoss(metrics, coefficients)), metrics };
}

/** Advantage actor-critic. */
export const a2c: PlayingAlgorithm<typeof a2cOptions> = {
  name: "a2c",
  title: "A2C",
  summary: "Advantage actor-critic: several environments in lock-step, one update from each rollout",
  options: a2cOptions,
  environments: 4, // few, so that there are many updates: with 8 it learns too late
  presets: a2cPresets,
  metrics: a2cMetrics,
  work: playOnWorker,

  create(setting) {
    const { options, engine, environments } = setting;
    const { policy, agent } = agentOf(setting);
    const rollout = createRollout(options.rollout, environments, policy);
    const [advantages, returns] = [new Float64Array(rollout.rewards.length), new Float64Array(rollout.rewards.length)];

    const batch = batchOf(policy, rollout);
    const steps = { ...batch, advantage: batch.input("advantage", advantages), return: batch.input("return", returns) };
    const { loss, metrics } = a2cObjective(steps, options);
    const objective = { loss, variables: policy.weights, ...optimizerOf(options) };
    const minimizer = createMinimizer(engine, objective, { algorithm: "a2c", metrics, capacity: batch.rows });

    function* update(remaining: number): Update {
      const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);

      yield* agent.collect(rollout); // T steps of n environments
      gae(agent.scaleRewards(rollout), options, advantages);
      lambdaReturns(advantages, rollout.values, returns);
      if (options.normalizeAdvantages) normalize(advantages);

      minimizer.start();
      yield* minimizer.stepInSlices(batch, learningRate);
      const metrics = minimizer.finish(agent.steps);
      const explained = explainedVariance(rollout.values, returns);
      return Object.assign(metrics, { explainedVariance: explained, learningRate });
    }
    return playingLearner(policy, agent, minimizer, {}, update);
  },
};
