// Log-probability and entropy of a softmax over a vocabulary, from hidden rows and one weight row a word: in chunks of the
// vocabulary, so that the logits of a block never exist as a whole. Backward, they are computed once more.

import { vocabularyChunk as chunk } from "../src/tensor/compile/instructions";
import { matmul } from "./matmul";
import { transpose } from "./pack";
import { exp, horizontalSum, log } from "./vector";

/**
 * Takes the place of log-probabilities of −∞ in products with a probability, which is 0 from −104 on: 0 · −∞ would be NaN.
 * It is small enough for a gradient times it to stay finite.
 */
const least: f32 = -1e30;

/** Where the logits of a chunk lie in the scratch memory: behind its weights, transposed, and before four numbers a row. */
@inline
function logitsAt(scratch: usize, width: i32): usize {
  return scratch + ((<usize>(chunk * width)) << 2);
}

/** logits[rows, words] = h · weightsᵀ for the words from `from` on. Each sum is in the order of the components. */
function chunkLogits(scratch: usize, h: usize, weights: usize, rows: i32, width: i32, from: i32, words: i32): usize {
  const row = (<usize>width) << 2;
  const logits = logitsAt(scratch, width);
  transpose(scratch, weights + <usize>from * row, words, width);
  matmul(logits, h, scratch, 0, 0, 0, rows, words, width, row, 4, false, false, 0);
  return logits;
}

/** Each row of `out`: log p(index), the entropy of p, and log Σ exp(logits). An index outside gives NaN. */
export function likelihood(
  out: usize,
  h: usize,
  weights: usize,
  index: usize,
  scratch: usize,
  rows: i32,
  width: i32,
  n: i32,
): void {
  const states = logitsAt(scratch, width) + ((<usize>(chunk * rows)) << 2);
  for (let i = 0; i < rows; i++) {
    const state = states + ((<usize>i) << 4);
    store<f32>(state, -f32.POSITIVE_INFINITY); // the largest logit so far,
    store<f32>(state, 0, 4); // Σ exp(logit − largest),
    store<f32>(state, 0, 8); // Σ exp(logit − largest) · (logit − largest),
    store<f32>(state, f32.NaN, 12); // and the logit of the index
  }
  for (let from = 0; from < n; from += chunk) {
    const words = min(n - from, chunk);
    const logits = chunkLogits(scratch, h, weights, rows, width, from, words);
    for (let i = 0; i < rows; i++)
      takeIn(
        states + ((<usize>i) << 4),
        logits + ((<usize>(i * words)) << 2),
        words,
        load<f32>(index + ((<usize>i) << 2)) - <f32>from,
      );
  }
  for (let i = 0; i < rows; i++, out += 12) {
    const state = states + ((<usize>i) << 4);
    const top = load<f32>(state);
    const total = load<f32>(state, 4);
    const logTotal = f32x4.extract_lane(log(f32x4.splat(total)), 0);
    store<f32>(out, load<f32>(state, 12) - top - logTotal);
    store<f32>(out, logTotal - load<f32>(state, 8) / total, 4);
    store<f32>(out, top + logTotal, 8);
  }
}

