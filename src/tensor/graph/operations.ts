// The functions that losses are written with: each checks shapes and returns a new symbolic tensor.
// Names and broadcasting follow NumPy. A number stands for a scalar constant.

import {
  broadcastShapes,
  checkShape,
  formatShape,
  hasRows,
  sameShape,
  staticSize,
  type Dimension,
  type Shape,
} from "./shape.ts";
import { constant, makeTensor, rowCount, type BinaryKind, type Tensor, type UnaryKind } from "./tensor.ts";

/** A tensor, or a number that stands for a scalar constant. */
export type Operand = Tensor | number;

const toTensor = (x: Operand): Tensor => (typeof x === "number" ? constant(x) : x);

const unary =
  (kind: UnaryKind) =>
  (x: Tensor): Tensor =>
    makeTensor({ kind }, [x], x.shape);

const binary =
  (kind: BinaryKind) =>
  (a: Operand, b: Operand): Tensor => {
    const [x, y] = [toTensor(a), toTensor(b)];
    return makeTensor({ kind }, [x, y], broadcastShapes(x.shape, y.shape, kind));
  };

/** −x. */
export const neg = unary("neg");
/** eˣ. */
export const exp = unary("exp");
/** Natural logarithm: −∞ at 0, NaN below. */
export const log = unary("log");
/** Square root: NaN below 0. Its derivative at 0 is infinite. */
export const sqrt = unary("sqrt");
/** x². */
export const square = unary("square");
/** Hyperbolic tangent. */
export const tanh = unary("tanh");
/** 1 / (1 + e⁻ˣ), accurate to a few units in the last place at both ends, and without overflow. */
export const sigmoid = unary("sigmoid");
/** max(x, 0); its derivative at 0 is 0. */
export const relu = unary("relu");

/** x · Φ(x), by GPT-2's approximation ½x(1 + tanh(√(2/π)(x + 0.044715x³))): "gelu_new". */
export const gelu = unary("gelu");
/** The derivative of `gelu`. It has none itself. */
export const geluSlope = unary("geluSlope");

/** a + b, with broadcasting. */
export const add = binary("add");
/** a − b, with broadcasting. */
export const sub = binary("sub");
/** a · b elementwise, with broadcasting. */
export const mul = binary("mul");
/** a / b elementwise, with broadcasting. */
export const div = binary("div");
/** Elementwise minimum; where both are equal, the gradient goes to `a`. */
export const minimum = binary("minimum");
/** Elementwise maximum; where both are equal, the gradient goes to `a`. */
export const maximum = binary("maximum");
/** 1 where a > b, else 0; its derivative is zero. */
export const greater = binary("greater");
/** 1 where a ≥ b, else 0; its derivative is zero. */
export const greaterEqual = binary("greaterEqual");

/** x limited to [low, high]; the derivative is 1 inside and on the bounds, 0 outside. The bounds may be tensors. */
export const clip = (x: Tensor, low: Operand, high: Operand): Tensor => minimum(maximum(x, low), high);

/** a where condition ≠ 0, else b. It has no derivative with respect to the condition. */
export function select(condition: Tensor, a: Operand, b: Operand): Tensor {
  const [x, y] = [toTensor(a), toTensor(b)];
  const shape = broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape, "select"), "select");
  return makeTensor(
    { kind: "select" },
    [condition, x, y].map((t) => broadcastTo(t, shape)),
    shape,
  );
}

/** 1 where x is a number, 0 where it is NaN or infinite. */
export const finite = (x: Tensor): Tensor => greaterEqual(0, mul(x, 0));

/** The same value, treated as a constant by `gradients`. */
export const stopGradient = (x: Tensor): Tensor => makeTensor({ kind: "stopGradient" }, [x], x.shape);

/**
 * Matrix product of two matrices [m, k] and [k, n]; either may be transposed. "rows" may be m, or k where a is
 * transposed and b is not.
 */
export function matmul(a: Tensor, b: Tensor, options: { transposeA?: boolean; transposeB?: boolean } = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  const dims = (x: Tensor, transpose: boolean): readonly [Dimension, Dimension] => {
    if (x.shape.length !== 2) throw new TypeError(`matmul: ${formatShape(x.shape)} is not a matrix`);
    const [p, q] = x.shape as readonly [Dimension, Dimension];
    return transpose ? [q, p] : [p, q];
  };
  const [m, k] = dims(a, transposeA);
  const [k2, n] = dims(b, transposeB);
  if (k !== k2 || n === "rows")
    throw new TypeError(`matmul: ${formatShape([m, k])} times ${formatShape([k2, n])} is not defined`);
  return makeTensor({ kind: "matmul", transposeA, transposeB }, [a, b], [m, n]);
}

/** Sum over `axes` (default: all), which are dropped unless `keepDims` is set. Negative axes count from the last. */
export function sum(x: Tensor, axes?: number | readonly number[], options: { keepDims?: boolean } = {}): Tensor {
  const dropped = normalizeAxes(x.shape, axes);
  if (dropped.length === 0) return x;
  const kept = x.shape.filter((_, axis) => !dropped.includes(axis));
  const result = makeTensor({ kind: "sum", axes: dropped }, [x], kept);
  if (!options.keepDims) return result;
  return reshape(
    result,
    x.shape.map((d, axis) => (dropped.includes(axis) ? 1 : d)),
  );
}

