// The Gaussian distribution of independent components, for actions in a Box.

import { exp as exponential } from "../math/index.ts";
import type { Box } from "../spaces/index.ts";
import {
  add,
  broadcastTo,
  concat,
  exp,
  mul,
  neg,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  variable,
  type Tensor,
} from "../tensor/index.ts";
import type { ActionHead, Distribution } from "./distribution.ts";

const logTwoPi = 1.8378770664093453;

/**
 * N(mean, σ²) in each component, with mean [rows, k] and log σ [rows, k], or [k] if it does not depend on the state:
 * log π = −½ Σᵢ [((aᵢ − μᵢ)/σᵢ)² + 2 log σᵢ + log 2π].
 */
export function gaussian(mean: Tensor, logStd: Tensor): Distribution {
  const k = mean.shape.at(-1) as number;
  const sumOfLogs = sum(logStd, -1);
  return {
    get parameters() {
      return concat([mean, broadcastTo(logStd, mean.shape)]);
    },
    probabilities: undefined,
    logProb(actions) {
      const z = mul(sub(actions, mean), exp(neg(logStd)));
      return sub(sub(mul(sum(square(z), -1), -0.5), sumOfLogs), (k / 2) * logTwoPi);
    },
    // Σᵢ (log σᵢ + ½ log 2πe)
    entropy: () => broadcastTo(add(sumOfLogs, (k / 2) * (1 + logTwoPi)), ["rows"]),
    // Σᵢ [log σ/σ_old + (σ_old² + (μ_old − μ)²) / 2σ² − ½]
    klFrom(old) {
      const oldMean = stopGradient(slice(old, 0, k));
      const oldLogStd = stopGradient(slice(old, k, k));
      const moved = add(exp(mul(oldLogStd, 2)), square(sub(oldMean, mean)));
      const scaled = mul(mul(moved, exp(mul(logStd, -2))), 0.5);
      return sum(add(sub(logStd, oldLogStd), sub(scaled, 0.5)), -1);
    },
  };
}

/**
 * The geometric mean of σ₁ … σ_k of a Gaussian of k components with this entropy: the entropy in units of the action.
 */
export const stdOfEntropy = (entropy: number, k: number): number => exponential(entropy / k - (1 + logTwoPi) / 2);

/** Options of the Gaussian policy of a Box action space. */
export interface GaussianOptions {
  /** Where log σ comes from: a parameter that does not depend on the state (default), or the network. */
  readonly logStd?: "parameter" | "network";
  /** log σ at the start. Default 0. */
  readonly initialLogStd?: number;
}

/** A Box space's head: a mean for each component, and log σ. Actions are stored unclipped; the environment gets them clipped. */
export function gaussianHead(space: Box, options: GaussianOptions = {}): ActionHead {
  const { logStd: source = "parameter", initialLogStd = 0 } = options;
  const { low, high } = space;
  const k = low.length;
  const parameter = variable("actor.logStd", [k]);
  return {
    outputs: source === "network" ? 2 * k : k,
    actionSize: k,
    distributionSize: 2 * k,
    maskSize: 0,
    trained:
      source === "network" ? [] : [{ variable: parameter, initialize: () => new Float32Array(k).fill(initialLogStd) }],
    distribution: (outputs) =>
      source === "network"
        ? gaussian(slice(outputs, 0, k), add(slice(outputs, k, k), initialLogStd))
        : gaussian(outputs, parameter),
    fromParameters: (parameters) => gaussian(slice(parameters, 0, k), slice(parameters, k, k)),
    sample(parameters, at, generator, actions, to) {
      for (let i = 0; i < k; i++)
        actions[to + i] = parameters[at + i] + exponential(parameters[at + k + i]) * generator.standardNormal();
    },
    mode(parameters, at, actions, to) {
      for (let i = 0; i < k; i++) actions[to + i] = parameters[at + i];
    },
    toAction: (actions, at) =>
      Float32Array.from(low, (bound, i) => Math.max(bound, Math.min(high[i], actions[at + i]))),
  };
}
