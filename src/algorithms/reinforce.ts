// REINFORCE: Williams (1992); Sutton & Barto (2018), sections 13.3 and 13.4. One update after each episode.

import { z } from "zod";
import {
  constantBaseline,
  explainedVariance,
  rewardToGo,
  multiplyByTimeDiscount,
  updateBaseline,
} from "../advantages/index.ts";
import { adam, clipScale, globalNorm, scheduled } from "../optimizers/index.ts";
import { add, constant, gradients, input, mean, mul, named, sub, sum, type Program } from "../tensor/index.ts";
import { createDiagnostics } from "../learning/diagnostics.ts";
import { createEpisode } from "../experience/episode.ts";
import { assertFinite } from "../learning/failures.ts";
import { agentOf, type Algorithm } from "./algorithm.ts";
import { policyGradientSum, valueLoss as valueLossOf } from "../learning/losses.ts";
import * as option from "../learning/options.ts";
import { policySteps } from "../experience/steps.ts";
import { InputError } from "../errors.ts";
import { reinforceMetrics } from "./reinforce.metrics.ts";
import { reinforcePresets } from "./reinforce.presets.ts";

export const reinforceOptions = z.object({
  baseline: z
    .enum(["none", "constant", "learned"])
    .default("learned")
    .describe(
      "what is subtracted from the return: nothing, the running mean of the returns (of all steps) of earlier episodes, or V(s)",
    ),
  learningRate: option.positive(1e-3).describe("Adam's step size for the policy at the start"),
  criticLearningRate: option.positive(5e-3).describe("Adam's step size for V at the start"),
  learningRateSchedule: option.schedule("constant").describe("how the learning rates move over the run"),
  valueCoefficient: option.nonNegative(1).describe("weight of ½(V − G)² in a trunk that policy and V share"),
  discountTime: z
    .boolean()
    .default(false)
    .describe("weigh step t by γᵗ, as the gradient of the discounted return asks"),
  maxGradientNorm: option.positive(1e9).describe("the norms of the policy's and of V's gradient are clipped to this"),
  adamEpsilon: option.positive(1e-8).describe("Adam's ε"),
});

export const reinforce: Algorithm<typeof reinforceOptions> = {
  name: "reinforce",
  title: "REINFORCE",
  summary: "Monte Carlo policy gradient, an update after each episode; baseline none, constant or learned",
  options: reinforceOptions,
  environments: 1,
  presets: reinforcePresets,
  metrics: reinforceMetrics,

  check({ envs }) {
    if (envs !== 1)
      throw new InputError(`option "envs" is ${envs}, but it learns from one environment's episodes: use 1`);
  },

  create(setting) {
    const { options, engine, policy } = setting;
    // The graph of one episode: rows are its steps.
    const advantages = input("advantages", ["rows"]);
    const returns = input("returns", ["rows"]);

    const graph = policySteps(policy);
    const { value } = graph;
    const policyLoss = named("policy loss", policyGradientSum(graph.logProb, advantages));
    const entropy = named("entropy", mean(graph.entropy));
    const entropyBonus = mul(sum(graph.entropy), options.entropyCoefficient);
    const valueLoss = named("value loss", valueLossOf(value, returns));

    // Policy and V learn at rates of their own; V learns only where it is the baseline.
    const learned = options.baseline === "learned";
    const valueTerm = learned ? mul(valueLoss, options.valueCoefficient) : constant(0); // reaches a shared trunk only
    const actorGradients = gradients(add(sub(policyLoss, entropyBonus), valueTerm), policy.actorVariables);
    const gradientNorm = named("gradient norm", globalNorm(actorGradients));
    const criticGradients = gradients(valueLoss, policy.criticVariables);
    const criticGradientNorm = named("value gradient norm", globalNorm(criticGradients));
    const diagnostics = createDiagnostics({
      policyLoss,
      valueLoss: learned ? valueLoss : constant(0),
      entropy,
      gradientNorm,
      criticGradientNorm: learned ? criticGradientNorm : constant(0),
    });
    const optimizerOf = (name: string, variables: typeof policy.actorVariables, g: typeof actorGradients) =>
      adam(
        {
          name,
          variables,
          gradients: g,
          gradientScale: diagnostics.guard(clipScale(globalNorm(g), options.maxGradientNorm)),
        },
        { epsilon: options.adamEpsilon },
      );
    const actorOptimizer = optimizerOf("actor optimizer", policy.actorVariables, actorGradients);
    const criticOptimizer = optimizerOf("critic optimizer", policy.criticVariables, criticGradients);
    const optimizers = learned ? [actorOptimizer, criticOptimizer] : [actorOptimizer];
    const updates = [...optimizers.flatMap((o) => o.updates), ...diagnostics.updates];

    const agent = agentOf(setting);
    const episode = createEpisode(policy);
    const baseline = constantBaseline();
    let program: Program | undefined;

    return {
      agent,
      optimizers,
      states: {
        baseline: { getState: () => ({ ...baseline }), setState: (state) => void Object.assign(baseline, state) },
      },

      *update(remaining) {
        // An episode: s₀, a₀, r₁, …, with V(s_t) from before this episode was seen.
        yield* episode.play(agent);
        const steps = episode.length;
        const trajectory = episode.trajectory();
        const target = rewardToGo(learned ? trajectory : { ...trajectory, nextValues: undefined }, options); // G_t
        const advantage = target.slice(); // G_t − b
        if (options.baseline === "constant") for (let t = 0; t < steps; t++) advantage[t] -= baseline.mean;
        if (learned) for (let t = 0; t < steps; t++) advantage[t] -= trajectory.values[t];
        if (options.discountTime) multiplyByTimeDiscount(trajectory, options, advantage); // γᵗ (G_t − b)
        updateBaseline(baseline, target.reduce((a, b) => a + b, 0) / steps);

        // θ ← θ + α Σ_t ∇ log π(a_t|s_t) (G_t − b)
        if (!program || program.capacity < steps)
          program = engine.compile({ outputs: {}, updates }, { capacity: Math.max(512, 2 * steps) });
        graph.write(program, episode, steps);
        program.write(advantages, advantage, steps);
        if (learned) program.write(returns, target, steps);
        const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);
        const criticLearningRate = scheduled(options.learningRateSchedule, options.criticLearningRate, remaining);
        actorOptimizer.prepare(program, learningRate);
        if (learned) criticOptimizer.prepare(program, criticLearningRate);
        diagnostics.reset(engine);
        program.run(steps);

        const metrics = diagnostics.read(engine, 1);
        assertFinite(metrics, { algorithm: "reinforce", step: agent.steps, engine, diagnostics }, () => [
          program!.explainNaN(),
        ]);
        return {
          ...metrics,
          policyLoss: metrics.policyLoss / steps,
          explainedVariance: learned ? explainedVariance(trajectory.values, target) : 0,
          baseline: options.baseline === "constant" ? baseline.mean : 0,
          learningRate,
        };
      },
    };
  },
};
