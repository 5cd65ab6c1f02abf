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

/** Of a model that no token can be drawn from. */
export class LogitsError extends RunError {}

const notFinite = (): LogitsError =>
  new LogitsError("the model's logits are not finite numbers, so that no token can be drawn: its weights are broken");

/** Draws tokens by one way of sampling; it reuses its memory. */
export function createTokenSampler(size: number, { temperature, topK, topP }: Sampling) {
  const weights = new Float64Array(size); // exp((logit − top) / temperature)
  const truncates = topK > 0 || topP < 1;
  const ranked = truncates ? new Float64Array(size) : undefined;

  const likeliest = (logits: ArrayLike<number>, start: number): number => {
    let best = 0;
    for (let i = 1; i < size; i++) if (logits[start + i] > logits[start + best]) best = i;
    return best;
  };

  /** The `count` tokens of the largest weights, the largest first; of equals the first. */
  const largest = (count: number): number[] => {
    ranked!.set(weights);
    const least = count < size ? kthLargest(ranked!, count) : -Infinity;
    const tokens: number[] = [];
    for (let i = 0; i < size; i++) if (weights[i] > least) tokens.push(i);
    for (let i = 0; i < size && tokens.length < count; i++) if (weights[i] === least) tokens.push(i);
    return tokens.sort((a, b) => weights[b] - weights[a] || a - b);
  };

  /** The tokens to draw from, when they are not all, and the sum of their weights. */
  const support = (total: number): { tokens: number[]; total: number } => {
    const most = topK > 0 ? Math.min(topK, size) : size;
    // Top-p rarely needs many: as many more are looked at as it turns out to.
    for (let looked = Math.min(most, topK > 0 ? most : 64); ; looked = Math.min(most, 8 * looked)) {
      const tokens = largest(looked);
      const of = most < size ? tokens.reduce((sum, token) => sum + weights[token], 0) : total;
      let kept = 0;
      let count = 0;
      while (count < looked && (count === 0 || kept < topP * of)) kept += weights[tokens[count++]];
      if (count < looked || looked === most) return { tokens: tokens.slice(0, count), total: kept };
    }
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
      const chosen = truncates ? support(total) : undefined;
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

/** The k-th largest number, which changes their order: Hoare's quickselect (1961). */
function kthLargest(x: Float64Array, k: number): number {
  const at = k - 1;
  let [from, to] = [0, x.length - 1];
  while (from < to) {
    const pivot = x[(from + to) >> 1];
    let [i, j] = [from, to];
    while (i <= j) {
      while (x[i] > pivot) i++;
      while (x[j] < pivot) j--;
      if (i > j) break;
      [x[i], x[j]] = [x[j], x[i]];
      i++;
      j--;
    }
    if (at <= j) to = j;
    else if (at >= i) from = i;
    else break;
  }
  return x[at];
}
