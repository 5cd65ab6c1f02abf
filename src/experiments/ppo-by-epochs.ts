// PPO to be studied: its policy loss can be another, and its ratios are looked at after each epoch. With its own loss it
// learns PPO's bits.

import { explainedVariance, gae, lambdaReturns, normalize } from "../advantages/index.ts";
import { ppo, ppoObjective, type ppoOptions } from "../algorithms/ppo.ts";
import type { PlayingAlgorithm } from "../algorithms/algorithm.ts";
import { agentOf, batchOf, createRollout, playingLearner } from "../experience/index.ts";
import { createMinimizer, feed, losses, type Update } from "../learning/index.ts";
import { meanKl } from "../learning/kl-control.ts";
import { adam, scheduled, type Schedule } from "../optimizers/index.ts";
import { createGenerator } from "../random/index.ts";
import { add, clip, exp, mean, mul, neg, sub, type Operand, type Tensor } from "../tensor/index.ts";

/** A policy loss of ratios ρ, advantages A and ε. */
export type PolicyLoss = (ratio: Tensor, advantage: Tensor, epsilon: Operand) => Tensor;

/** −E[clip(ρ, 1−ε, 1+ε) A]: clipped on both sides, whatever the sign of A, for there is no min. */
export function symmetricClipLoss(ratio: Tensor, advantage: Tensor, epsilon: Operand): Tensor {
  const clipped = clip(ratio, sub(1, epsilon), add(1, epsilon));
  return neg(mean(mul(clipped, advantage)));
}

/** The policy after an epoch, compared with the one that played the rollout. */
export interface Look {
  /** Updates before this one, and epochs of it that are done. */
  readonly update: number;
  readonly epoch: number;
  /** Mean KL(π_old ‖ π) over the rollout, exact over actions. */
  readonly kl: number;
  /** ρ of each step of the rollout, and its advantage before normalization; overwritten by the next look. */
  readonly ratios: Float32Array;
  readonly advantages: Float64Array;
}

/** What is studied. */
export interface Study {
  /** Default: PPO's own; for `clip` 0 that without a bound. */
  readonly policyLoss?: PolicyLoss;
  /** Called after each epoch. */
  readonly onEpoch?: (look: Look) => void;
}

/**
 * PPO with another policy loss, or with its ratios looked at. Options about KL, that of `targetKl` too, are without effect.
 */
export const ppoByEpochs = ({ policyLoss, onEpoch }: Study): PlayingAlgorithm<typeof ppoOptions> => ({
  ...ppo,
  create(setting) {
    const { options, engine, environments, streams } = setting;
    const { policy, agent } = agentOf(setting);
    const shuffler = createGenerator(streams("minibatches"));
    const rollout = createRollout(options.rollout, environments, policy, { distributions: true });
    const [advantages, returns] = [new Float64Array(rollout.rewards.length), new Float64Array(rollout.rewards.length)];

    const batch = batchOf(policy, rollout);
    const steps = {
      ...batch,
      oldLogProb: batch.input("old log π", rollout.logProbs),
      oldValue: batch.input("old value", rollout.values),
      advantage: batch.input("advantage", advantages, options.normalizeAdvantages ? normalize : undefined),
      return: batch.input("return", returns),
    };
    const usual = ppoObjective(steps, options);
    const ratio = exp(losses.logRatio(steps.logProb, steps.oldLogProb));
    const parts = { ...usual.metrics, policyLoss: policyLoss?.(ratio, steps.advantage, options.clip) ?? usual.metrics.policyLoss }; // prettier-ignore
    const minimizer = createMinimizer(
      engine,
      {
        loss: policyLoss ? losses.jointLoss(parts, options) : usual.loss,
        variables: policy.weights,
        optimizer: (setup) => adam(setup, { epsilon: options.adamEpsilon }),
        maxGradientNorm: options.maxGradientNorm,
      },
      { algorithm: "ppo", metrics: parts, capacity: Math.ceil(batch.rows / options.minibatches) },
    );
    const { kl } = meanKl(engine, batch, rollout.distributions!);
    const program = onEpoch && engine.compile({ outputs: { kl, ratio } }, { capacity: batch.rows });
    let updates = 0;

    function* update(remaining: number): Update {
      const learningRate = scheduled(options.learningRateSchedule as Schedule, options.learningRate, remaining);
      yield* agent.collect(rollout);
      gae(agent.scaleRewards(rollout), options, advantages);
      lambdaReturns(advantages, rollout.values, returns);
      batch.refresh();

      minimizer.start();
      for (let epoch = 1; epoch <= options.epochs; epoch++) {
        yield* minimizer.epoch(batch, options.minibatches, shuffler, learningRate);
        if (!program) continue;
        feed(program, batch.columns, batch.rows);
        yield* program.runInSlices(batch.rows);
        const ratios = program.read("ratio");
        onEpoch({ update: updates, epoch, kl: program.readScalar("kl"), ratios, advantages });
      }
      updates++;
      const metrics = minimizer.finish(agent.steps);
      const explained = explainedVariance(rollout.values, returns);
      return Object.assign(metrics, { explainedVariance: explained, learningRate });
    }
    return playingLearner(policy, agent, minimizer, { minibatches: shuffler }, update);
  },
});
