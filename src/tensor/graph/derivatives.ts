// The derivatives of each operation, built from operations that have derivatives themselves. The table has an entry for
// every kind: leaving one out does not compile, and an input without a derivative has to say so.

import {
  broadcastTo,
  div,
  exp,
  geluSlope,
  greater,
  greaterEqual,
  matmul,
  mul,
  neg,
  pad,
  pick,
  place,
  reshape,
  select,
  slice,
  square,
  sub,
  sum,
  sumTo,
} from "./operations.ts";
import {
  attentionGradient,
  likelihoodGradient,
  likelihoodWeightGradient,
  lookup,
  normalizeGradient,
  scatter,
} from "./sequences.ts";
import type { Shape } from "./shape.ts";
import type { BinaryKind, LeafKind, OperationKind, OperationOf, Tensor } from "./tensor.ts";

/** What a derivative is computed from: y = f(a, b, …), g = ∂L/∂y, and one of the inputs. */
interface Site {
  readonly y: Tensor;
  readonly g: Tensor;
  /** The first two inputs of y, if it has them. */
  readonly a: Tensor;
  readonly b: Tensor;
  /** The input with respect to which the derivative is taken, and its position. */
  readonly x: Tensor;
  readonly i: number;
}

export interface DerivativeAt<Kind extends OperationKind = OperationKind> extends Site {
  readonly operation: OperationOf<Kind>;
}

/** ∂L/∂x, which has the shape of x. */
type Derivative<Kind extends OperationKind> = (at: DerivativeAt<Kind>) => Tensor;

/** Derivatives that are operations of their own. */
type FusedKind =
  "geluSlope" | "normalizeGradient" | "attentionGradient" | "likelihoodGradient" | "likelihoodWeightGradient";

/** One derivative for each input (one for all inputs where there is any number of them), or "zero" by definition. */
type Rule<Kind extends OperationKind> =
  | "zero"
  | (Kind extends LeafKind
      ? never
      : Kind extends "concat" | "attention" | "appendRows" | FusedKind
        ? Derivative<Kind>
        : Kind extends BinaryKind | "matmul" | "pick" | "place" | "lookup" | "scatter"
          ? readonly [Derivative<Kind>, Derivative<Kind>]
          : Kind extends "select" | "likelihood"
            ? readonly [Derivative<Kind>, Derivative<Kind>, Derivative<Kind>]
            : readonly [Derivative<Kind>]);

export type Derivatives = { readonly [Kind in OperationKind]: Rule<Kind> };

