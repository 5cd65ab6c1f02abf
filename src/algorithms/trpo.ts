// Trust region policy optimization: Schulman et al. (2015), with GAE as in Schulman et al. (2016).
// maximize E[ρ A] subject to mean KL(π_old ‖ π) ≤ δ, by a natural gradient step and a line search.

import { explainedVariance, gae, lambdaReturns, normalize } from "../advantages/index.ts";
import { InputError } from "../errors.ts";
import { agentOf, batchOf, createRollout, playingLearner, playOnWorker } from "../experience/index.ts";
import { feed, gather, shuffleIndices } from "../learning/columns.ts";
import { meanKl } from "../learning/kl-control.ts";
import type { Metrics, Update } from "../learning/learner.ts";
import * as losses from "../learning/losses.ts";
import { assertFinite, createMinimizer, type Objective } from "../learning/minimizer.ts";
import * as option from "../learning/options.ts";
import { addScaled, dot } from "../math/vectors.ts";
import { adam } from "../optimizers/index.ts";
import type { ActorCritic } from "../policies/index.ts";
import { createGenerator } from "../random/index.ts";
import { add, exp, gradients, input, mean, mul, named, sub, topologicalOrder, type Tensor } from "../tensor/index.ts";
import type { PlayingAlgorithm } from "./algorithm.ts";
import { conjugateGradient } from "./conjugate-gradient.ts";
import { fisherVectorProduct, flatten, readVector, sizeOf, writeVector } from "./fisher.ts";
import { trpoMetrics } from "./trpo.metrics.ts";
import { trpoPresets } from "./trpo.presets.ts";

/** Options of TRPO, in addition to those of every run. */
export const trpoOptions = option.schema({
  ...option.playing,
  workers: option.workers(),
  rollout: option.rolloutSteps(1024),
  lambda: option.lambda(0.95),
  maxKl: option.positive(0.01, "δ: the mean KL(π_old ‖ π) over the rollout is at most this after an update"),
  cgIterations: option.count(15, "products with the Fisher matrix that conjugate gradient takes at most"),
  damping: option.nonNegative(0.1, "is added to the diagonal of the Fisher matrix"),
  fisherFraction: option.share(1, "the part of each rollout, drawn at random, that the Fisher matrix is the mean of"),
  lineSearchTries: option.count(10, "step lengths that are tried before a step is refused"),
  lineSearchFactor: option.factor(0.8, "each step length that is tried is the one before times this"),
  criticLearningRate: option.positive(1e-3, "Adam's step size for V"),
  criticEpochs: option.count(10, "passes of V's fit over each rollout"),
  criticBatch: option.count(128, "entries in a minibatch of V's fit, about"),
  normalizeAdvantages: option.normalizeAdvantages(true, "rollout"),
  adamEpsilon: option.adamEpsilon(1e-5),
});

