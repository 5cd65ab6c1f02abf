// REINFORCE: Williams (1992); Sutton & Barto (2018), sections 13.3 and 13.4. One update after each episode.

import {
  constantBaseline,
  explainedVariance,
  multiplyByTimeDiscount,
  rewardToGo,
  totalReturn,
  updateBaseline,
} from "../advantages/index.ts";
import { InputError } from "../errors.ts";
import { agentOf, evaluateActions, playingLearner } from "../experience/index.ts";
import type { Update } from "../learning/learner.ts";
import * as losses from "../learning/losses.ts";
import { createMinimizer, type Objective } from "../learning/minimizer.ts";
import * as option from "../learning/options.ts";
import { adam, scheduled } from "../optimizers/index.ts";
import { add, constant, input, mean, mul, named, sub, sum } from "../tensor/index.ts";
import type { PlayingAlgorithm } from "./algorithm.ts";
import { reinforceMetrics } from "./reinforce.metrics.ts";
import { reinforcePresets } from "./reinforce.presets.ts";

/** Options of REINFORCE, in addition to those of every run. */
export const reinforceOptions = option.schema({
  ...option.playing,
  ...option.sharedTrunk,
  returns: option.choice(
    ["to-go", "total"],
    "to-go",
    "what weighs a step: the return from it on, or R(τ), that of the whole episode",
  ),
  baseline: option.choice(
    ["none", "constant", "learned"],
    "learned",
    "what is subtracted from the return: nothing, the running mean of the returns (of all steps) of earlier episodes, or V(s)",
  ),
  learningRate: option.positive(1e-3, "Adam's step size for the policy at the start"),
  criticLearningRate: option.positive(5e-3, "Adam's step size for V at the start"),
  learningRateSchedule: option.schedule("constant", "how the learning rates change over the run"),
  valueCoefficient: option.nonNegative(1, "weight of ½(V − G)² in a trunk that policy and V share"),
  discountTime: option.discountTime(),
  maxGradientNorm: option.positive(1e9, "the norms of the policy's and of V's gradient are clipped to this"),
  adamEpsilon: option.adamEpsilon(1e-8),
});

/** REINFORCE. */
export const reinforce: PlayingAlgorithm<typeof reinforceOptions> = {
  name: "reinforce",
  title: "REINFORCE",
  summary: "Monte Carlo policy gradient, an update after each episode; baseline none, constant or learned",
  options: reinforceOptions,
  environments: 1,
  presets: reinforcePresets,
  metrics: reinforceMetrics,
  check({ envs, returns, discountTime }) {
    if (envs !== 1)
      throw new InputError(`option "envs" is ${envs}, but it learns from one environment's episodes: use 1`);
    if (returns === "total" && discountTime)
      throw new InputError('option "discountTime" is true, but option "returns" is "total", which takes no γᵗ');
  },

  create(setting) {
    const { options, engine } = setting;
    const { policy, agent } = agentOf(setting);
    const baseline = constantBaseline();
    const learned = options.baseline === "learned";

    // Rows are the steps of an episode.
    const steps = evaluateActions(policy);
    const [advantage, target] = [input("advantage", ["rows"]), input("return", ["rows"])];
    const policyLoss = named("policy loss", losses.policyGradientSum(steps.logProb, advantage));
    const valueLoss = named("value loss", losses.valueLoss(steps.value, target));
    const entropyBonus = mul(sum(steps.entropy), options.entropyCoefficient);
    const valueTerm = learned ? mul(valueLoss, options.valueCoefficient) : constant(0); // reaches a shared trunk only

    // Policy and V learn at rates of their own; V learns only where it is the baseline.
    const { maxGradientNorm } = options;
    const optimizer: Objective["optimizer"] = (setup) => adam(setup, { epsilon: options.adamEpsilon });
    const actor: Objective = {
      name: "actor optimizer",
      loss: add(sub(policyLoss, entropyBonus), valueTerm),
      variables: policy.actorVariables,
      optimizer,
      maxGradientNorm,
    };
    const critic: Objective = {
      name: "critic optimizer",
      loss: valueLoss,
      variables: policy.criticVariables,
      optimizer,
      maxGradientNorm,
      normMetric: "criticGradientNorm",
    };
    const minimizer = createMinimizer(engine, learned ? [actor, critic] : actor, {
      algorithm: "reinforce",
      metrics: {
        policyLoss,
        valueLoss: learned ? valueLoss : constant(0),
        entropy: named("entropy", mean(steps.entropy)),
      },
    });

    function* update(remaining: number): Update {
      const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);
      const criticLearningRate = scheduled(options.learningRateSchedule, options.criticLearningRate, remaining);

      // An episode: s₀, a₀, r₁, …, with V(s_t) from before this episode was seen.
      const episode = agent.scaleRewards(yield* agent.collectEpisode("REINFORCE"));
      const rewards = learned ? episode : { ...episode, nextValues: undefined };
      const returns = rewardToGo(rewards, options); // G_t
      const weights = options.returns === "total" ? totalReturn(rewards, options) : returns; // Ψ_t: G_t or R(τ)
      const advantages = weights.slice(); // Ψ_t − b
      if (options.baseline === "constant") for (let t = 0; t < episode.steps; t++) advantages[t] -= baseline.mean;
      if (learned) for (let t = 0; t < episode.steps; t++) advantages[t] -= episode.values[t];
      if (options.discountTime) multiplyByTimeDiscount(episode, options, advantages); // γᵗ (G_t − b)
      updateBaseline(baseline, weights.reduce((a, b) => a + b, 0) / episode.steps);

      // θ ← θ + α Σ_t ∇ log π(a_t|s_t) (Ψ_t − b)
      const columns = [
        ...steps.feedFrom(episode),
        { input: advantage, values: advantages },
        { input: target, values: returns },
      ];
      minimizer.start();
      yield* minimizer.stepInSlices({ columns, rows: episode.steps }, learningRate, criticLearningRate);
      const metrics = minimizer.finish(agent.steps);
      return Object.assign(metrics, {
        policyLoss: metrics.policyLoss / episode.steps,
        criticGradientNorm: metrics.criticGradientNorm ?? 0,
        explainedVariance: learned ? explainedVariance(episode.values, returns) : 0,
        baseline: options.baseline === "constant" ? baseline.mean : 0,
        learningRate,
      });
    }
    const state = {
      getState: () => ({ ...baseline }),
      setState: (saved: unknown) => void Object.assign(baseline, saved),
    };
    return playingLearner(policy, agent, minimizer, { baseline: state }, update);
  },
};
