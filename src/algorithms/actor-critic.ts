// One-step actor-critic: Sutton & Barto (2018), section 13.5. Actor and critic learn after every step, online.

import { z } from "zod";
import { adam, clipScale, globalNorm, rmsProp, scheduled, sgd } from "../optimizers/index.ts";
import { add, gradients, input, mean, mul, named, square, stopGradient, sub } from "../tensor/index.ts";
import { createDiagnostics } from "../learning/diagnostics.ts";
import { assertFinite } from "../learning/failures.ts";
import { agentOf, type Algorithm } from "./algorithm.ts";
import { policyGradientLoss } from "../learning/losses.ts";
import * as option from "../learning/options.ts";
import { policySteps } from "../experience/steps.ts";
import { actorCriticMetrics } from "./actor-critic.metrics.ts";
import { actorCriticPresets } from "./actor-critic.presets.ts";

// One update from each step: plain SGD learned where Adam did not (docs/benchmarks.md). It needs inputs of like size, a
// critic faster than the actor, and clipping: a fall's TD error is as large as V.
export const actorCriticOptions = z.object({
  learningRate: option.positive(0.02).describe("step size of the actor at the start"),
  criticLearningRate: option.positive(0.1).describe("step size of the critic at the start"),
  learningRateSchedule: option.schedule("linear").describe("how the learning rates move over the run"),
  optimizer: option.optimizer("sgd").describe("adam, rmsprop or sgd"),
  valueCoefficient: option.nonNegative(1).describe("weight of ½δ² in a trunk that actor and critic share"),
  discountTime: z
    .boolean()
    .default(false)
    .describe("weigh step t by γᵗ, as the gradient of the discounted return asks"),
  maxGradientNorm: option
    .positive(5)
    .describe("the norms of the actor's and of the critic's gradient are clipped to this"),
  reportEvery: option.count(500).describe("steps between two reports of progress"),
  normalizeObservations: z.boolean().default(true).describe(option.sharedOptions.normalizeObservations.description!),
});

const optimizers = { adam, rmsprop: rmsProp, sgd };

export const actorCritic: Algorithm<typeof actorCriticOptions> = {
  name: "actor-critic",
  title: "Actor-critic",
  summary: "One-step actor-critic: actor by the TD error, critic by its square, an update after every step",
  options: actorCriticOptions,
  environments: 1,
  presets: actorCriticPresets,
  metrics: actorCriticMetrics,

  create(setting) {
    const { options, engine, vector, policy } = setting;
    const n = vector.size;
    const width = policy.observationSize;
    // The graph of one step (s, a, r, s'): rows are environments.
    const nextObservations = input("nextObservations", ["rows", width]);
    const rewards = input("rewards", ["rows"]);
    const continues = input("continues", ["rows"]); // γ, or 0 where s' is terminal
    const weights = input("weights", ["rows"]); // γᵗ, or 1

    const graph = policySteps(policy);
    const { value } = graph;
    const nextValue = stopGradient(policy.forward(nextObservations).value);
    const delta = named("TD error", sub(add(rewards, mul(continues, nextValue)), value)); // δ = r + γV(s') − V(s)
    const policyLoss = named("policy loss", policyGradientLoss(graph.logProb, mul(weights, stopGradient(delta))));
    const valueLoss = named("value loss", mul(mean(square(delta)), 0.5));
    const entropy = named("entropy", mean(graph.entropy));
    const loss = named(
      "loss",
      sub(add(policyLoss, mul(valueLoss, options.valueCoefficient)), mul(entropy, options.entropyCoefficient)),
    );

    const actorGradients = gradients(loss, policy.actorVariables);
    const criticGradients = gradients(valueLoss, policy.criticVariables);
    const gradientNorm = named("gradient norm", globalNorm(actorGradients));
    const criticGradientNorm = named("value gradient norm", globalNorm(criticGradients));
    const diagnostics = createDiagnostics({ policyLoss, valueLoss, entropy, gradientNorm, criticGradientNorm });
    const optimize = optimizers[options.optimizer];
    const actorOptimizer = optimize({
      name: "actor optimizer",
      variables: policy.actorVariables,
      gradients: actorGradients,
      gradientScale: diagnostics.guard(clipScale(gradientNorm, options.maxGradientNorm)),
    });
    const criticOptimizer = optimize({
      name: "critic optimizer",
      variables: policy.criticVariables,
      gradients: criticGradients,
      gradientScale: diagnostics.guard(clipScale(criticGradientNorm, options.maxGradientNorm)),
    });
    const program = engine.compile(
      {
        outputs: { loss, gradientNorm },
        updates: [...actorOptimizer.updates, ...criticOptimizer.updates, ...diagnostics.updates],
      },
      { capacity: n },
    );

    const agent = agentOf(setting);
    const { player } = agent;
    const discounts = new Float64Array(n).fill(1); // γᵗ of each open episode
    const step = {
      observations: new Float32Array(n * width),
      actions: player.actions,
      masks: player.masks && new Uint8Array(player.masks.length),
    };
    const next = new Float32Array(n * width);
    const continuation = new Float64Array(n);

    return {
      agent,
      optimizers: [actorOptimizer, criticOptimizer],
      states: {
        discounts: {
          getState: () => [...discounts],
          setState: (state) => discounts.set(state as number[]),
        },
      },

      *update(remaining) {
        const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);
        const criticLearningRate = scheduled(options.learningRateSchedule, options.criticLearningRate, remaining);
        diagnostics.reset(engine);
        const left = options.totalSteps === null ? Infinity : options.totalSteps - agent.steps;
        const steps = Math.max(1, Math.ceil(Math.min(options.reportEvery, left) / n));
        for (let t = 0; t < steps; t++) {
          if (t % 100 === 99) yield;
          step.observations.set(player.observations);
          step.masks?.set(player.masks!);
          agent.step();
          next.set(player.observations);
          for (let i = 0; i < n; i++) {
            const ended = vector.terminated[i] || vector.truncated[i];
            if (ended) next.set(player.finalObservations.subarray(i * width, (i + 1) * width), i * width);
            continuation[i] = vector.terminated[i] ? 0 : options.gamma; // a truncated step is bootstrapped
          }
          graph.write(program, step, n);
          program.write(nextObservations, next);
          program.write(rewards, agent.rewards);
          program.write(continues, continuation);
          program.write(weights, discounts);
          actorOptimizer.prepare(program, learningRate);
          criticOptimizer.prepare(program, criticLearningRate);
          program.run(n);

          if (!Number.isFinite(program.readScalar("loss") + program.readScalar("gradientNorm")))
            assertFinite(
              diagnostics.read(engine, 1),
              { algorithm: "actor-critic", step: agent.steps, engine, diagnostics },
              () => [program.explainNaN()],
            );
          if (options.discountTime)
            for (let i = 0; i < n; i++)
              discounts[i] = vector.terminated[i] || vector.truncated[i] ? 1 : discounts[i] * options.gamma;
        }
        // What no single step shows: the value gradient's norm, or a sum of diagnostics, overflowed.
        const metrics = diagnostics.read(engine, steps);
        assertFinite(metrics, { algorithm: "actor-critic", step: agent.steps, engine, diagnostics }, () => [
          program.explainNaN(),
        ]);
        return { ...metrics, learningRate };
      },
    };
  },
};
