// A token drawn from logits: temperature, top-k, top-p.

import { exp, log } from "../math/index.ts";
import { InputError, RunError } from "../errors.ts";
import { valueText } from "../text/values.ts";

/** How tokens are drawn. */
export interface SamplingOptions {
  /** What logits are divided by; 0 always takes the likeliest token, the first of equals. Default 1. */
  readonly temperature?: number;
  /** Draws from so many of the likeliest tokens alone; 0 from all. Default 0. */
  readonly topK?: number;
  /** Draws from the fewest tokens whose probabilities add up to this, the likeliest first. Default 1: from all. */
  readonly topP?: number;
}

/** The same, complete. */
export type Sampling = Required<SamplingOptions>;

/** @throws InputError naming the option */
export function samplingOf({ temperature = 1, topK = 0, topP = 1 }: SamplingOptions): Sampling {
  const check = (name: string, value: unknown, isRight: boolean, range: string): void => {
    if (!isRight) throw new InputError(`option "${name}" must be ${range}, not ${valueText(value)}`);
  };
  check("temperature", temperature, Number.isFinite(temperature) && temperature >= 0, "a number of at least 0");
  check("topK", topK, Number.isSafeInteger(topK) && topK >= 0, "a whole number of at least 0");
  check("topP", topP, topP > 0 && topP <= 1, "above 0 and at most 1");
  return { temperature, topK, topP };
}

const notFinite = (): RunError =>
  new RunError("the model's logits are not finite numbers, so that no token can be drawn: its weights are broken");

/** Draws tokens by one way of sampling; it reuses its memory. */
export function createTokenSampler(size: number, { temperature, topK, topP }: Sampling) {
  const weights = new Float64Array(size); // exp((logit − top) / temperature)
  const order = topK > 0 || topP < 1 ? Array.from({ length: size }, (_, i) => i) : [];

  const likeliest = (logits: ArrayLike<number>, start: number): number => {
    let best = 0;
    for (let i = 1; i < size; i++) if (logits[start + i] > logits[start + best]) best = i;
    return best;
  };

  /** The tokens to draw from, when they are not all, and the sum of their weights. */
  const support = (total: number): { tokens: number[]; total: number } => {
    order.sort((a, b) => weights[b] - weights[a] || a - b);
    const most = topK > 0 ? Math.min(topK, size) : size;
    let kept = 0;
    let count = 0;
    let ofTopK = total;
    if (most < size) {
      ofTopK = 0;
      for (let k = 0; k < most; k++) ofTopK += weights[order[k]];
    }
    while (count < most && (count === 0 || kept < topP * ofTopK)) kept += weights[order[count++]];
    return { tokens: order.slice(0, count), total: kept };
  };

  return {
    /**
     * @param logits of all tokens, from index `start` on
     * @param uniform in [0, 1)
     * @returns the token, and its log-probability among those that could be drawn
     */
    draw(logits: ArrayLike<number>, start: number, uniform: number): { token: number; logProb: number } {
      const best = likeliest(logits, start);
      if (!Number.isFinite(logits[start + best])) throw notFinite();
      if (temperature === 0) return { token: best, logProb: 0 };
      const top = logits[start + best];
      let total = 0;
      for (let i = 0; i < size; i++) total += weights[i] = exp((logits[start + i] - top) / temperature);
      if (Number.isNaN(total)) throw notFinite();
      const chosen = order.length > 0 ? support(total) : undefined;
      const sum = chosen?.total ?? total;
      const count = chosen?.tokens.length ?? size;
      let left = uniform * sum;
      let token = chosen ? chosen.tokens[0] : best;
      for (let k = 0; k < count; k++) {
        const at = chosen ? chosen.tokens[k] : k;
        if (weights[at] > 0) token = at; // rounding may leave a little at the end: the last possible one takes it
        left -= weights[at];
        if (left < 0 && weights[at] > 0) break;
      }
      return { token, logProb: log(weights[token] / sum) };
    },
  };
}
