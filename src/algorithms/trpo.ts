// Trust region policy optimization: Schulman et al. (2015), with GAE as in Schulman et al. (2016).
// maximize E[ρ A] subject to mean KL(π_old ‖ π) ≤ δ, by a natural gradient step and a line search.

import { z } from "zod";
import { explainedVariance, gae, lambdaReturns, normalize } from "../advantages/index.ts";
import { InputError } from "../errors.ts";
import { adam, globalNorm } from "../optimizers/index.ts";
import type { ActorCritic } from "../policies/index.ts";
import { createGenerator } from "../random/index.ts";
import { collect, createRollout, minibatchBounds, shuffleIndices } from "../experience/index.ts";
import {
  add,
  constant,
  exp,
  gradients,
  input,
  mean,
  mul,
  named,
  sub,
  topologicalOrder,
  type Program,
  type Tensor,
} from "../tensor/index.ts";
import { addScaled, conjugateGradient, dot } from "./conjugate-gradient.ts";
import { createDiagnostics } from "../learning/diagnostics.ts";
import { assertFinite } from "../learning/failures.ts";
import { fisherVectorProduct } from "./fisher.ts";
import { agentOf, type Algorithm } from "./algorithm.ts";
import { logRatio as logRatioOf, valueLoss as valueLossOf } from "../learning/losses.ts";
import * as option from "../learning/options.ts";
import { parameterVector } from "./parameter-vector.ts";
import { policySteps } from "../experience/steps.ts";
import { trpoMetrics } from "./trpo.metrics.ts";
import { trpoPresets } from "./trpo.presets.ts";

export const trpoOptions = z.object({
  workers: option.workers(),
  rollout: option.count(1024).describe("steps per environment between updates"),
  lambda: option.fraction(0.95).describe("λ of generalized advantage estimation: 0 is TD(0), 1 Monte Carlo"),
  maxKl: option.positive(0.01).describe("δ: the mean KL(π_old ‖ π) over the rollout is at most this after an update"),
  cgIterations: option.count(15).describe("products with the Fisher matrix that conjugate gradient takes at most"),
  damping: option.nonNegative(0.1).describe("is added to the diagonal of the Fisher matrix"),
  fisherFraction: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe("the part of each rollout, drawn at random, that the Fisher matrix is the mean of"),
  lineSearchTries: option.count(10).describe("step lengths that are tried before a step is refused"),
  lineSearchFactor: z
    .number()
    .positive()
    .lt(1)
    .default(0.8)
    .describe("each step length that is tried is the one before times this"),
  criticLearningRate: option.positive(1e-3).describe("Adam's step size for V"),
  criticEpochs: option.count(10).describe("passes of V's fit over each rollout"),
  criticBatch: option.count(128).describe("entries in a minibatch of V's fit, about"),
  normalizeAdvantages: z.boolean().default(true).describe("advantages of mean 0 and deviation 1 in each rollout"),
  entropyCoefficient: option
    .nonNegative(0)
    .describe("weight of the entropy bonus c_H·E[Ĥ(π)], which then counts as part of the surrogate"),
  adamEpsilon: option.positive(1e-5).describe("Adam's ε"),
  // Kept, so that what all algorithms have can be given to each, and refused by the name that it was given by.
  sharedTrunk: z
    .boolean()
    .refine(
      (shared) => !shared,
      "trpo takes no shared trunk: fitting the value would move the policy out of its trust region",
    )
    .default(false)
    .describe("not for trpo: fitting the value would move the policy out of its trust region"),
});

