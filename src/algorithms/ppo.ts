// Proximal policy optimization, clipped or with a KL penalty: Schulman et al. (2017), with the details that are known
// to matter (Huang et al., "The 37 Implementation Details of Proximal Policy Optimization", 2022).

import { z } from "zod";
import { explainedVariance, gae, lambdaReturns, normalize } from "../advantages/index.ts";
import { adam, clipScale, globalNorm, scheduled, schedules } from "../optimizers/index.ts";
import { createGenerator } from "../random/index.ts";
import { collect, createRollout, minibatchBounds, shuffleIndices } from "../experience/index.ts";
import { add, constant, exp, gradients, input, mean, mul, named, sub, type Program } from "../tensor/index.ts";
import { createDiagnostics } from "../learning/diagnostics.ts";
import { assertFinite } from "../learning/failures.ts";
import { adaptedKlCoefficient, adaptedLearningRate } from "../learning/kl-control.ts";
import { agentOf, type Algorithm, type Metrics } from "./algorithm.ts";
import {
  approxKlK1,
  approxKlK3,
  clipFraction,
  clippedValueLoss,
  logRatio as logRatioOf,
  ppoClipLoss,
  surrogateLoss,
  valueLoss as valueLossOf,
} from "../learning/losses.ts";
import * as option from "../learning/options.ts";
import { rowsOf } from "../experience/rows.ts";
import { policySteps } from "../experience/steps.ts";
import { ppoMetrics } from "./ppo.metrics.ts";
import { ppoPresets } from "./ppo.presets.ts";

export const ppoOptions = z.object({
  workers: option.workers(),
  rollout: option.count(128).describe("steps per environment between updates"),
  epochs: option.count(4).describe("passes over each rollout"),
  minibatches: option.count(4).describe("minibatches per epoch"),
  learningRate: option.positive(2.5e-4).describe("Adam's step size at the start"),
  learningRateSchedule: z
    .enum([...schedules, "adaptive"])
    .default("linear")
    .describe(
      "how the learning rate moves over the run; adaptive: from update to update, after the KL that each came to",
    ),
  lambda: option.fraction(0.95).describe("λ of generalized advantage estimation: 0 is TD(0), 1 Monte Carlo"),
  clip: option.nonNegative(0.2).describe("ε of the clipped ratio at the start; 0 is no clipping"),
  clipSchedule: option.schedule("constant").describe("how ε moves over the run"),
  klPenalty: z
    .enum(["none", "adaptive"])
    .default("none")
    .describe("adaptive: the loss has a term β·KL(π_old ‖ π), whose β follows desiredKl from update to update"),
  klCoefficient: option.positive(1).describe("β of the KL penalty at the start"),
  desiredKl: option
    .positive(0.01)
    .describe("the mean KL of an update that an adaptive KL penalty or learning rate steers towards"),
  valueCoefficient: option
    .nonNegative(0.5)
    .describe("weight of ½(V − R̂)² in the joint loss; Stable-Baselines3's 0.5 is 1 here"),
  valueClip: option
    .nonNegative(0.2)
    .describe("V moves at most so far from the rollout's V within an update; 0 is no limit"),
  normalizeAdvantages: z.boolean().default(true).describe("advantages of mean 0 and deviation 1 in each minibatch"),
  maxGradientNorm: option.positive(0.5).describe("the norm of all gradients together is clipped to this"),
  adamEpsilon: option.positive(1e-5).describe("Adam's ε"),
  memory: z
    .enum(["none", "gru"])
    .default("none")
    .describe(
      "a recurrent policy: a gated recurrent unit after the hidden layers; minibatches are then whole sequences",
    ),
  memorySize: option.count(64, 1024).describe("numbers that the recurrent unit remembers"),
  targetKl: option
    .nonNegative(0)
    .describe("stops an update's epochs when the mean KL (k3) of one exceeds this; 0 is never"),
});