/** Takes a chunk of a row's logits into its state. */
function takeIn(state: usize, logits: usize, words: i32, index: f32): void {
  if (index >= 0 && index < <f32>words) store<f32>(state, load<f32>(logits + ((<usize>index) << 2)), 12);
  const before = load<f32>(state);
  let top = before;
  for (let j = 0; j < words; j++) top = max(top, load<f32>(logits + ((<usize>j) << 2)));
  if (top == -f32.POSITIVE_INFINITY) return; // of no weight: a difference from it would be NaN
  let total: f32 = 0;
  let weighted: f32 = 0;
  if (before > -f32.POSITIVE_INFINITY) {
    const shift = before - top;
    const factor = f32x4.extract_lane(exp(f32x4.splat(shift)), 0);
    total = factor * load<f32>(state, 4);
    weighted = factor * load<f32>(state, 8) + shift * total;
  }
  let totals = f32x4.splat(0);
  let products = f32x4.splat(0);
  const tops = f32x4.splat(top);
  let j = 0;
  for (; j + 4 <= words; j += 4) {
    const x = f32x4.sub(v128.load(logits + ((<usize>j) << 2)), tops);
    const e = exp(x);
    totals = f32x4.add(totals, e);
    products = f32x4.add(products, f32x4.mul(e, f32x4.max(x, f32x4.splat(least))));
  }
  total += horizontalSum(totals);
  weighted += horizontalSum(products);
  for (; j < words; j++) {
    const x = load<f32>(logits + ((<usize>j) << 2)) - top;
    const e = f32x4.extract_lane(exp(f32x4.splat(x)), 0);
    total += e;
    weighted += e * max(x, least);
  }
  store<f32>(state, top);
  store<f32>(state, total, 4);
  store<f32>(state, weighted, 8);
}

/** A chunk of logits becomes the gradient with respect to them. */
function toSlopes(logits: usize, g: usize, y: usize, index: usize, rows: i32, from: i32, words: i32): void {
  for (let i = 0; i < rows; i++, g += 12, y += 12, index += 4) {
    const row = logits + ((<usize>(i * words)) << 2);
    const ofLogProb = load<f32>(g);
    const ofEntropy = load<f32>(g, 4);
    const constantPart = f32x4.splat(-ofLogProb - ofEntropy * load<f32>(y, 4));
    const logSum = f32x4.splat(load<f32>(y, 8));
    const entropies = f32x4.splat(-ofEntropy);
    for (let j = 0; j < words; j += 4) {
      const at = row + ((<usize>j) << 2);
      const logP = f32x4.max(f32x4.sub(v128.load(at), logSum), f32x4.splat(least));
      const slope = f32x4.mul(exp(logP), f32x4.add(constantPart, f32x4.mul(entropies, logP)));
      if (j + 4 <= words) v128.store(at, slope);
      else {
        v128.store_lane<f32>(at, slope, 0);
        if (words - j > 1) v128.store_lane<f32>(at, slope, 1, 4);
        if (words - j > 2) v128.store_lane<f32>(at, slope, 2, 8);
      }
    }
    const own = load<f32>(index) - <f32>from;
    if (own >= 0 && own < <f32>words) {
      const at = row + ((<usize>own) << 2);
      store<f32>(at, load<f32>(at) + ofLogProb);
    }
  }
}

/** The gradient of `likelihood` with respect to h. `g` and `y` are rows of three, as it gives; g's last does not count. */
export function likelihoodGradient(
  out: usize,
  g: usize,
  y: usize,
  h: usize,
  weights: usize,
  index: usize,
  scratch: usize,
  rows: i32,
  width: i32,
  n: i32,
): void {
  const row = (<usize>width) << 2;
  for (let from = 0; from < n; from += chunk) {
    const words = min(n - from, chunk);
    const slopes = chunkLogits(scratch, h, weights, rows, width, from, words);
    toSlopes(slopes, g, y, index, rows, from, words);
    const stride = (<usize>words) << 2;
    matmul(out, slopes, weights + <usize>from * row, 0, 0, 0, rows, width, words, stride, 4, false, from > 0, 0);
  }
}

/** The gradient with respect to the weights, summed over the rows. */
export function likelihoodWeightGradient(
  out: usize,
  g: usize,
  y: usize,
  h: usize,
  weights: usize,
  index: usize,
  scratch: usize,
  rows: i32,
  width: i32,
  n: i32,
  accumulate: bool,
): void {
  const row = (<usize>width) << 2;
  for (let from = 0; from < n; from += chunk) {
    const words = min(n - from, chunk);
    const slopes = chunkLogits(scratch, h, weights, rows, width, from, words);
    toSlopes(slopes, g, y, index, rows, from, words);
    const stride = (<usize>words) << 2;
    matmul(out + <usize>from * row, slopes, h, 0, 0, 0, words, width, rows, 4, stride, false, accumulate, 0);
  }
}
