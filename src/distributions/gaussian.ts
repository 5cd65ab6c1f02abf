// The Gaussian distribution of independent components.

import { exp as exponential } from "../math/index.ts";
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
  type Tensor,
} from "../tensor/index.ts";
import type { Distribution } from "./distribution.ts";

const logTwoPi = 1.8378770664093453;

/** Mean and log σ [rows, k], as parts of `parameters`; log σ is [k] if it does not depend on the state. */
export interface GaussianDistribution extends Distribution {
  readonly mean: Tensor;
  readonly logStd: Tensor;
}

/**
 * N(mean, σ²) in each component, with mean [rows, k] and log σ [rows, k], or [k] if it does not depend on the state:
 * log π = −½ Σᵢ [((aᵢ − μᵢ)/σᵢ)² + 2 log σᵢ + log 2π].
 */
export function gaussian(mean: Tensor, logStd: Tensor): GaussianDistribution {
  const k = mean.shape.at(-1) as number;
  const sumOfLogs = sum(logStd, -1);
  return {
    mean,
    logStd,
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
