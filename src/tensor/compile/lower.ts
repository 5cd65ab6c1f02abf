// Graph → kernel graph: shares equal subexpressions, takes apart what no kernel does in one go, and fuses bias,
// activations and their derivatives into matrix products. What comes out still holds no addresses; `plan.ts` places it.

import { hasRows, sameShape, staticSize, type Dimension, type Shape } from "../graph/shape.ts";
import { Epilogue } from "./opcodes.ts";
import { inputsFirst, topologicalOrder, type BinaryKind, type Tensor, type UnaryKind } from "../graph/tensor.ts";

/** A count of elements: `fixed` + `perRow` · rows. */
export interface Count {
  readonly fixed: number;
  readonly perRow: number;
}

export type KernelOperation =
  | { readonly kind: "leaf"; readonly tensor: Tensor } //                     input, variable, constant or rowCount
  | { readonly kind: UnaryKind | "copy" }
  | { readonly kind: BinaryKind | "tanhGradient" | "reluGradient"; readonly grid: BinaryGrid }
  | { readonly kind: "select" }
  | ({ readonly kind: "matmul" } & MatmulShape) //                            inputs: a, b, [bias], [aux]
  | { readonly kind: "transpose" } //                                         of a static matrix
  | { readonly kind: "sum"; readonly outer: Count; readonly middle: Count; readonly inner: number }
  | { readonly kind: "broadcast"; readonly sizes: readonly Dimension[]; readonly strides: readonly number[] }
  | { readonly kind: "alias" } //                                             the same memory under another shape
  | { readonly kind: "logSoftmax" | "pick" | "place" }
  | { readonly kind: "slice"; readonly start: number }
  | { readonly kind: "pad"; readonly before: number }
  | { readonly kind: "concat" };

/** A binary operation as a grid of outer × inner elements; strides in elements. */
export interface BinaryGrid {
  readonly outer: Count;
  readonly inner: Count;
  readonly aRow: number;
  readonly bRow: number;
  readonly aScalar: boolean;
  readonly bScalar: boolean;
}

export interface MatmulShape {
  readonly transposeA: boolean;
  /** Fewer than four columns: b is then [n, k], and no activation is fused. */
  readonly narrow: boolean;
  readonly hasBias: boolean;
  readonly epilogue: Epilogue;
}

export interface KernelNode {
  readonly operation: KernelOperation;
  readonly inputs: readonly KernelNode[];
  readonly shape: Shape;
  /** The tensor that it computes, for messages. */
  readonly source: Tensor;
}

/** True if the node adds up over rows: its inputs have rows, it has not. */
export const reducesRows = (n: KernelNode): boolean => !hasRows(n.shape) && n.inputs.some((i) => hasRows(i.shape));

/** Lowers `roots`; the result has one node for each of them, in order. */
export function lower(roots: readonly Tensor[]): KernelNode[] {
  return fuse(share(roots));
}

// ---------------------------------------------------------------------------------------------------------------------
// Sharing: one kernel node for each distinct computation.

function share(roots: readonly Tensor[]): KernelNode[] {
  const known = new Map<string, KernelNode>();
  const numbers = new Map<KernelNode, number>();
  const lowered = new Map<Tensor, KernelNode>();

  const node = (operation: KernelOperation, inputs: KernelNode[], shape: Shape, source: Tensor): KernelNode => {
    const identity = operation.kind === "leaf" ? leafKey(operation.tensor) : JSON.stringify(operation);
    const key = identity && `${identity}|${inputs.map((i) => numbers.get(i)).join()}|${shape.join()}`;
    const earlier = key && known.get(key);
    if (earlier) return earlier;
    const fresh: KernelNode = { operation, inputs, shape, source };
    numbers.set(fresh, numbers.size);
    if (key) known.set(key, fresh);
    return fresh;
  };

  for (const t of topologicalOrder(roots)) {
    const inputs = t.inputs.map((i) => lowered.get(i)!);
    lowered.set(t, lowerTensor(t, inputs, node));
  }
  return roots.map((r) => lowered.get(r)!);
}

