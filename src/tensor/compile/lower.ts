// Graph → kernel graph: shares equal subexpressions, decomposes what no single kernel does, and then fuses.

import { hasRows, sameShape, staticSize, type Dimension, type Shape } from "../graph/shape.ts";
import {
  topologicalOrder,
  type BinaryKind,
  type Operation,
  type OperationKind,
  type OperationOf,
  type Tensor,
} from "../graph/tensor.ts";
import { updateInputs, type Update } from "../graph/updates.ts";
import { binaryGrid, countOf } from "./counts.ts";
import { fuse } from "./fuse.ts";
import { Epilogue } from "./instructions.ts";
import { isOfRows, kernelOrder, makeNode, owner, type KernelNode, type KernelOperation } from "./kernel-graph.ts";

/** What a program computes, and how it updates variables afterwards. */
export interface ProgramSpec<Output extends string = string> {
  readonly outputs: Readonly<Record<Output, Tensor>>;
  readonly updates?: readonly Update[];
}

/** A program as a kernel graph. */
export interface KernelProgram {
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor; readonly node: KernelNode }[];
  /** Each update with the nodes that it reads, in the order of `updateInputs`. */
  readonly updates: readonly { readonly update: Update; readonly nodes: readonly KernelNode[] }[];
}

/** Lowers a program. Throws a TypeError if it updates a variable twice. */
export function lower({ outputs, updates = [] }: ProgramSpec): KernelProgram {
  const twice = updates.find((u, i) => updates.findIndex((v) => v.variable === u.variable) < i);
  if (twice) throw new TypeError(`the program updates "${twice.variable.name}" twice`);
  const named = Object.entries<Tensor>(outputs);
  const read = updates.map(updateInputs);
  const nodes = lowerTensors([...named.map(([, tensor]) => tensor), ...read.flat()]);
  assertCaches(nodes, updates);
  let next = named.length;
  return {
    outputs: named.map(([name, tensor], i) => ({ name, tensor, node: nodes[i] })),
    updates: updates.map((update, i) => ({ update, nodes: read[i].map(() => nodes[next++]) })),
  };
}

/** @throws TypeError where a cache that is written in place is read by others, written twice, or not kept */
function assertCaches(roots: readonly KernelNode[], updates: readonly Update[]): void {
  const order = kernelOrder(roots);
  for (const append of order) {
    if (append.operation.kind !== "appendRows") continue;
    const [cache] = append.inputs;
    const { source } = cache;
    const assigned = updates.find((u) => u.variable === source);
    if (assigned?.kind !== "assign" || assigned.value !== append.source)
      throw new TypeError(`the program appends rows to "${source.name}", and must assign the result to it`);
    const reader = order.find((n) => n !== append && n.inputs.includes(cache));
    if (reader || Object.values(roots).filter((n) => n === cache).length > 1)
      throw new TypeError(`the program appends rows to "${source.name}", so nothing else in it can read that`);
    const early = order.find((n) => readsEarly(n, append));
    if (early)
      throw new TypeError(
        `the program appends rows to "${source.name}": while that goes on, ${early.source.operation.kind} cannot read ` +
          "it, and attention only where the rows themselves were appended",
      );
  }
}

/**
 * Whether a node is computed while rows are still being appended, and would read some of other blocks: how far these are
 * depends on the number of threads. Attention reads those of its own sequences.
 */
function readsEarly(n: KernelNode, append: KernelNode): boolean {
  if (!isOfRows(n) || !n.inputs.some((x) => owner(x) === append)) return false;
  return n.operation.kind !== "attention" || owner(n.inputs[2]) !== append || n.inputs[3] !== append.inputs[2];
}

/** Lowers tensors: one node for each of them, in the same order. */
export const lowerTensors = (roots: readonly Tensor[]): KernelNode[] => fuse(share(roots));

/** One kernel node for each distinct computation. */
function share(roots: readonly Tensor[]): KernelNode[] {
  const known = new Map<string, KernelNode>();
  let count = 0;

  const node = (operation: KernelOperation, inputs: KernelNode[], shape: Shape, source: Tensor): KernelNode => {
    const identity = identityOf(operation);
    const key = identity && `${identity}|${numbersOf(inputs)}|${shape.join()}`;
    const earlier = key && known.get(key);
    if (earlier) return earlier;
    const fresh = makeNode(operation, inputs, shape, source);
    fresh.position = count++;
    if (key) known.set(key, fresh);
    return fresh;
  };

  const lowered: KernelNode[] = [];
  for (const t of topologicalOrder(roots)) {
    const inputs = t.inputs.map((i) => lowered[i.position]);
    lowered.push(lowerTensor(t, inputs, node));
  }
  return roots.map((r) => lowered[r.position]);
}

function numbersOf(nodes: readonly KernelNode[]): string {
  let numbers = "";
  for (const { position } of nodes) numbers += `${position},`;
  return numbers;
}

/** What tells an operation from others on the same inputs and of the same shape; undefined if each is another. */
function identityOf(operation: KernelOperation): string | undefined {
  if (operation.kind === "leaf") return leafKey(operation.tensor);
  // A grid follows from the shapes.
  return "grid" in operation ? operation.kind : JSON.stringify(operation);
}

/** Equal constants are one leaf; inputs and variables are themselves. */
function leafKey(t: Tensor): string | undefined {
  if (t.operation.kind === "constant") return `constant ${t.operation.value}`;
  return t.operation.kind === "rowCount" ? "rowCount" : undefined;
}