export const ppo: Algorithm<typeof ppoOptions> = {
  name: "ppo",
  title: "PPO",
  summary: "Proximal policy optimization: clipped ratios, several epochs of minibatches over one rollout",
  options: ppoOptions,
  environments: 4,
  presets: ppoPresets,
  metrics: ppoMetrics,
  trainsMemory: true,

  create(setting) {
    const { options, engine, environments, policy, streams } = setting;
    // The graph of one minibatch: rows are its steps, or its sequences where the policy has a memory.
    const steps = policySteps(policy, options.rollout);
    const { shape, value, logProb } = steps;
    const [oldLogProbs, advantages, returns, oldValues] = (
      ["oldLogProbs", "advantages", "returns", "oldValues"] as const
    ).map((name) => input(name, shape));
    const epsilon = input("epsilon", []);

    const logRatio = named("log ratio", logRatioOf(logProb, oldLogProbs));
    const ratio = named("ratio", exp(logRatio));
    const clips = options.clip > 0;
    const policyLoss = named(
      "policy loss",
      clips ? ppoClipLoss(ratio, advantages, epsilon) : surrogateLoss(ratio, advantages),
    );
    const valueLoss = named(
      "value loss",
      options.valueClip > 0
        ? clippedValueLoss(value, oldValues, returns, options.valueClip)
        : valueLossOf(value, returns),
    );
    const entropy = named("entropy", mean(steps.entropy));
    const clippedLoss = sub(
      add(policyLoss, mul(valueLoss, options.valueCoefficient)),
      mul(entropy, options.entropyCoefficient),
    );

    // Exact KL divergences, for a penalty or an adaptive learning rate.
    const penalizes = options.klPenalty === "adaptive";
    const adaptsRate = options.learningRateSchedule === "adaptive";
    const steers = penalizes || adaptsRate;
    const oldParameters = steers ? input("oldParameters", steps.parameters.shape) : undefined;
    const klCoefficient = input("klCoefficient", []);
    const kl = oldParameters && named("KL", mean(steps.klFrom(oldParameters)));
    const loss = named("loss", penalizes ? add(clippedLoss, mul(kl!, klCoefficient)) : clippedLoss);

    const variables = policy.parameters.map((p) => p.variable);
    const gradient = gradients(loss, variables);
    const gradientNorm = named("gradient norm", globalNorm(gradient));
    const diagnostics = createDiagnostics({
      policyLoss,
      valueLoss,
      entropy,
      approxKl: approxKlK3(logRatio),
      approxKlK1: approxKlK1(logRatio),
      clipFraction: clips ? clipFraction(ratio, epsilon) : constant(0),
      gradientNorm,
    });
    const optimizer = adam(
      {
        variables,
        gradients: gradient,
        gradientScale: diagnostics.guard(clipScale(gradientNorm, options.maxGradientNorm)),
      },
      { epsilon: options.adamEpsilon },
    );

    const rollout = createRollout(options.rollout, environments, policy, { parameters: steers });
    const size = options.rollout * environments;
    const rows = rowsOf(rollout, policy);
    const stepsPerRow = size / rows.count;
    const bounds = minibatchBounds(rows.count, Math.min(options.minibatches, rows.count));
    const program = engine.compile(
      { outputs: { ratio }, updates: [...optimizer.updates, ...diagnostics.updates] },
      { capacity: Math.ceil(rows.count / (bounds.length - 1)) },
    );
    const klProgram = kl && engine.compile({ outputs: { kl } }, { capacity: rows.count });
    const control = { klCoefficient: options.klCoefficient, learningRate: options.learningRate };
    const agent = agentOf(setting);
    const shuffler = createGenerator(streams("minibatches"));
    const advantage = new Float64Array(size);
    const target = new Float64Array(size);
    const order = new Int32Array(rows.count);
    const minibatchAdvantages = new Float64Array(program.capacity * stepsPerRow);

    /** Feeds rows order[from … to − 1] of the rollout. */
    const feed = (from: number, to: number): number => {
      const count = to - from;
      steps.gather(program, rows, order, from, count);
      program.gather(oldLogProbs, rows.logProbs, order, from, count);
      program.gather(returns, rows.returns, order, from, count);
      if (options.valueClip > 0) program.gather(oldValues, rows.values, order, from, count);
      if (penalizes) program.gather(oldParameters!, rows.parameters!, order, from, count);
      let k = 0;
      for (let i = from; i < to; i++)
        for (let t = 0; t < stepsPerRow; t++) minibatchAdvantages[k++] = rows.advantages[order[i] * stepsPerRow + t];
      if (options.normalizeAdvantages) normalize(minibatchAdvantages.subarray(0, k));
      program.write(advantages, minibatchAdvantages, k);
      return count;
    };

    /** Mean KL(π_old ‖ π) over the whole rollout, as the policy is now. */
    const measureKl = (program: Program<"kl">): number => {
      steps.writeStates(program, rows, rows.count);
      program.write(oldParameters!, rows.parameters!);
      program.run(rows.count);
      return program.readScalar("kl");
    };

    return {
      agent,
      optimizers: [optimizer],
      states: {
        minibatches: shuffler,
        ...(steers && {
          klControl: { getState: () => ({ ...control }), setState: (state) => void Object.assign(control, state) },
        }),
      },

      *update(remaining) {
        const schedule = options.learningRateSchedule;
        const learningRate =
          schedule === "adaptive" ? control.learningRate : scheduled(schedule, options.learningRate, remaining);
        const clip = scheduled(options.clipSchedule, options.clip, remaining);

        yield* collect(agent, rollout);
        gae(rollout, options, advantage);
        lambdaReturns(advantage, rollout.values, target);
        rows.refresh(advantage, target);

        if (clips) program.write(epsilon, clip);
        if (penalizes) program.write(klCoefficient, control.klCoefficient);
        diagnostics.reset(engine);
        let minibatches = 0;
        let epochs = 0;
        let klBefore = 0;
        for (; epochs < options.epochs; epochs++) {
          shuffleIndices(order, shuffler);
          for (let m = 0; m + 1 < bounds.length; m++) {
            const count = feed(bounds[m], bounds[m + 1]);
            optimizer.prepare(program, learningRate);
            program.run(count);
            minibatches++;
            yield;
          }
          if (options.targetKl > 0) {
            const klSum = diagnostics.read(engine, 1).approxKl;
            if ((klSum - klBefore) / (bounds.length - 1) > options.targetKl) break;
            klBefore = klSum;
          }
        }

        const metrics: Metrics = diagnostics.read(engine, minibatches);
        if (klProgram) metrics.kl = measureKl(klProgram);
        assertFinite(metrics, { algorithm: "ppo", step: agent.steps, engine, diagnostics }, function* () {
          for (let m = 0; m + 1 < bounds.length; m++) yield program.explainNaN(feed(bounds[m], bounds[m + 1]));
        });
        if (penalizes) {
          metrics.klCoefficient = control.klCoefficient;
          control.klCoefficient = adaptedKlCoefficient(control.klCoefficient, metrics.kl, options.desiredKl);
        }
        if (adaptsRate) control.learningRate = adaptedLearningRate(learningRate, metrics.kl, options.desiredKl);
        return {
          ...metrics,
          explainedVariance: explainedVariance(rollout.values, target),
          learningRate,
          clip,
          epochs: Math.min(epochs + 1, options.epochs),
        };
      },
    };
  },
};
