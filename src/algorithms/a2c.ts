// Advantage actor-critic (A2C): n environments in lock-step, one synchronous update from each rollout.
// The synchronous form of Mnih et al., "Asynchronous Methods for Deep Reinforcement Learning" (2016); with one
// environment and a longer rollout it is actor-critic with GAE.

import { z } from "zod";
import { explainedVariance, gae, lambdaReturns, normalize } from "../advantages/index.ts";
import { adam, clipScale, globalNorm, rmsProp, scheduled, sgd } from "../optimizers/index.ts";
import { collect, createRollout } from "../experience/index.ts";
import { add, gradients, input, mean, mul, named, sub } from "../tensor/index.ts";
import { createDiagnostics } from "../learning/diagnostics.ts";
import { assertFinite } from "../learning/failures.ts";
import { agentOf, type Algorithm } from "./algorithm.ts";
import { policyGradientLoss, valueLoss as valueLossOf } from "../learning/losses.ts";
import * as option from "../learning/options.ts";
import { policySteps } from "../experience/steps.ts";
import { a2cMetrics } from "./a2c.metrics.ts";
import { a2cPresets } from "./a2c.presets.ts";

export const a2cOptions = z.object({
  workers: option.workers(),
  rollout: option.count(5).describe("steps per environment between updates"),
  lambda: option.fraction(1).describe("λ of generalized advantage estimation; 1 gives n-step advantages"),
  learningRate: option.positive(7e-4).describe("step size at the start"),
  learningRateSchedule: option.schedule("linear").describe("how the learning rate moves over the run"),
  optimizer: option.optimizer("rmsprop").describe("adam, rmsprop or sgd"),
  valueCoefficient: option
    .nonNegative(1)
    .describe("weight of ½(V − R̂)² in the joint loss; Stable-Baselines3's 0.5 is 1 here"),
  normalizeAdvantages: z.boolean().default(false).describe("advantages of mean 0 and deviation 1 in each rollout"),
  maxGradientNorm: option.positive(0.5).describe("the norm of all gradients together is clipped to this"),
});

export const a2c: Algorithm<typeof a2cOptions> = {
  name: "a2c",
  title: "A2C",
  summary: "Advantage actor-critic: several environments in lock-step, one update from each rollout",
  options: a2cOptions,
  environments: 8,
  presets: a2cPresets,
  metrics: a2cMetrics,

  create(setting) {
    const { options, engine, environments, policy } = setting;
    // The graph of one rollout: rows are its entries.
    const advantages = input("advantages", ["rows"]);
    const returns = input("returns", ["rows"]);

    const steps = policySteps(policy);
    const { value } = steps;
    const policyLoss = named("policy loss", policyGradientLoss(steps.logProb, advantages));
    const valueLoss = named("value loss", valueLossOf(value, returns));
    const entropy = named("entropy", mean(steps.entropy));
    const loss = named(
      "loss",
      sub(add(policyLoss, mul(valueLoss, options.valueCoefficient)), mul(entropy, options.entropyCoefficient)),
    );

    const variables = policy.parameters.map((p) => p.variable);
    const gradient = gradients(loss, variables);
    const gradientNorm = named("gradient norm", globalNorm(gradient));
    const diagnostics = createDiagnostics({ policyLoss, valueLoss, entropy, gradientNorm });
    const setup = {
      variables,
      gradients: gradient,
      gradientScale: diagnostics.guard(clipScale(gradientNorm, options.maxGradientNorm)),
    };
    const optimizer = { adam, rmsprop: rmsProp, sgd }[options.optimizer](setup);

    const rollout = createRollout(options.rollout, environments, policy);
    const size = options.rollout * environments;
    const program = engine.compile(
      { outputs: {}, updates: [...optimizer.updates, ...diagnostics.updates] },
      { capacity: size },
    );
    const agent = agentOf(setting);
    const advantage = new Float64Array(size);
    const target = new Float64Array(size);

    return {
      agent,
      optimizers: [optimizer],

      *update(remaining) {
        const learningRate = scheduled(options.learningRateSchedule, options.learningRate, remaining);

        yield* collect(agent, rollout);
        gae(rollout, options, advantage);
        lambdaReturns(advantage, rollout.values, target);
        if (options.normalizeAdvantages) normalize(advantage);

        steps.write(program, rollout, size);
        program.write(advantages, advantage);
        program.write(returns, target);
        optimizer.prepare(program, learningRate);
        diagnostics.reset(engine);
        program.run(size);

        const metrics = diagnostics.read(engine, 1);
        assertFinite(metrics, { algorithm: "a2c", step: agent.steps, engine, diagnostics }, () => [
          program.explainNaN(),
        ]);
        return { ...metrics, explainedVariance: explainedVariance(rollout.values, target), learningRate };
      },
    };
  },
};