type MakeNode = (operation: KernelOperation, inputs: KernelNode[], shape: Shape, source: Tensor) => KernelNode;

/** A tensor and its lowered inputs, of which `a` and `b` are the first two. */
interface Site {
  readonly t: Tensor;
  readonly inputs: KernelNode[];
  readonly a: KernelNode;
  readonly b: KernelNode;
  readonly node: MakeNode;
}

interface LoweringAt<Kind extends OperationKind> extends Site {
  readonly operation: OperationOf<Kind>;
}

/** What each operation becomes; leaving one out does not compile. */
export type Lowerings = { readonly [Kind in OperationKind]: (at: LoweringAt<Kind>) => KernelNode };

const lowerings: Lowerings = {
  input: leaf,
  variable: leaf,
  constant: leaf,
  rowCount: leaf,

  neg: unchanged,
  exp: unchanged,
  log: unchanged,
  sqrt: unchanged,
  square: unchanged,
  tanh: unchanged,
  sigmoid: unchanged,
  relu: unchanged,
  gelu: unchanged,
  geluSlope: unchanged,

  add: onGrid,
  sub: onGrid,
  mul: onGrid,
  div: onGrid,
  minimum: onGrid,
  maximum: onGrid,
  greater: onGrid,
  greaterEqual: onGrid,

  select: unchanged,
  matmul({ operation: { transposeA, transposeB }, t, a, b, node }) {
    const narrow = !transposeA && (t.shape[1] as number) < 4;
    const right = transposeB === narrow ? b : transposed(b, t, node);
    return node(
      { kind: "matmul", transposeA, narrow, packed: false, hasBias: false, epilogue: Epilogue.None },
      [a, right],
      t.shape,
      t,
    );
  },
  sum: ({ operation, t, a, node }) => sumNodes(a, operation.axes, t, node),
  broadcast: ({ t, a, node }) => broadcastNode(a, t.shape, t, node),
  reshape: ({ t, a, node }) => node({ kind: "alias" }, [a], t.shape, t),

  logSoftmax: unchanged,
  pick: unchanged,
  place: unchanged,
  slice: unchanged,
  pad: unchanged,
  concat: unchanged,

  stopGradient: ({ a }) => a,

  normalize: unchanged,
  normalizeGradient: unchanged,
  lookup: unchanged,
  scatter: unchanged,
  appendRows: unchanged,
  attention: unchanged,
  attentionGradient: unchanged,
  likelihood: unchanged,
  likelihoodGradient: unchanged,
  likelihoodWeightGradient: unchanged,
};

function lowerTensor(t: Tensor, inputs: KernelNode[], node: MakeNode): KernelNode {
  const [a, b] = inputs as [KernelNode, KernelNode];
  const rule = lowerings[t.operation.kind] as (at: LoweringAt<OperationKind>) => KernelNode;
  return rule({ operation: t.operation, t, inputs, a, b, node });
}

function leaf({ t, node }: Site): KernelNode {
  return node({ kind: "leaf", tensor: t }, [], t.shape, t);
}

/** There is a kernel for the operation as it is. */
function unchanged({ operation, t, inputs, node }: Site & { operation: Operation & KernelOperation }): KernelNode {
  return node(operation, inputs, t.shape, t);
}

function onGrid({ operation, t, a, b, node }: Site & { operation: { kind: BinaryKind } }): KernelNode {
  return binaryNode(operation.kind, a, b, t, node);
}

function transposed(matrix: KernelNode, source: Tensor, node: MakeNode): KernelNode {
  const shape = [...matrix.shape].reverse();
  // A matrix of one row or column lies in memory as its transpose does.
  return node({ kind: matrix.shape.includes(1) ? "alias" : "transpose" }, [matrix], shape, source);
}

function binaryNode(kind: BinaryKind, a: KernelNode, b: KernelNode, t: Tensor, node: MakeNode): KernelNode {
  // A repeated operand need not be written out if the other one has the shape of the result.
  const source = (n: KernelNode): KernelNode => (n.operation.kind === "broadcast" ? n.inputs[0] : n);
  const spans = (n: KernelNode): boolean => sameShape(n.shape, t.shape);
  if (spans(b)) a = source(a);
  if (spans(a)) b = source(b);
  const grid = binaryGrid(t.shape, a.shape, b.shape);
  if (grid) return node({ kind, grid }, [a, b], t.shape, t);
  // Writing out one operand may be enough; otherwise both are.
  const full = (n: KernelNode): KernelNode => (spans(n) ? n : broadcastNode(n, t.shape, t, node));
  const onlyB = spans(b) ? undefined : binaryGrid(t.shape, a.shape, t.shape);
  if (onlyB) return node({ kind, grid: onlyB }, [a, full(b)], t.shape, t);
  return node({ kind, grid: binaryGrid(t.shape, t.shape, t.shape)! }, [full(a), full(b)], t.shape, t);
}

const maxBroadcastRank = 4;

function broadcastNode(a: KernelNode, shape: Shape, source: Tensor, node: MakeNode): KernelNode {
  if (shape.length > maxBroadcastRank)
    throw new TypeError(`broadcast: at most ${maxBroadcastRank} dimensions are supported, not [${shape.join(", ")}]`);
  const padding = maxBroadcastRank - shape.length;
  // The dimension that varies comes first; the padding follows it.
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
    x = node({ kind: "sum", outer: countOf(before), middle: countOf(middle), inner: staticSize(after) }, [x], shape, t);
    end = begin;
  }
  return x;
}
