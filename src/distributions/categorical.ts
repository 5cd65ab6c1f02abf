// The categorical (softmax) distribution over n actions, and several independent ones side by side.

import type { Discrete, MultiDiscrete } from "../spaces/index.ts";
import type { Generator } from "../random/index.ts";
import {
  add,
  concat,
  exp,
  logSoftmax,
  mul,
  neg,
  pick,
  reshape,
  select,
  slice,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from "../tensor/index.ts";
import type { ActionHead, Distribution } from "./distribution.ts";

/** π = softmax(logits), logits [rows, n]; a forbidden action (mask 0) has probability 0 and no gradient. */
export const categorical = (logits: Tensor, masks?: Tensor): Distribution =>
  categoricals(logits, [logits.shape.at(-1) as number], masks);

/** Independent categorical distributions of counts[0], counts[1], … choices, from their logits [rows, Σ counts]. */
export function categoricals(logits: Tensor, counts: readonly number[], masks?: Tensor): Distribution {
  const allowed = masks ? select(masks, logits, forbidden) : logits;
  return fromLogProbs(concat(columns(allowed, counts).map(logSoftmax)), counts);
}

/** So low that its exponential is exactly 0 beside any logit, and finite: 0 · log 0 is then 0. */
const forbidden = -1e9;

function fromLogProbs(logProbs: Tensor, counts: readonly number[]): Distribution {
  const probabilities = exp(logProbs);
  return {
    parameters: logProbs,
    probabilities,
    logProb(actions) {
      const indices = counts.length === 1 ? [actions] : columns(actions, Array<number>(counts.length).fill(1));
      const chosen = columns(logProbs, counts).map((l, i) => pick(l, reshape(indices[i], ["rows"])));
      return chosen.reduce((a, b) => add(a, b));
    },
    entropy: () => neg(sum(mul(probabilities, logProbs), -1)),
    klFrom: (old) => sum(mul(exp(stopGradient(old)), sub(stopGradient(old), logProbs)), -1),
  };
}

/** Cuts the last axis into pieces of these sizes. */
function columns(x: Tensor, sizes: readonly number[]): Tensor[] {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return size === x.shape.at(-1) ? x : slice(x, start - size, size);
  });
}

/** A Discrete or MultiDiscrete space's head: one logit for each choice; actions are stored as indices. */
export function categoricalHead(space: Discrete | MultiDiscrete): ActionHead {
  const counts = space.kind === "discrete" ? [space.n] : space.counts;
  const total = counts.reduce((a, b) => a + b, 0);
  return {
    outputs: total,
    actionSize: counts.length,
    distributionSize: total,
    maskSize: total,
    trained: [],
    distribution: (logits, masks) => categoricals(logits, counts, masks),
    fromParameters: (logProbs) => fromLogProbs(logProbs, counts),
    sample(probabilities, at, generator, actions, to) {
      for (let i = 0; i < counts.length; at += counts[i++])
        actions[to + i] = sampleIndex(probabilities, at, counts[i], generator);
    },
    mode(probabilities, at, actions, to) {
      for (let i = 0; i < counts.length; at += counts[i++]) actions[to + i] = modeIndex(probabilities, at, counts[i]);
    },
    toAction: (actions, at) =>
      space.kind === "discrete" ? space.start + actions[at] : Int32Array.from(counts, (_, i) => actions[at + i]),
  };
}

/** Draws an index by inverting the cumulative sum of n probabilities that start at `offset`. */
export function sampleIndex(probabilities: Float32Array, offset: number, n: number, generator: Generator): number {
  // The float32 probabilities may add up to a little more or less than 1.
  let total = 0;
  for (let i = 0; i < n; i++) total += probabilities[offset + i];
  let u = generator.random() * total;
  for (let i = 0; i < n - 1; i++) {
    u -= probabilities[offset + i];
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
  for (let i = 1; i < n; i++) if (probabilities[offset + i] > probabilities[offset + best]) best = i;
  return best;
}
