// The categorical (softmax) distribution over n actions.

import type { Generator } from "../random/index.ts";
import { exp, logSoftmax, mul, neg, pick, stopGradient, sub, sum, type Tensor } from "../tensor/index.ts";

/** A distribution over actions in each row, written with tensors. */
export interface Distribution {
  /** log π(a|s) of actions (indices, [rows]) → [rows]. */
  logProb(actions: Tensor): Tensor;
  /** −Σ π log π → [rows]. */
  entropy(): Tensor;
  /** KL(old ‖ this) = Σ π_old (log π_old − log π) → [rows], for old log-probabilities [rows, n]. */
  klFrom(oldLogProbs: Tensor): Tensor;
  /** log π of all actions, [rows, n]. */
  readonly logProbs: Tensor;
}

/** π = softmax(logits), logits [rows, n]. */
export function categorical(logits: Tensor): Distribution {
  const logProbs = logSoftmax(logits);
  return {
    logProbs,
    logProb: (actions) => pick(logProbs, actions),
    entropy: () => neg(sum(mul(exp(logProbs), logProbs), -1)),
    klFrom: (old) => sum(mul(exp(stopGradient(old)), sub(stopGradient(old), logProbs)), -1),
  };
}

/** Draws an index by inverting the cumulative sum of n probabilities that start at `offset`. */
export function sampleIndex(probabilities: Float32Array, offset: number, n: number, generator: Generator): number {
  // The float32 probabilities may add up to a little more or less than 1.
  let total = 0;
  for (let i = 0; i < n; i++) total += probabilities[offset + i]!;
  let u = generator.random() * total;
  for (let i = 0; i < n - 1; i++) {
    u -= probabilities[offset + i]!;
    if (u < 0) return i;
  }
  // Rounding must not choose an impossible action.
  let last = n - 1;
  while (last > 0 && probabilities[offset + last] === 0) last--;
  return last;
}

/** The most probable index; the first of equals. */
export function modeIndex(probabilities: Float32Array, offset: number, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) if (probabilities[offset + i]! > probabilities[offset + best]!) best = i;
  return best;
}