/** Equal constants are one leaf; inputs and variables are themselves. */
function leafKey(t: Tensor): string | undefined {
  if (t.operation.kind === "constant") return `constant ${t.operation.value}`;
  return t.operation.kind === "rowCount" ? "rowCount" : undefined;
}

type MakeNode = (operation: KernelOperation, inputs: KernelNode[], shape: Shape, source: Tensor) => KernelNode;

function lowerTensor(t: Tensor, inputs: KernelNode[], node: MakeNode): KernelNode {
  const operation = t.operation;
  const [a, b] = inputs as [KernelNode, KernelNode];
  switch (operation.kind) {
    case "input":
    case "variable":
    case "constant":
    case "rowCount":
      return node({ kind: "leaf", tensor: t }, [], t.shape, t);
    case "stopGradient":
      return a;
    case "reshape":
      return node({ kind: "alias" }, [a], t.shape, t);
    case "broadcast":
      return broadcastNode(a, t.shape, t, node);
    case "sum":
      return sumNodes(a, operation.axes, t, node);
    case "matmul": {
      const narrow = !operation.transposeA && (t.shape[1] as number) < 4;
      const right = operation.transposeB === narrow ? b : transposed(b, t, node);
      const shape = { transposeA: operation.transposeA, narrow, hasBias: false, epilogue: Epilogue.None };
      return node({ kind: "matmul", ...shape }, [a, right], t.shape, t);
    }
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "minimum":
    case "maximum":
    case "greater":
    case "greaterEqual":
      return binaryNode(operation.kind, a, b, t, node);
    default:
      return node(operation, inputs, t.shape, t);
  }
}

function transposed(matrix: KernelNode, source: Tensor, node: MakeNode): KernelNode {
  const shape = [...matrix.shape].reverse();
  // A matrix of one row or column lies in memory as its transpose does.
  return node({ kind: matrix.shape.includes(1) ? "alias" : "transpose" }, [matrix], shape, source);
}

function binaryNode(kind: BinaryKind, a: KernelNode, b: KernelNode, t: Tensor, node: MakeNode): KernelNode {
  // A repeated operand need not be written out, as long as the other one spans the result.
  const source = (n: KernelNode): KernelNode => (n.operation.kind === "broadcast" ? n.inputs[0] : n);
  const spans = (n: KernelNode): boolean => sameShape(n.shape, t.shape);
  if (spans(b)) a = source(a);
  if (spans(a)) b = source(b);
  const grid = binaryGrid(t.shape, a.shape, b.shape);
  if (grid) return node({ kind, grid }, [a, b], t.shape, t);
  // Writing out one operand may be enough; where it is not, or neither spans the result, both are.
  const full = (n: KernelNode): KernelNode => (spans(n) ? n : broadcastNode(n, t.shape, t, node));
  const onlyB = spans(b) ? undefined : binaryGrid(t.shape, a.shape, t.shape);
  if (onlyB) return node({ kind, grid: onlyB }, [a, full(b)], t.shape, t);
  return node({ kind, grid: binaryGrid(t.shape, t.shape, t.shape)! }, [full(a), full(b)], t.shape, t);
}

