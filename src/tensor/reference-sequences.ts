// What the operations of transformers mean, as plain loops in float64.

import { exp, log } from "../math/index.ts";
import type { Evaluations } from "./reference-table.ts";

type SequenceKind =
  | "normalize"
  | "normalizeGradient"
  | "lookup"
  | "scatter"
  | "appendRows"
  | "attention"
  | "attentionGradient"
  | "likelihood"
  | "likelihoodGradient"
  | "likelihoodWeightGradient";

/** See `evaluations` in reference-operations.ts. */
export const sequenceEvaluations: Pick<Evaluations, SequenceKind> = {
  normalize({ y, a, shape, operation }) {
    const n = shape.at(-1)!;
    for (let at = 0; at < a.length; at += n) {
      const x = a.subarray(at, at + n);
      const { mean, scale } = momentsOf(x, operation.epsilon);
      x.forEach((value, i) => (y[at + i] = (value - mean) * scale));
    }
    return y;
  },
  normalizeGradient({ y, a: g, b: x, c: normalized, shape, operation }) {
    const n = shape.at(-1)!;
    for (let at = 0; at < y.length; at += n) {
      const { scale } = momentsOf(x.subarray(at, at + n), operation.epsilon);
      let [mean, along] = [0, 0];
      for (let i = at; i < at + n; i++) {
        mean += g[i] / n;
        along += (g[i] * normalized[i]) / n;
      }
      for (let i = at; i < at + n; i++) y[i] = (g[i] - mean - normalized[i] * along) * scale;
    }
    return y;
  },

  lookup({ y, a, b, shape, shapeOf }) {
    const [n, width] = [shapeOf(0)[0], shape[1]];
    b.forEach((index, i) => {
      for (let c = 0; c < width; c++) y[i * width + c] = isRow(index, n) ? a[index * width + c] : NaN;
    });
    return y;
  },
  scatter({ y, a, b, shape }) {
    const [n, width] = shape;
    b.forEach((index, i) => {
      if (isRow(index, n)) for (let c = 0; c < width; c++) y[index * width + c] += a[i * width + c];
    });
    return y;
  },
  appendRows({ y, a, b, c: at, shape }) {
    const [n, width] = shape;
    y.set(a);
    at.forEach((row, i) => {
      if (isRow(row, n)) y.set(b.subarray(i * width, (i + 1) * width), row * width);
    });
    return y;
  },

  attention({ y, a: qkv, b: position, inputs, operation: { heads, longest }, shape, rows }) {
    const width = shape[1] - heads;
    const size = width / heads;
    const [, , cache, at] = inputs as (Float64Array | undefined)[];
    const keys = cache ?? qkv;
    const [keyRow, keyStart] = cache ? [2 * width, 0] : [3 * width, width];
    for (let i = 0; i < rows; i++) {
      const last = at ? at[i] : i;
      const first = last - position[i];
      const own = y.subarray(i * shape[1], (i + 1) * shape[1]);
      if (!isRow(last, keys.length / keyRow) || !isRow(first, last + 1) || position[i] >= (longest ?? Infinity)) {
        own.fill(NaN);
        continue;
      }
      for (let h = 0; h < heads; h++) {
        const q = i * 3 * width + h * size;
        const key = (j: number): number => j * keyRow + keyStart + h * size;
        const scores: number[] = [];
        for (let j = first; j <= last; j++) scores.push(dot(qkv, q, keys, key(j), size) / Math.sqrt(size));
        const logSum = logSumExp(scores);
        scores.forEach((score, j) => {
          for (let c = 0; c < size; c++) own[h * size + c] += exp(score - logSum) * keys[key(first + j) + width + c];
        });
        own[width + h] = logSum;
      }
    }
    return y;
  },
  attentionGradient({ y, a: g, b: out, c: qkv, inputs, operation: { heads }, shape, rows }) {
    const position = inputs[3];
    const width = shape[1] / 3;
    const size = width / heads;
    const outRow = width + heads;
    for (let i = 0; i < rows; i++)
      for (let h = 0; h < heads; h++) {
        const [q, gradient] = [i * 3 * width + h * size, i * outRow + h * size];
        const mean = dot(g, gradient, out, gradient, size);
        for (let j = i - position[i]; j <= i; j++) {
          const key = (j * 3 + 1) * width + h * size;
          const p = exp(dot(qkv, q, qkv, key, size) / Math.sqrt(size) - out[i * outRow + width + h]);
          const slope = (p * (dot(g, gradient, qkv, key + width, size) - mean)) / Math.sqrt(size);
          for (let c = 0; c < size; c++) {
            y[q + c] += slope * qkv[key + c];
            y[key + c] += slope * qkv[q + c];
            y[key + width + c] += p * g[gradient + c];
          }
        }
      }
    return y;
  },

  likelihood({ y, a: h, b: weights, c: index, shapeOf, rows }) {
    const [n, width] = shapeOf(1);
    for (let i = 0; i < rows; i++) {
      const logits = logitsOf(h, weights, i, n, width);
      const logSum = logSumExp(logits);
      y[3 * i] = isRow(index[i], n) ? logits[index[i]] - logSum : NaN;
      y[3 * i + 1] = logits.reduce((total, x) => total - timesProbability(x - logSum, x - logSum), 0);
      y[3 * i + 2] = logSum;
    }
    return y;
  },
  likelihoodGradient({ y, inputs, shapeOf, rows }) {
    const weights = inputs[3];
    const [n, width] = shapeOf(3);
    for (let i = 0; i < rows; i++)
      slopesOf(inputs, i, n, width).forEach((slope, word) => {
        for (let c = 0; c < width; c++) y[i * width + c] += slope * weights[word * width + c];
      });
    return y;
  },
  likelihoodWeightGradient({ y, inputs, shapeOf, rows }) {
    const h = inputs[2];
    const [n, width] = shapeOf(3);
    for (let i = 0; i < rows; i++)
      slopesOf(inputs, i, n, width).forEach((slope, word) => {
        for (let c = 0; c < width; c++) y[word * width + c] += slope * h[i * width + c];
      });
    return y;
  },
};