export const derivatives: Derivatives = {
  input: "zero",
  variable: "zero",
  constant: "zero",
  rowCount: "zero",

  neg: [({ g }) => neg(g)],
  exp: [({ g, y }) => mul(g, y)],
  log: [({ g, a }) => div(g, a)],
  sqrt: [({ g, y }) => div(mul(g, 0.5), y)],
  square: [({ g, a }) => mul(g, mul(a, 2))],
  tanh: [({ g, y }) => mul(g, sub(1, square(y)))],
  sigmoid: [({ g, y }) => mul(g, mul(y, sub(1, y)))],
  relu: [({ g, y }) => mul(g, greater(y, 0))],
  gelu: [({ g, a }) => mul(g, geluSlope(a))],
  geluSlope: fused,

  add: [({ g, a }) => sumTo(g, a.shape), ({ g, b }) => sumTo(g, b.shape)],
  sub: [({ g, a }) => sumTo(g, a.shape), ({ g, b }) => sumTo(neg(g), b.shape)],
  mul: [({ g, a, b }) => sumTo(mul(g, b), a.shape), ({ g, a, b }) => sumTo(mul(g, a), b.shape)],
  div: [({ g, a, b }) => sumTo(div(g, b), a.shape), ({ g, b, y }) => sumTo(neg(div(mul(g, y), b)), b.shape)],
  minimum: toTheChosen((a, b) => greaterEqual(b, a)),
  maximum: toTheChosen((a, b) => greaterEqual(a, b)),
  // Zero except where they jump, and taken as zero there: masks as factors, and second derivatives of `minimum`,
  // `maximum` and `relu`, rely on it.
  greater: "zero",
  greaterEqual: "zero",

  select: [
    none("condition", "the value jumps where the condition becomes 0"),
    ({ g, a }) => select(a, g, 0),
    ({ g, a }) => select(a, 0, g),
  ],

  // For C = op(A)·op(B): dA = G·op(B)ᵀ and dB = op(A)ᵀ·G, transposed back where A or B was taken transposed.
  matmul: [
    ({ g, b, operation: { transposeA, transposeB } }) =>
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true })
        : matmul(g, b, { transposeB: !transposeB }),
    ({ g, a, operation: { transposeA, transposeB } }) =>
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, g, { transposeA: !transposeA }),
  ],

  sum: [({ g, a, operation }) => broadcastTo(reshape(g, keepDims(a.shape, operation.axes)), a.shape)],
  broadcast: [({ g, a }) => sumTo(g, a.shape)],
  reshape: [({ g, a }) => reshape(g, a.shape)],
  logSoftmax: [({ g, y }) => sub(g, mul(exp(y), sum(g, -1, { keepDims: true })))],

  pick: [({ g, a, b }) => place(g, b, columns(a)), none("index", "an index is an integer")],
  place: [({ g, b }) => pick(g, b), none("index", "an index is an integer")],

  slice: [({ g, a, y, operation: { start } }) => pad(g, start, columns(a) - start - columns(y))],
  pad: [({ g, a, operation }) => slice(g, operation.before, columns(a))],
  concat: ({ g, y, x, i }) =>
    slice(
      g,
      y.inputs.slice(0, i).reduce((before, other) => before + columns(other), 0),
      columns(x),
    ),

  stopGradient: "zero",

  normalize: [({ g, a, y, operation }) => normalizeGradient(g, a, y, operation.epsilon)],
  normalizeGradient: fused,
  lookup: [({ g, a, b }) => scatter(g, b, a.shape[0] as number), none("index", "an index is an integer")],
  scatter: [({ g, b }) => lookup(g, b), none("index", "an index is an integer")],
  appendRows: () => {
    throw new TypeError("gradients: appendRows has no derivative: what was kept in a cache is not trained");
  },
  attention({ g, y, i, operation: { heads } }) {
    const [qkv, position, cache] = y.inputs;
    if (cache || i > 0)
      throw new TypeError(
        "gradients: attention has a derivative with respect to queries, keys and values that are rows, and no other",
      );
    return attentionGradient(g, y, qkv, position, heads);
  },
  attentionGradient: fused,
  likelihood: [
    ({ g, y }) => likelihoodGradient(g, y, ...(y.inputs as [Tensor, Tensor, Tensor])),
    ({ g, y }) => likelihoodWeightGradient(g, y, ...(y.inputs as [Tensor, Tensor, Tensor])),
    none("index", "an index is an integer"),
  ],
  likelihoodGradient: fused,
  likelihoodWeightGradient: fused,
};

/** A gradient that is computed in one piece has no derivative of its own. */
function fused({ y }: Site): never {
  throw new TypeError(
    `gradients: ${y.operation.kind} has no derivative: it is itself a derivative that is computed in one piece`,
  );
}

type DerivativeOfAny = (at: Site) => Tensor;

/** `minimum` and `maximum`: the gradient goes to the input that was chosen. */
function toTheChosen(firstWins: (a: Tensor, b: Tensor) => Tensor): [DerivativeOfAny, DerivativeOfAny] {
  return [
    ({ g, a, b }) => sumTo(mul(g, firstWins(a, b)), a.shape),
    ({ g, a, b }) => sumTo(mul(g, sub(1, firstWins(a, b))), b.shape),
  ];
}

/**
 * There is no derivative with respect to this input. Silently taking it as zero would train on a wrong gradient, so
 * asking for it is an error.
 */
function none(input: string, reason: string): DerivativeOfAny {
  return ({ y, x }) => {
    const which = x.name === undefined ? `its ${input}` : `its ${input} "${x.name}"`;
    throw new TypeError(
      `gradients: ${y.operation.kind} has no derivative with respect to ${which}: ${reason}. ` +
        `use stopGradient to treat the ${input} as a constant`,
    );
  };
}

/** The size of the last axis. */
const columns = (x: Tensor): number => x.shape.at(-1) as number;

const keepDims = (shape: Shape, axes: readonly number[]): Shape => shape.map((d, i) => (axes.includes(i) ? 1 : d));
