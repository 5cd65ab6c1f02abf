// What transformers are made of: layer normalization, embeddings, causal attention, the likelihood of words. Rows are
// tokens, and sequences lie one after another; a program with attention runs over whole sequences (see `layOut`).

import { formatShape, hasRows, sameShape } from "./shape.ts";
import { add, mul, reshape, slice } from "./operations.ts";
import { makeTensor, type Tensor, type Variable } from "./tensor.ts";

/**
 * Layer normalization over the last axis (Ba et al. 2016): (x − mean) / √(variance + ε) · gain + bias.
 *
 * @param gain of the size of the last axis, as `bias`
 * @param epsilon added to the variance. Default 1e-5, as in GPT-2
 */
export const layerNorm = (x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor =>
  add(mul(normalize(x, epsilon), gain), bias);

/** (x − mean) / √(variance + ε) over the last axis. Its second derivative does not exist. */
export function normalize(x: Tensor, epsilon = 1e-5): Tensor {
  columnsOf(x, "normalize");
  return makeTensor({ kind: "normalize", epsilon }, [x], x.shape);
}

/** The gradient of `normalize` from g, that of its result y. */
export const normalizeGradient = (g: Tensor, x: Tensor, y: Tensor, epsilon: number): Tensor =>
  makeTensor({ kind: "normalizeGradient", epsilon }, [g, x, y], x.shape);

/**
 * Rows of a table: (table [n, d], index [rows]) → [rows, d]. An index (a whole number as float32, exact up to 2²⁴) that
 * the table does not have gives NaN.
 */
export function lookup(table: Tensor, index: Tensor): Tensor {
  const width = columnsOf(table, "lookup");
  if (hasRows(table.shape) || table.shape.length !== 2 || !isColumn(index))
    throw new TypeError(`lookup: a table of shape ${formatShape(table.shape)} has no rows ${formatShape(index.shape)}`);
  return makeTensor({ kind: "lookup" }, [table, index], ["rows", width]);
}

/** The transpose of `lookup`: adds row i of x [rows, d] to row index[i] of zeros [n, d], in the order of the rows. */
export function scatter(x: Tensor, index: Tensor, n: number): Tensor {
  if (!isMatrixOfRows(x) || !isColumn(index))
    throw new TypeError(`scatter: ${formatShape(x.shape)} at ${formatShape(index.shape)} are not rows at indices`);
  return makeTensor({ kind: "scatter" }, [x, index], [n, columnsOf(x, "scatter")]);
}

/**
 * A cache [n, d] in which rows at[i] are those of x [rows, d]; an `at` that it does not have is left out. It is written in
 * place, so the program must contain `assign(cache, …)` of the result, and nothing else in it can read the cache; nor can
 * what has rows read the result, other than `attention` at the same `at`. It has no derivative.
 */
export function appendRows(cache: Variable, x: Tensor, at: Tensor): Tensor {
  if (!isMatrixOfRows(x) || !isColumn(at) || cache.shape.length !== 2 || cache.shape[1] !== x.shape[1])
    throw new TypeError(
      `appendRows: ${formatShape(x.shape)} at ${formatShape(at.shape)} does not fit ${formatShape(cache.shape)}`,
    );
  return makeTensor({ kind: "appendRows" }, [cache, x, at], cache.shape);
}

/** Where attention finds the keys and values of earlier tokens. */
export interface AttentionCache {
  /** [n, 2d]: keys and values, the rows' own among them: what `appendRows` gives. */
  readonly keysValues: Tensor;
  /** [rows]: the row of the cache that holds the row's own; those of its sequence lie right before it. */
  readonly at: Tensor;
  /** The most tokens of a sequence. */
  readonly longest: number;
}

/**
 * Causal self-attention (Vaswani et al. 2017): each token attends to those of its sequence up to itself, with scores
 * scaled by 1/√(d / heads).
 *
 * The result of a row depends on its sequence up to there alone, to the bit: whatever stands beside it, and whether keys
 * and values come from the rows themselves or from a cache.
 *
 * @param qkv [rows, 3d]: query, key and value of each token, of all heads side by side
 * @param position [rows]: of each token within its sequence, from 0 on
 * @param heads a divisor of d
 * @param cache without it, all tokens of a sequence from position 0 on are rows
 * @returns [rows, d]
 */
export function attention(qkv: Tensor, position: Tensor, heads: number, cache?: AttentionCache): Tensor {
  const width = columnsOf(qkv, "attention") / 3;
  if (!isMatrixOfRows(qkv) || !isColumn(position) || !Number.isInteger(width) || !Number.isInteger(width / heads))
    throw new TypeError(`attention: ${formatShape(qkv.shape)} are not queries, keys and values of ${heads} heads`);
  if (cache && (cache.keysValues.shape[1] !== 2 * width || !isColumn(cache.at)))
    throw new TypeError(`attention: a cache of ${formatShape(cache.keysValues.shape)} does not fit ${width} columns`);
  const inputs = [qkv, position, ...(cache ? [cache.keysValues, cache.at] : [])];
  return slice(
    makeTensor({ kind: "attention", heads, longest: cache?.longest }, inputs, ["rows", width + heads]),
    0,
    width,
  );
}

/** The gradient of attention (whose result y is) with respect to `qkv`. */
export const attentionGradient = (g: Tensor, y: Tensor, qkv: Tensor, position: Tensor, heads: number): Tensor =>
  makeTensor({ kind: "attentionGradient", heads }, [g, y, qkv, position], qkv.shape);

/** What {@link likelihood} gives. */
export interface Likelihood {
  /** [rows]: log p of the row's word. */
  readonly logProb: Tensor;
  /** [rows]: −Σ p log p, in nats. */
  readonly entropy: Tensor;
}

/**
 * The log-probability of a word under softmax(h · Wᵀ), and the entropy of that, without the logits of the whole
 * vocabulary in memory at once.
 *
 * @param h [rows, d]
 * @param weights [words, d]
 * @param index [rows]: a word each
 */
export function likelihood(h: Tensor, weights: Tensor, index: Tensor): Likelihood {
  const width = columnsOf(h, "likelihood");
  if (
    !isMatrixOfRows(h) ||
    hasRows(weights.shape) ||
    weights.shape.length !== 2 ||
    weights.shape[1] !== width ||
    !isColumn(index)
  )
    // prettier-ignore
    throw new TypeError(
      `likelihood: ${formatShape(h.shape)}, weights ${formatShape(weights.shape)} and words ` +
        `${formatShape(index.shape)} do not fit`,
    );
  const all = makeTensor({ kind: "likelihood" }, [h, weights, index], ["rows", 3]);
  const column = (i: number): Tensor => reshape(slice(all, i, 1), ["rows"]);
  return { logProb: column(0), entropy: column(1) };
}

/** The gradients of `likelihood` (whose result y is) with respect to h and to the weights. */
export const likelihoodGradient = (g: Tensor, y: Tensor, h: Tensor, weights: Tensor, index: Tensor): Tensor =>
  makeTensor({ kind: "likelihoodGradient" }, [g, y, h, weights, index], h.shape);
export const likelihoodWeightGradient = (g: Tensor, y: Tensor, h: Tensor, weights: Tensor, index: Tensor): Tensor =>
  makeTensor({ kind: "likelihoodWeightGradient" }, [g, y, h, weights, index], weights.shape);

const isColumn = (x: Tensor): boolean => sameShape(x.shape, ["rows"]);
const isMatrixOfRows = (x: Tensor): boolean => hasRows(x.shape) && x.shape.length === 2;

function columnsOf(x: Tensor, where: string): number {
  const n = x.shape.at(-1);
  if (typeof n !== "number") throw new TypeError(`${where}: ${formatShape(x.shape)} has no static last axis`);
  return n;
}