const isRow = (index: number, n: number): boolean => index >= 0 && index < n;

function momentsOf(x: Float64Array, epsilon: number): { mean: number; scale: number } {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((total, value) => total + (value - mean) * (value - mean), 0) / x.length;
  return { mean, scale: 1 / Math.sqrt(variance + epsilon) };
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let sum = 0;
  for (let c = 0; c < n; c++) sum += a[i + c] * b[j + c];
  return sum;
}

function logSumExp(x: readonly number[]): number {
  const top = x.reduce((a, b) => Math.max(a, b), -Infinity);
  return top + log(x.reduce((total, value) => total + exp(value - top), 0));
}

/** p · x; 0 where p is, and be x infinite, as log p then is. */
const timesProbability = (logP: number, x: number): number => (logP === -Infinity ? 0 : exp(logP) * x);

const logitsOf = (h: Float64Array, weights: Float64Array, row: number, n: number, width: number): number[] =>
  Array.from({ length: n }, (_, word) => dot(h, row * width, weights, word * width, width));

/** The gradient with respect to a row's logits, from inputs (g, y, h, weights, index). */
function slopesOf(inputs: readonly Float64Array[], row: number, n: number, width: number): number[] {
  const [g, y, h, weights, index] = inputs as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const [ofLogProb, ofEntropy, entropy, logSum] = [g[3 * row], g[3 * row + 1], y[3 * row + 1], y[3 * row + 2]];
  return logitsOf(h, weights, row, n, width).map((logit, word) => {
    const logP = logit - logSum;
    const slope = timesProbability(logP, ofLogProb + ofEntropy * (logP + entropy));
    return (word === index[row] ? ofLogProb : 0) - slope;
  });
}