/** Trust region policy optimization. */
export const trpo: PlayingAlgorithm<typeof trpoOptions> = {
  name: "trpo",
  title: "TRPO",
  summary: "Trust region policy optimization: natural gradient steps whose KL divergence is bounded",
  options: trpoOptions,
  environments: 2,
  presets: trpoPresets,
  metrics: trpoMetrics,
  retiredOptions: { sharedTrunk: false }, // fitting V would move the policy out of its trust region
  work: playOnWorker,

  create(setting) {
    const { options, engine, environments, streams } = setting;
    const { policy, agent } = agentOf(setting);
    const { actorVariables } = policy;
    const shuffler = createGenerator(streams("minibatches"));
    const rollout = createRollout(options.rollout, environments, policy, { distributions: true });
    const size = rollout.rewards.length;
    const [advantages, returns, order] = [new Float64Array(size), new Float64Array(size), new Int32Array(size)];

    const batch = batchOf(policy, rollout);
    refuseSharedParameters(policy, batch.distribution, batch.value);
    const oldLogProb = batch.input("old log π", rollout.logProbs);
    const advantage = batch.input("advantage", advantages);

    // E[(ρ − 1) A] is the surrogate E[ρ A] less its value at π_old: no digits are lost to a mean of A that stays.
    const ratio = named("ratio", exp(losses.logRatio(batch.logProb, oldLogProb)));
    const entropy = named("entropy", mean(batch.entropy));
    const rise = mean(mul(sub(ratio, 1), advantage));
    const surrogate = named("surrogate", add(rise, mul(entropy, options.entropyCoefficient)));
    const { kl } = meanKl(engine, batch, rollout.distributions!);

    const vector = input("vector", [sizeOf(actorVariables)]);
    const gradient = flatten(gradients(surrogate, actorVariables));
    const product = fisherVectorProduct(batch, actorVariables, vector);
    const gradientProgram = engine.compile({ outputs: { surrogate, entropy, gradient } }, { capacity: size });
    const searchProgram = engine.compile({ outputs: { surrogate, kl } }, { capacity: size });
    const fisherRows = Math.ceil(options.fisherFraction * size); // a part of the rollout, in the order of `order`
    const fisherProgram = engine.compile({ outputs: { product } }, { capacity: fisherRows });

    // V is fitted to its targets by itself.
    const valueLoss = named("value loss", losses.valueLoss(batch.value, batch.input("return", returns)));
    const fit: Objective = {
      name: "critic optimizer",
      loss: valueLoss,
      variables: policy.criticVariables,
      optimizer: (setup) => adam(setup, { epsilon: options.adamEpsilon }),
      normMetric: "criticGradientNorm",
    };
    const critic = createMinimizer(engine, fit, { algorithm: "trpo", metrics: { valueLoss } });

    /** Writes (F + damping · I)·v into `out`. */
    function* multiply(v: Float64Array, out: Float64Array): Generator<void, void> {
      fisherProgram.write(vector, v);
      yield* fisherProgram.runInSlices(fisherRows);
      out.set(fisherProgram.read("product"));
      addScaled(out, options.damping, v);
    }

    /** θ ← θ + √(2δ / xᵀFx)·x with x = F⁻¹g, shortened until the surrogate rises and KL ≤ δ; or θ stays as it is. */
    function* improvePolicy(): Generator<void, Metrics> {
      feed(gradientProgram, batch.columns, size);
      yield* gradientProgram.runInSlices(size);
      const g = Float64Array.from(gradientProgram.read("gradient"));
      const before = gradientProgram.readScalar("surrogate");
      const start = { entropy: gradientProgram.readScalar("entropy"), gradientNorm: Math.sqrt(dot(g, g)) };
      const where = { algorithm: "trpo", step: agent.steps };
      assertFinite({ ...start, surrogate: before }, where, gradientProgram.explainNaN);
      yield;

      // The step does not depend on the gradient's length, and one of length 1 overflows nowhere.
      const unit = g.map((x) => (start.gradientNorm > 0 ? x / start.gradientNorm : 0));
      if (fisherRows < size) shuffleIndices(order, shuffler);
      else order.forEach((_, i) => (order[i] = i));
      gather(fisherProgram, batch.columns, order, 0, fisherRows);
      const { x, iterations, residual } = yield* conjugateGradient(multiply, unit, options.cgIterations);
      const fx = new Float64Array(x.length);
      yield* multiply(x, fx);
      const step = Math.sqrt((2 * options.maxKl) / dot(x, fx));
      yield;
      feed(searchProgram, batch.columns, size);
      const old = readVector(engine, actorVariables);
      const metrics = { ...start, cgIterations: iterations, cgResidual: residual };
      let tries = 0;
      // No step length is finite where there is no direction to go: where the gradient is 0.
      for (let scale = step; tries < options.lineSearchTries && Number.isFinite(scale); tries++) {
        const theta = old.slice();
        addScaled(theta, scale, x);
        writeVector(engine, actorVariables, theta);
        yield* searchProgram.runInSlices(size);
        const [rise, divergence] = [searchProgram.readScalar("surrogate") - before, searchProgram.readScalar("kl")];
        if (rise > 0 && divergence <= options.maxKl)
          return { ...metrics, surrogate: rise, kl: divergence, accepted: 1, lineSearchTries: tries + 1 };
        scale *= options.lineSearchFactor;
        yield;
      }
      writeVector(engine, actorVariables, old);
      return { ...metrics, surrogate: 0, kl: 0, accepted: 0, lineSearchTries: tries };
    }

    function* update(): Update {
      yield* agent.collect(rollout); // T steps of n environments with π_old
      gae(agent.scaleRewards(rollout), options, advantages);
      lambdaReturns(advantages, rollout.values, returns);
      if (options.normalizeAdvantages) normalize(advantages);

      const metrics = yield* improvePolicy();
      critic.start();
      for (let epoch = 0; epoch < options.criticEpochs; epoch++)
        yield* critic.epoch(batch, Math.ceil(size / options.criticBatch), shuffler, options.criticLearningRate);
      const explained = explainedVariance(rollout.values, returns);
      return { ...metrics, ...critic.finish(agent.steps), explainedVariance: explained };
    }
    return playingLearner(policy, agent, critic, { minibatches: shuffler }, update);
  },
};

/** @throws InputError if fitting V would move the policy out of its trust region */
function refuseSharedParameters({ actorVariables, criticVariables }: ActorCritic, distribution: Tensor, value: Tensor) {
  const reached = (from: Tensor, variables: readonly Tensor[]): Tensor[] =>
    topologicalOrder([from]).filter((t) => variables.includes(t));
  const shared = [...reached(value, actorVariables), ...reached(distribution, criticVariables)];
  if (shared.length > 0)
    throw new InputError(
      `trpo: policy and value share ${shared.map((t) => t.name).join(", ")}, and fitting the value would move the policy ` +
        `out of its trust region: use networks that share nothing (mlp without sharedTrunk)`,
    );
}