/** Mean over `axes` (default: all). A mean over rows divides by the live number of rows. */
export function mean(x: Tensor, axes?: number | readonly number[], options: { keepDims?: boolean } = {}): Tensor {
  const dropped = normalizeAxes(x.shape, axes);
  let count = 1;
  let overRows = false;
  for (const axis of dropped) {
    const d = x.shape[axis];
    if (d === "rows") overRows = true;
    else count *= d;
  }
  const total = sum(x, axes, options);
  if (!overRows) return count === 1 ? total : mul(total, 1 / count);
  return div(total, count === 1 ? rowCount() : mul(rowCount(), count));
}

function normalizeAxes(shape: Shape, axes: number | readonly number[] = shape.map((_, i) => i)): number[] {
  const list = (typeof axes === "number" ? [axes] : axes).map((a) => (a < 0 ? a + shape.length : a));
  for (const a of list)
    if (!Number.isInteger(a) || a < 0 || a >= shape.length)
      throw new TypeError(`axis ${a} does not exist in shape ${formatShape(shape)}`);
  return [...new Set(list)].sort((p, q) => p - q);
}

/** The same elements in another shape; "rows" must be in front of both shapes, or in neither. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkShape(shape, "reshape");
  if (hasRows(x.shape) !== hasRows(shape) || staticSize(x.shape) !== staticSize(shape))
    throw new TypeError(
      `reshape: ${formatShape(x.shape)} has a different number of elements than ${formatShape(shape)}`,
    );
  return sameShape(x.shape, shape) ? x : makeTensor({ kind: "reshape" }, [x], shape);
}

/** Repeats x to `shape`, as NumPy's broadcast_to does. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes(x.shape, shape, "broadcastTo"), shape))
    throw new TypeError(`broadcastTo: ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  return makeTensor({ kind: "broadcast" }, [x], shape);
}

/** Sums x down to a shape that broadcasts to x's: the transpose of `broadcastTo`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.map((_, i) => i).filter((i) => i < extra || (shape[i - extra] === 1 && x.shape[i] !== 1));
  return reshape(sum(x, axes), shape);
}

/** Logarithm of softmax over the last axis, computed stably. */
export function logSoftmax(x: Tensor): Tensor {
  lastAxis(x, "logSoftmax");
  return makeTensor({ kind: "logSoftmax" }, [x], x.shape);
}

/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => exp(logSoftmax(x));

/** The elements of x [..., n] at index [...] (integers 0..n−1) of the last axis → [...]. */
export function pick(x: Tensor, index: Tensor): Tensor {
  lastAxis(x, "pick");
  const shape = x.shape.slice(0, -1);
  if (!sameShape(index.shape, shape))
    throw new TypeError(`pick: an index of shape ${formatShape(index.shape)} does not fit ${formatShape(x.shape)}`);
  return makeTensor({ kind: "pick" }, [x, index], shape);
}

/** The transpose of `pick`: x [...] at index [...] of a new last axis of size n, zeros elsewhere. */
export function place(x: Tensor, index: Tensor, n: number): Tensor {
  if (!sameShape(index.shape, x.shape))
    throw new TypeError(`place: an index of shape ${formatShape(index.shape)} does not fit ${formatShape(x.shape)}`);
  const shape = [...x.shape, n];
  checkShape(shape, "place");
  return makeTensor({ kind: "place" }, [x, index], shape);
}

/** `size` columns of the last axis, from column `start` on: x [..., n] → [..., size]. */
export function slice(x: Tensor, start: number, size: number): Tensor {
  const n = lastAxis(x, "slice");
  if (!Number.isInteger(start) || !Number.isInteger(size) || start < 0 || size < 1 || start + size > n)
    throw new TypeError(`slice: ${formatShape(x.shape)} has no columns ${start} to ${start + size - 1}`);
  return size === n ? x : makeTensor({ kind: "slice", start }, [x], [...x.shape.slice(0, -1), size]);
}

/** The transpose of `slice`: x [..., n] between `before` and `after` columns of zeros → [..., before + n + after]. */
export function pad(x: Tensor, before: number, after: number): Tensor {
  const n = lastAxis(x, "pad");
  for (const count of [before, after])
    if (!Number.isInteger(count) || count < 0)
      throw new TypeError(`pad: the number of columns must be a non-negative integer, not ${count}`);
  if (before + after === 0) return x;
  return makeTensor({ kind: "pad", before }, [x], [...x.shape.slice(0, -1), before + n + after]);
}

/** Tensors of equal leading shapes side by side: [..., n₁], [..., n₂], … → [..., n₁ + n₂ + …]. */
export function concat(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (!first) throw new TypeError("concat: there are no tensors");
  const lead = first.shape.slice(0, -1);
  const n = tensors.reduce((total, x) => total + lastAxis(x, "concat"), 0);
  const other = tensors.find((x) => !sameShape(x.shape.slice(0, -1), lead));
  if (other)
    throw new TypeError(
      `concat: ${formatShape(first.shape)} and ${formatShape(other.shape)} differ before the last axis`,
    );
  return tensors.length === 1 ? first : makeTensor({ kind: "concat" }, tensors, [...lead, n]);
}

function lastAxis(x: Tensor, where: string): number {
  const n = x.shape.at(-1);
  if (typeof n !== "number") throw new TypeError(`${where}: ${formatShape(x.shape)} has no static last axis`);
  return n;
}
