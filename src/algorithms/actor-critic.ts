// One-step actor-critic: Sutton & Barto (2018), section 13.5. Actor and critic learn after every step, online.

import { agentOf, evaluateActions, playingLearner } from "../experience/index.ts";
import type { Update } from "../learning/learner.ts";
import * as losses from "../learning/losses.ts";
import { createMinimizer, optimizerOf } from "../learning/minimizer.ts";
import * as option from "../learning/options.ts";
import { scheduled } from "../optimizers/index.ts";
import { add, input, mean, mul, named, square, stopGradient, sub } from "../tensor/index.ts";
import { actorCriticMetrics } from "./actor-critic.metrics.ts";
import { actorCriticPresets } from "./actor-critic.presets.ts";
import type { PlayingAlgorithm } from "./algorithm.ts";

/**
 * Options of the one-step actor-critic, in addition to those of every run. With one update per step, plain SGD learned where Adam
 * did not (docs/benchmarks.md). It needs inputs of similar size, a critic that learns faster than the actor, and
 * clipping: when an episode ends in a fall, the TD error is as large as V.
 */
export const actorCriticOptions = option.schema({
  ...option.playing,
  ...option.sharedTrunk,
  learningRate: option.positive(0.02, "step size of the actor at the start"),
  criticLearningRate: option.positive(0.1, "step size of the critic at the start"),
  learningRateSchedule: option.schedule("linear", "how the learning rates change over the run"),
  optimizer: option.optimizer("sgd"),
  valueCoefficient: option.nonNegative(1, "weight of ½δ² in a trunk that actor and critic share"),
  discountTime: option.discountTime(),
  maxGradientNorm: option.positive(5, "the norms of the actor's and of the critic's gradient are clipped to this"),
  reportEvery: option.count(500, "steps between two reports of progress"),
});

/** The one-step actor-critic. */
export const actorCritic: PlayingAlgorithm<typeof actorCriticOptions> = {
  name: "actor-critic",
  title: "Actor critic",
  summary: "One-step actor-critic: actor by the TD error, critic by its square, an update after every step",
  options: actorCriticOptions,
  environments: 1,
  presets: actorCriticPresets,
  metrics: actorCriticMetrics,

  create(setting) {
    const { options, engine, vector } = setting;
    const { policy, agent } = agentOf(setting);
    const { player } = agent;
    const n = vector.size;
    const width = policy.observationSize;
    const discounts = new Float64Array(n).fill(1); // γᵗ of each open episode

    // The graph of one step (s, a, r, s'): rows are environments.
    const step = evaluateActions(policy);
    const nextObservation = input("next observation", ["rows", width]);
    const reward = input("reward", ["rows"]);
    const discount = input("discount", ["rows"]); // γ, or 0 where s' is terminal
    const weight = input("weight", ["rows"]); // γᵗ, or 1
    const nextValue = stopGradient(policy.forward(nextObservation).value);
    const delta = named("TD error", sub(add(reward, mul(discount, nextValue)), step.value)); // δ = r + γV(s') − V(s)
    const metrics = {
      policyLoss: named("policy loss", losses.policyGradientLoss(step.logProb, mul(weight, stopGradient(delta)))),
      valueLoss: named("value loss", mul(mean(square(delta)), 0.5)),
      entropy: named("entropy", mean(step.entropy)),
    };
    const actor = {
      name: "actor optimizer",
      loss: named("loss", losses.jointLoss(metrics, options)),
      variables: policy.actorVariables,
      ...optimizerOf(options),
    };
    const critic = {
      name: "critic optimizer",
      loss: metrics.valueLoss,
      variables: policy.criticVariables,
      normMetric: "criticGradientNorm",
      ...optimizerOf(options),
    };
    const minimizer = createMinimizer(engine, [actor, critic], { algorithm: "actor-critic", metrics, capacity: n });

    const observations = new Float32Array(n * width);
    const nextObservations = new Float32Array(n * width);
    const masks = player.masks?.slice();
    const continuation = new Float64Array(n);
    const columns = [
      ...step.feedFrom({ observations, actions: player.actions, masks }),
      { input: nextObservation, values: nextObservations },
      { input: reward, values: agent.rewards },
      { input: discount, values: continuation },
      { input: weight, values: discounts },
    ];

    function* update(remaining: number): Update {
      const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);
      const criticLearningRate = scheduled(options.learningRateSchedule, options.criticLearningRate, remaining);
      yield* agent.warmUp();
      const left = options.totalSteps === null ? Infinity : options.totalSteps - agent.steps;
      const steps = Math.max(1, Math.ceil(Math.min(options.reportEvery, left) / n));
      minimizer.start();
      for (let t = 0; t < steps; t++) {
        observations.set(player.observations);
        masks?.set(player.masks!);
        while (!agent.stepSome()) yield agent.pending();
        nextObservations.set(player.observations);
        for (let i = 0; i < n; i++) {
          const ended = vector.terminated[i] || vector.truncated[i];
          if (ended) nextObservations.set(player.finalObservations.subarray(i * width, (i + 1) * width), i * width);
          continuation[i] = vector.terminated[i] ? 0 : options.gamma; // a truncated step is bootstrapped
        }

        minimizer.step({ columns, rows: n }, learningRate, criticLearningRate);
        minimizer.assertFinite(agent.steps);
        if (options.discountTime)
          for (let i = 0; i < n; i++)
            discounts[i] = vector.terminated[i] || vector.truncated[i] ? 1 : discounts[i] * options.gamma;
      }
      return Object.assign(minimizer.finish(agent.steps), { learningRate });
    }
    const state = { getState: () => [...discounts], setState: (saved: unknown) => discounts.set(saved as number[]) };
    return playingLearner(policy, agent, minimizer, { discounts: state }, update);
  },
};