export const trpo: Algorithm<typeof trpoOptions> = {
  name: "trpo",
  title: "TRPO",
  summary: "Trust region policy optimization: natural gradient steps whose KL divergence is bounded",
  options: trpoOptions,
  environments: 2,
  presets: trpoPresets,
  metrics: trpoMetrics,

  create(setting) {
    const { options, engine, environments, policy, streams } = setting;
    const size = options.rollout * environments;
    // The graphs: rows are entries of a rollout.
    const [oldLogProbs, advantages, returns] = (["oldLogProbs", "advantages", "returns"] as const).map((name) =>
      input(name, ["rows"]),
    );
    const oldParameters = input("oldParameters", ["rows", policy.parameterSize]);
    const steps = policySteps(policy);
    const { value } = steps;
    refuseSharedParameters(policy, steps.parameters, value);

    // E[(ρ − 1) A] is the surrogate E[ρ A] less its value at π_old: no digits are lost to a mean of A that stays the
    // same.
    const ratio = named("ratio", exp(logRatioOf(steps.logProb, oldLogProbs)));
    const entropy = named("entropy", mean(steps.entropy));
    const surrogate = named(
      "surrogate",
      add(mean(mul(sub(ratio, 1), advantages)), mul(entropy, options.entropyCoefficient)),
    );
    const kl = named("KL", mean(steps.klFrom(oldParameters)));

    const parameters = parameterVector(policy.actorVariables);
    const gradient = gradients(surrogate, policy.actorVariables);
    const gradientProgram = engine.compile(
      { outputs: { surrogate, entropy, ...parameters.outputs("gradient", gradient) } },
      { capacity: size },
    );
    const searchProgram = engine.compile({ outputs: { surrogate, kl } }, { capacity: size });
    const fisherRows = Math.ceil(options.fisherFraction * size);
    const vectors = parameters.inputs("vector");
    const product = fisherVectorProduct(steps, policy.actorVariables, vectors);
    const fisherProgram = engine.compile({ outputs: parameters.outputs("product", product) }, { capacity: fisherRows });

    // V is fitted to its targets by itself.
    const valueLoss = named("value loss", valueLossOf(value, returns));
    const criticGradients = gradients(valueLoss, policy.criticVariables);
    const diagnostics = createDiagnostics({ valueLoss, criticGradientNorm: globalNorm(criticGradients) });
    const criticOptimizer = adam(
      {
        name: "critic optimizer",
        variables: policy.criticVariables,
        gradients: criticGradients,
        gradientScale: diagnostics.guard(constant(1)),
      },
      { epsilon: options.adamEpsilon },
    );
    const bounds = minibatchBounds(size, Math.ceil(size / options.criticBatch));
    const criticProgram = engine.compile(
      { outputs: {}, updates: [...criticOptimizer.updates, ...diagnostics.updates] },
      { capacity: Math.ceil(size / (bounds.length - 1)) },
    );

    const rollout = createRollout(options.rollout, environments, policy, { parameters: true });
    const agent = agentOf(setting);
    const shuffler = createGenerator(streams("minibatches"));
    const order = new Int32Array(size);
    const advantage = new Float64Array(size);
    const target = new Float64Array(size);
    const failure = { algorithm: "trpo", step: 0, engine, diagnostics };

    const feedPolicy = (program: Program): void => {
      steps.write(program, rollout, size);
      program.write(oldLogProbs, rollout.logProbs);
      program.write(advantages, advantage);
    };

    /** Writes (F + damping · I)·v into `out`. */
    const multiply = (v: Float64Array, out: Float64Array): void => {
      parameters.feed(fisherProgram, vectors, v);
      fisherProgram.run(fisherRows);
      parameters.take(fisherProgram, "product", out);
      addScaled(out, options.damping, v);
    };

    /** θ ← θ + √(2δ / xᵀFx)·x with x = F⁻¹g, shortened until the surrogate rises and KL ≤ δ; or θ stays as it is. */
    function* improvePolicy() {
      feedPolicy(gradientProgram);
      gradientProgram.run(size);
      const g = new Float64Array(parameters.size);
      parameters.take(gradientProgram, "gradient", g);
      const before = gradientProgram.readScalar("surrogate");
      const gradientNorm = Math.sqrt(dot(g, g));
      const start = { entropy: gradientProgram.readScalar("entropy"), gradientNorm };
      assertFinite({ ...start, surrogate: before }, failure, () => [gradientProgram.explainNaN()]);
      yield;

      // The step does not depend on the gradient's length, and one of length 1 overflows nowhere.
      const unit = g.map((x) => (gradientNorm > 0 ? x / gradientNorm : 0));
      if (fisherRows < size) shuffleIndices(order, shuffler);
      else order.forEach((_, i) => (order[i] = i));
      steps.gatherStates(fisherProgram, rollout, order, 0, fisherRows);
      const { x, iterations, residual } = yield* conjugateGradient(multiply, unit, {
        iterations: options.cgIterations,
      });
      const fx = new Float64Array(parameters.size);
      multiply(x, fx);
      const step = Math.sqrt((2 * options.maxKl) / dot(x, fx));
      yield;

      feedPolicy(searchProgram);
      searchProgram.write(oldParameters, rollout.parameters!);
      const old = parameters.read(engine);
      const metrics = { ...start, cgIterations: iterations, cgResidual: residual };
      let tries = 0;
      // No step length is finite where there is no direction to go: where the gradient is 0.
      for (
        let scale = step;
        tries < options.lineSearchTries && Number.isFinite(scale);
        scale *= options.lineSearchFactor
      ) {
        const theta = old.slice();
        addScaled(theta, scale, x);
        parameters.write(engine, theta);
        searchProgram.run(size);
        tries++;
        const [rise, divergence] = [searchProgram.readScalar("surrogate") - before, searchProgram.readScalar("kl")];
        if (rise > 0 && divergence <= options.maxKl)
          return { ...metrics, surrogate: rise, kl: divergence, accepted: 1, lineSearchTries: tries };
        yield;
      }
      parameters.write(engine, old);
      return { ...metrics, surrogate: 0, kl: 0, accepted: 0, lineSearchTries: tries };
    }

    /** Feeds entries order[from … to − 1] of the rollout. */
    const feedCritic = (from: number, to: number): number => {
      const rows = to - from;
      criticProgram.gather(steps.inputs.observations, rollout.observations, order, from, rows);
      criticProgram.gather(returns, target, order, from, rows);
      return rows;
    };

    function* fitValue() {
      diagnostics.reset(engine);
      let minibatches = 0;
      for (let epoch = 0; epoch < options.criticEpochs; epoch++) {
        shuffleIndices(order, shuffler);
        for (let m = 0; m + 1 < bounds.length; m++) {
          const rows = feedCritic(bounds[m], bounds[m + 1]);
          criticOptimizer.prepare(criticProgram, options.criticLearningRate);
          criticProgram.run(rows);
          minibatches++;
          yield;
        }
      }
      const metrics = diagnostics.read(engine, minibatches);
      assertFinite(metrics, failure, function* () {
        for (let m = 0; m + 1 < bounds.length; m++)
          yield criticProgram.explainNaN(feedCritic(bounds[m], bounds[m + 1]));
      });
      return metrics;
    }

    return {
      agent,
      optimizers: [criticOptimizer],
      states: { minibatches: shuffler },

      *update() {
        yield* collect(agent, rollout);
        gae(rollout, options, advantage);
        lambdaReturns(advantage, rollout.values, target);
        if (options.normalizeAdvantages) normalize(advantage);
        failure.step = agent.steps;
        const step = yield* improvePolicy();
        const fit = yield* fitValue();
        return { ...step, ...fit, explainedVariance: explainedVariance(rollout.values, target) };
      },
    };
  },
};

/**
 * V is fitted by itself, and parameters that it shared with the policy would move the policy out of the trust region.
 */
function refuseSharedParameters(policy: ActorCritic, distribution: Tensor, value: Tensor): void {
  const reached = (from: Tensor, variables: readonly Tensor[]): Tensor[] =>
    topologicalOrder([from]).filter((t) => variables.includes(t));
  const shared = [...reached(value, policy.actorVariables), ...reached(distribution, policy.criticVariables)];
  if (shared.length > 0)
    throw new InputError(
      `trpo: policy and value share ${shared.map((t) => t.name).join(", ")}, and fitting the value would move the policy ` +
        `out of its trust region: use networks that share nothing (mlp without sharedTrunk)`,
    );
}
