// What each operation means, as a plain loop in float64: the specification that the kernels are compared with. The
// table has an entry for every kind; leaving one out does not compile.

import { exp, log, tanh } from "../math/index.ts";
import { describe } from "./graph/describe.ts";
import { concreteShape, concreteSize, formatShape } from "./graph/shape.ts";
import type { OperationKind, Tensor } from "./graph/tensor.ts";
import { sequenceEvaluations } from "./reference-sequences.ts";
import type { EvaluationAt, Evaluations, Site } from "./reference-table.ts";

/** The value of one tensor from the values of its inputs. */
export function evaluateOperation(t: Tensor, inputs: readonly Float64Array[], rows: number): Float64Array {
  const [a, b, c] = inputs as [Float64Array, Float64Array, Float64Array];
  const rule = evaluations[t.operation.kind] as (at: EvaluationAt<OperationKind>) => Float64Array;
  return rule({
    operation: t.operation,
    t,
    y: new Float64Array(concreteSize(t.shape, rows)),
    shape: concreteShape(t.shape, rows),
    rows,
    inputs,
    a,
    b,
    c,
    shapeOf: (input) => concreteShape(t.inputs[input].shape, rows),
  });
}

// Comparisons with NaN are false. `minimum`, `maximum` and `relu` of a NaN are NaN.
const evaluations: Evaluations = {
  ...sequenceEvaluations,

  input: notFed,
  variable: notFed,
  constant: ({ y, operation }) => y.fill(operation.value),
  rowCount: ({ y, rows }) => y.fill(rows),

  neg: elementwise((x) => -x),
  exp: elementwise(exp),
  log: elementwise(log),
  sqrt: elementwise(Math.sqrt),
  square: elementwise((x) => x * x),
  tanh: elementwise(tanh),
  sigmoid: elementwise((x) => 1 / (1 + exp(-x))),
  relu: elementwise((x) => Math.max(x, 0)),
  gelu: elementwise((x) => 0.5 * x * (1 + tanh(geluInner(x)))),
  geluSlope: elementwise((x) => {
    const t = tanh(geluInner(x));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
  }),

  add: broadcasting((a, b) => a + b),
  sub: broadcasting((a, b) => a - b),
  mul: broadcasting((a, b) => a * b),
  div: broadcasting((a, b) => a / b),
  minimum: broadcasting(Math.min),
  maximum: broadcasting(Math.max),
  greater: broadcasting((a, b) => (a > b ? 1 : 0)),
  greaterEqual: broadcasting((a, b) => (a >= b ? 1 : 0)),

  select: ({ y, a, b, c }) => y.map((_, i) => (a[i] !== 0 ? b[i] : c[i])),

  broadcast({ y, a, shape, shapeOf }) {
    const from = broadcastIndices(shapeOf(0), shape);
    return y.map((_, i) => a[from[i]]);
  },
  sum({ y, a, operation, shapeOf }) {
    // The transpose of a broadcast from the shape with the summed axes kept as 1.
    const kept = shapeOf(0).map((d, axis) => (operation.axes.includes(axis) ? 1 : d));
    const to = broadcastIndices(kept, shapeOf(0));
    a.forEach((x, i) => (y[to[i]] += x));
    return y;
  },
  reshape: ({ a }) => a,
  stopGradient: ({ a }) => a,

  matmul({ y, a, b, shape, shapeOf, operation: { transposeA, transposeB } }) {
    const [m, n] = shape;
    const k = shapeOf(0)[transposeA ? 0 : 1];
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let p = 0; p < k; p++)
          y[i * n + j] += a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
    return y;
  },

  slice: (at) => columnsFrom(at, -at.operation.start), // what lies left of column 0 is not copied
  pad: (at) => columnsFrom(at, at.operation.before),
  concat: (at) => columnsFrom(at, 0),

  logSoftmax({ y, a, shape }) {
    const n = shape.at(-1)!;
    for (let start = 0; start < y.length; start += n) {
      const x = a.subarray(start, start + n);
      const max = x.reduce((p, q) => Math.max(p, q), -Infinity);
      const logSum = log(x.reduce((total, q) => total + exp(q - max), 0));
      for (let i = 0; i < n; i++) y[start + i] = x[i] - max - logSum;
    }
    return y;
  },

  pick({ t, y, a, b, shapeOf }) {
    const n = shapeOf(0).at(-1)!;
    return y.map((_, i) => a[i * n + checkIndex(b[i], n, t)]);
  },
  place({ t, y, a, b, shape }) {
    const n = shape.at(-1)!;
    a.forEach((x, i) => (y[i * n + checkIndex(b[i], n, t)] = x));
    return y;
  },
};

const geluInner = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);

function notFed({ t }: Site): never {
  throw new TypeError(`${describe(t)} of shape ${formatShape(t.shape)} is not fed`);
}

function elementwise(f: (x: number) => number) {
  return ({ a }: Site): Float64Array => a.map((x) => f(x));
}

function broadcasting(f: (a: number, b: number) => number) {
  return ({ y, a, b, shape, shapeOf }: Site): Float64Array => {
    const [fromA, fromB] = [broadcastIndices(shapeOf(0), shape), broadcastIndices(shapeOf(1), shape)];
    return y.map((_, i) => f(a[fromA[i]], b[fromB[i]]));
  };
}

/** For each element of `to`, the element of `from` that NumPy's broadcasting repeats there. */
function broadcastIndices(from: readonly number[], to: readonly number[]): Int32Array {
  const indices = new Int32Array(to.reduce((p, d) => p * d, 1));
  let fromStride = 1;
  let toStride = 1;
  for (let axis = 1; axis <= from.length; axis++) {
    const [fromSize, toSize] = [from.at(-axis)!, to.at(-axis)!];
    if (fromSize > 1) indices.forEach((_, i) => (indices[i] += (Math.floor(i / toStride) % toSize) * fromStride));
    fromStride *= fromSize;
    toStride *= toSize;
  }
  return indices;
}

/** Copies the columns of the inputs side by side into y, starting at column `to`; what falls outside is dropped. */
function columnsFrom({ y, inputs, shape, shapeOf }: Site, to: number): Float64Array {
  const n = shape.at(-1)!;
  inputs.forEach((x, i) => {
    const width = shapeOf(i).at(-1)!;
    x.forEach((value, at) => {
      const column = to + (at % width);
      if (column >= 0 && column < n) y[Math.floor(at / width) * n + column] = value;
    });
    to += width;
  });
  return y;
}

function checkIndex(index: number, n: number, t: Tensor): number {
  if (!Number.isInteger(index) || index < 0 || index >= n)
    throw new RangeError(`${describe(t)}: index ${index} is not one of 0..${n - 1}`);
  return index;
}