/** The grid of a broadcasting operation, or undefined if it has more than two levels. */
function binaryGrid(out: Shape, a: Shape, b: Shape): BinaryGrid | undefined {
  const groups: { size: Count; a: boolean; b: boolean }[] = [];
  out.forEach((d, axis) => {
    if (d === 1) return;
    const inA = (a[axis - out.length + a.length] ?? 1) !== 1;
    const inB = (b[axis - out.length + b.length] ?? 1) !== 1;
    const last = groups.at(-1);
    if (last && last.a === inA && last.b === inB) last.size = times(last.size, d);
    else groups.push({ size: times({ fixed: 1, perRow: 0 }, d), a: inA, b: inB });
  });
  if (groups.length > 2) return undefined;
  const one = { size: { fixed: 1, perRow: 0 }, a: true, b: true };
  const inner = groups.at(-1) ?? one;
  const outer = groups.length === 2 ? groups[0] : one;
  const rowStride = (inOuter: boolean, inInner: boolean): number => (!inOuter ? 0 : inInner ? inner.size.fixed : 1);
  return {
    outer: outer.size,
    inner: inner.size,
    aRow: rowStride(outer.a, inner.a),
    bRow: rowStride(outer.b, inner.b),
    aScalar: !inner.a,
    bScalar: !inner.b,
  };
}

const times = (c: Count, d: Dimension): Count =>
  d === "rows" ? { fixed: 0, perRow: c.fixed } : { fixed: c.fixed * d, perRow: c.perRow * d };

const sizeOf = (dims: readonly Dimension[]): Count => dims.reduce(times, { fixed: 1, perRow: 0 });

const maxBroadcastRank = 4;

function broadcastNode(a: KernelNode, shape: Shape, source: Tensor, node: MakeNode): KernelNode {
  if (shape.length > maxBroadcastRank)
    throw new TypeError(`broadcast: at most ${maxBroadcastRank} dimensions are supported, not [${shape.join(", ")}]`);
  const padding = maxBroadcastRank - shape.length;
  // The varying dimension goes first, so the padding stands behind it.
  const lead = hasRows(shape) ? 1 : 0;
  const sizes: Dimension[] = [...shape.slice(0, lead), ...Array<number>(padding).fill(1), ...shape.slice(lead)];
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const d = a.shape[axis - shape.length + a.shape.length] ?? 1;
    strides.unshift(d === 1 ? 0 : stride);
    if (d !== "rows") stride *= d;
  }
  strides.splice(lead, 0, ...Array<number>(padding).fill(0));
  return node({ kind: "broadcast", sizes, strides }, [a], shape, source);
}

/** One sum for each run of neighbouring axes, the last run first. */
function sumNodes(a: KernelNode, axes: readonly number[], t: Tensor, node: MakeNode): KernelNode {
  let x = a;
  let end = axes.length;
  while (end > 0) {
    let begin = end - 1;
    while (begin > 0 && axes[begin - 1] === axes[begin] - 1) begin--;
    const [first, last] = [axes[begin], axes[end - 1]];
    const [before, middle, after] = [x.shape.slice(0, first), x.shape.slice(first, last + 1), x.shape.slice(last + 1)];
    const shape = [...before, ...after];
    x = node({ kind: "sum", outer: sizeOf(before), middle: sizeOf(middle), inner: staticSize(after) }, [x], shape, t);
    end = begin;
  }
  return x;
}

// ---------------------------------------------------------------------------------------------------------------------
// Fusion, on the differentiated graph: what rides on a matrix product, and the derivatives of activations as one
// operation.

function fuse(roots: readonly KernelNode[]): KernelNode[] {
  const order = kernelOrder(roots);
  const uses = new Map<KernelNode, number>();
  for (const r of roots) uses.set(r, (uses.get(r) ?? 0) + 1);
  for (const n of order) for (const i of n.inputs) uses.set(i, (uses.get(i) ?? 0) + 1);

  const result = new Map<KernelNode, KernelNode>();
  for (const n of order) {
    const inputs = n.inputs.map((i) => result.get(i)!);
    const plain: KernelNode = inputs.every((i, k) => i === n.inputs[k]) ? n : { ...n, inputs };
    /** The matrix product that only this node reads, and that nothing has been fused into yet. */
    const onlyMine = (k: number, needsWide = true): KernelNode | undefined => {
      const x = inputs[k];
      if (x.operation.kind !== "matmul" || (needsWide && x.operation.narrow)) return undefined;
      const free = x.operation.epilogue === Epilogue.None && !reducesRows(x);
      return free && uses.get(n.inputs[k]) === 1 && sameShape(x.shape, n.shape) ? x : undefined;
    };
    result.set(
      n,
      fuseBias(plain, onlyMine) ?? fuseActivation(plain, onlyMine) ?? fuseDerivative(plain, onlyMine) ?? plain,
    );
  }
  return roots.map((r) => result.get(r)!);
}

