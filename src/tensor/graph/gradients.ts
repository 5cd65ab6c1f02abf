// Reverse-mode differentiation, graph to graph: a gradient is again a graph, so it can be differentiated again.

import {
  add,
  broadcastTo,
  div,
  exp,
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
import { formatShape, type Shape } from "./shape.ts";
import { constant, topologicalOrder, type Tensor } from "./tensor.ts";

/**
 * The gradients of a scalar with respect to `wrt` (inputs, variables or any tensors in between), each of its tensor's
 * shape; zeros where the scalar does not depend on it.
 */
export function gradients(scalar: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (scalar.shape.length !== 0)
    throw new TypeError(`gradients: the first argument must be a scalar, not of shape ${formatShape(scalar.shape)}`);
  const order = topologicalOrder([scalar]);
  const targets = new Set(wrt);
  // Only tensors on a path from a target carry a gradient.
  const active = new Set<Tensor>();
  for (const t of order)
    if (targets.has(t) || (t.operation.kind !== "stopGradient" && t.inputs.some((i) => active.has(i)))) active.add(t);

  const gradient = new Map<Tensor, Tensor>([[scalar, constant(1)]]);
  for (const t of order.reverse()) {
    const g = gradient.get(t);
    if (!g || !active.has(t)) continue;
    vectorJacobianProducts(t, g).forEach((product, i) => {
      const x = t.inputs[i];
      if (!product || !active.has(x)) return;
      const earlier = gradient.get(x);
      gradient.set(x, earlier ? add(earlier, product) : product);
    });
  }
  return wrt.map((t) => gradient.get(t) ?? broadcastTo(constant(0), t.shape));
}

/** For y = f(x₁, …) and g = ∂L/∂y: the tensors ∂L/∂xᵢ, undefined where f has no derivative. */
function vectorJacobianProducts(y: Tensor, g: Tensor): (Tensor | undefined)[] {
  const operation = y.operation;
  const [a, b] = y.inputs as [Tensor, Tensor];
  const toA = (t: Tensor): Tensor => sumTo(t, a.shape);
  const toB = (t: Tensor): Tensor => sumTo(t, b.shape);
  switch (operation.kind) {
    case "neg":
      return [neg(g)];
    case "exp":
      return [mul(g, y)];
    case "log":
      return [div(g, a)];
    case "sqrt":
      return [div(mul(g, 0.5), y)];
    case "square":
      return [mul(g, mul(a, 2))];
    case "tanh":
      return [mul(g, sub(1, square(y)))];
    case "sigmoid":
      return [mul(g, mul(y, sub(1, y)))];
    case "relu":
      return [mul(g, greater(y, 0))];
    case "add":
      return [toA(g), toB(g)];
    case "sub":
      return [toA(g), toB(neg(g))];
    case "mul":
      return [toA(mul(g, b)), toB(mul(g, a))];
    case "div":
      return [toA(div(g, b)), toB(neg(div(mul(g, y), b)))];
    case "minimum":
      return chooseBetween(greaterEqual(b, a));
    case "maximum":
      return chooseBetween(greaterEqual(a, b));
    case "select":
      return [undefined, select(a, g, 0), select(a, 0, g)];
    case "matmul":
      return matmulProducts(a, b, g, operation.transposeA, operation.transposeB);
    case "sum":
      return [broadcastTo(reshape(g, keepDims(a.shape, operation.axes)), a.shape)];
    case "broadcast":
      return [toA(g)];
    case "reshape":
      return [reshape(g, a.shape)];
    case "logSoftmax":
      return [sub(g, mul(exp(y), sum(g, -1, { keepDims: true })))];
    case "pick":
      return [place(g, b, columns(a))];
    case "place":
      return [pick(g, b)];
    case "slice":
      return [pad(g, operation.start, columns(a) - operation.start - columns(y))];
    case "pad":
      return [slice(g, operation.before, columns(a))];
    case "concat": {
      let start = 0;
      return y.inputs.map((x) => slice(g, (start += columns(x)) - columns(x), columns(x)));
    }
    default: // input, variable, constant, rowCount, greater, greaterEqual, stopGradient
      return [];
  }

  function chooseBetween(firstWins: Tensor): Tensor[] {
    return [toA(mul(g, firstWins)), toB(mul(g, sub(1, firstWins)))];
  }
}

/** The size of the last axis. */
const columns = (x: Tensor): number => x.shape.at(-1) as number;

const keepDims = (shape: Shape, axes: readonly number[]): Shape => shape.map((d, i) => (axes.includes(i) ? 1 : d));

/** For C = op(A)·op(B): dA = G·op(B)ᵀ and dB = op(A)ᵀ·G, transposed back where A or B was taken transposed. */
function matmulProducts(a: Tensor, b: Tensor, g: Tensor, transposeA: boolean, transposeB: boolean): Tensor[] {
  const da = transposeA
    ? matmul(b, g, { transposeA: transposeB, transposeB: true })
    : matmul(g, b, { transposeB: !transposeB });
  const db = transposeB
    ? matmul(g, a, { transposeA: true, transposeB: transposeA })
    : matmul(a, g, { transposeA: !transposeA });
  return [da, db];
}