type OnlyMine = (k: number, needsWide?: boolean) => KernelNode | undefined;

function withEpilogue(product: KernelNode, n: KernelNode, epilogue: Epilogue, extra: KernelNode[] = []): KernelNode {
  const operation = { ...(product.operation as { kind: "matmul" } & MatmulShape), epilogue };
  return { operation, inputs: [...product.inputs, ...extra], shape: n.shape, source: n.source };
}

/** x·W + b */
function fuseBias(n: KernelNode, onlyMine: OnlyMine): KernelNode | undefined {
  if (n.operation.kind !== "add") return undefined;
  const product = onlyMine(0, false);
  const bias = n.inputs[1];
  if (
    !product ||
    hasRows(bias.shape) ||
    staticSize(bias.shape) !== n.shape.at(-1) ||
    bias.shape.at(-1) !== n.shape.at(-1)
  )
    return undefined;
  const operation = product.operation as { kind: "matmul" } & MatmulShape;
  if (operation.hasBias) return undefined;
  const inputs = [...product.inputs, bias];
  return { operation: { ...operation, hasBias: true }, inputs, shape: n.shape, source: n.source };
}

function fuseActivation(n: KernelNode, onlyMine: OnlyMine): KernelNode | undefined {
  const kind = n.operation.kind;
  if (kind !== "tanh" && kind !== "relu") return undefined;
  const product = onlyMine(0);
  return product && withEpilogue(product, n, kind === "tanh" ? Epilogue.Tanh : Epilogue.Relu);
}

/** g·(1 − y²) after tanh and g·(y > 0) after relu. */
function fuseDerivative(n: KernelNode, onlyMine: OnlyMine): KernelNode | undefined {
  if (n.operation.kind !== "mul") return undefined;
  const [g, factor] = n.inputs as [KernelNode, KernelNode];
  const activation = tanhFactor(factor) ?? reluFactor(factor);
  if (!activation || !sameShape(g.shape, n.shape) || !sameShape(activation.y.shape, n.shape)) return undefined;
  const product = onlyMine(0);
  if (product) return withEpilogue(product, n, activation.epilogue, [activation.y]);
  const kind = activation.epilogue === Epilogue.TanhGradient ? "tanhGradient" : "reluGradient";
  const grid = binaryGrid(n.shape, n.shape, n.shape)!;
  return { operation: { kind, grid }, inputs: [g, activation.y], shape: n.shape, source: n.source };
}

function tanhFactor(n: KernelNode): { y: KernelNode; epilogue: Epilogue } | undefined {
  const [one, squared] = n.inputs;
  if (n.operation.kind !== "sub" || !isConstant(one, 1) || squared?.operation.kind !== "square") return undefined;
  return { y: squared.inputs[0], epilogue: Epilogue.TanhGradient };
}

function reluFactor(n: KernelNode): { y: KernelNode; epilogue: Epilogue } | undefined {
  const [y, zero] = n.inputs;
  if (n.operation.kind !== "greater" || !y || !isConstant(zero, 0)) return undefined;
  return { y, epilogue: Epilogue.ReluGradient };
}

const isConstant = (n: KernelNode | undefined, value: number): boolean =>
  n?.operation.kind === "leaf" &&
  n.operation.tensor.operation.kind === "constant" &&
  n.operation.tensor.operation.value === value;

/** All nodes that `roots` depend on, inputs before their users. */
export const kernelOrder = (roots: readonly KernelNode[]): KernelNode[] => inputsFirst(roots);
