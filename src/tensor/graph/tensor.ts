// The graph: a tensor is a node with an operation, inputs and a shape. It holds no numbers and no addresses.

import { checkShape, type Shape } from "./shape.ts";

/** Elementwise operations of one tensor. */
export type UnaryKind = "neg" | "exp" | "log" | "sqrt" | "square" | "tanh" | "sigmoid" | "relu" | "gelu" | "geluSlope";
/** Elementwise operations of two tensors, with broadcasting. */
export type BinaryKind = "add" | "sub" | "mul" | "div" | "minimum" | "maximum" | "greater" | "greaterEqual";

/** One member of a union for each kind, so that the compiler can tell the operations apart. */
type Plain<Kind extends string> = Kind extends unknown ? { readonly kind: Kind } : never;

/** The primitive operations: few, and closed under differentiation. */
export type Operation =
  | { readonly kind: "input" } //                                             fed by the caller at each run
  | { readonly kind: "variable" } //                                          lives in an engine from run to run
  | { readonly kind: "constant"; readonly value: number } //                  a scalar
  | { readonly kind: "rowCount" } //                                          the live number of rows, a scalar
  | Plain<UnaryKind>
  | Plain<BinaryKind> //                                                      with broadcasting; comparisons give 0 or 1
  | { readonly kind: "select" } //                                            (condition ≠ 0 ? a : b), shapes equal
  | { readonly kind: "matmul"; readonly transposeA: boolean; readonly transposeB: boolean }
  | { readonly kind: "sum"; readonly axes: readonly number[] } //             axes are dropped
  | { readonly kind: "broadcast" } //                                         to the node's shape, as NumPy's broadcast_to
  | { readonly kind: "reshape" }
  | { readonly kind: "logSoftmax" } //                                        over the last axis
  | { readonly kind: "pick" } //                                              (x [..., n], index [...]) → x[..., index]
  | { readonly kind: "place" } //                                             (x [...], index [...]) → [..., n], x at index, else 0
  | { readonly kind: "slice"; readonly start: number } //                     columns start, start + 1, … of the last axis
  | { readonly kind: "pad"; readonly before: number } //                      zeros before and after the columns of x
  | { readonly kind: "concat" } //                                            along the last axis, leading shapes equal
  | { readonly kind: "stopGradient" }
  | { readonly kind: "normalize"; readonly epsilon: number } //               the last axis to mean 0 and variance 1
  | { readonly kind: "normalizeGradient"; readonly epsilon: number } //       (g, x, normalized x)
  | { readonly kind: "lookup" } //                                            (table [n, d], index [rows]) → [rows, d]
  | { readonly kind: "scatter" } //                                           (x [rows, d], index [rows]) → [n, d], rows added up
  | { readonly kind: "appendRows" } //                                        (cache [n, d], x [rows, d], at [rows]) → the cache
  | { readonly kind: "attention"; readonly heads: number; readonly longest?: number } // (qkv, position, [cache, at]) → out and log-sums
  | { readonly kind: "attentionGradient"; readonly heads: number } //         (g, out and log-sums, qkv, position)
  | { readonly kind: "likelihood" } //                                        (h [rows, d], W [n, d], index) → log p, H, log Σ
  | { readonly kind: "likelihoodGradient" } //                                (g, y, h, W, index) → that of h
  | { readonly kind: "likelihoodWeightGradient" }; //                         (g, y, h, W, index) → that of W

/** What is defined for each operation (derivative, meaning, lowering) is a table over all kinds. */
export type OperationKind = Operation["kind"];
/** Operations without inputs. */
export type LeafKind = "input" | "variable" | "constant" | "rowCount";
/** The operation of one kind, with its attributes. */
export type OperationOf<Kind extends OperationKind> = Extract<Operation, { readonly kind: Kind }>;

/** A node of the graph: an operation on other tensors, and the shape of its result. It holds no numbers. */
export interface Tensor {
  readonly operation: Operation;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  /** A name for messages, inputs and variables; an intermediate tensor may have one too (see `named`). */
  readonly name: string | undefined;
  /** See `inputsFirst`. */
  position: number;
}

/** A tensor whose value an engine keeps between runs: a weight, an optimizer's moment, an accumulator. */
export interface Variable extends Tensor {
  readonly name: string;
}

/** A node; the caller has checked that the shape is that of the operation's result. */
export function makeTensor(operation: Operation, inputs: readonly Tensor[], shape: Shape, name?: string): Tensor {
  return { operation, inputs, shape, name, position: 0 };
}

/**
 * A tensor that is fed at each run. `shape` may lead with "rows". An input may hold class indices (see `pick`); as
 * float32 they are exact up to 2^24.
 */
export function input(name: string, shape: Shape): Tensor {
  checkShape(shape, `input "${name}"`);
  return makeTensor({ kind: "input" }, [], shape, name);
}

/** A tensor that an engine keeps between runs, initially zero; its shape is static. */
export function variable(name: string, shape: readonly number[]): Variable {
  checkShape(shape, `variable "${name}"`);
  return makeTensor({ kind: "variable" }, [], shape, name) as Variable;
}

/** A scalar that never changes. */
export const constant = (value: number): Tensor => makeTensor({ kind: "constant", value }, [], []);

/** The live number of rows of a run, as a scalar; means over rows divide by it. */
export const rowCount = (): Tensor => makeTensor({ kind: "rowCount" }, [], []);

/** Gives an intermediate tensor a name for error messages, and returns the tensor; a name it already has is kept. */
export function named(name: string, tensor: Tensor): Tensor {
  (tensor as { name: string | undefined }).name ??= name;
  return tensor;
}

/** All tensors that `roots` depend on, inputs before their users, each once. */
export const topologicalOrder = (roots: readonly Tensor[]): Tensor[] => inputsFirst(roots);

/** A node of a graph. */
interface Node<Self> {
  readonly inputs: readonly Self[];
  /** Where it stands in the order that was made last of a graph with this node. */
  position: number;
}

/**
 * All nodes of a graph that `roots` depend on, inputs before their users, each once. It does not recurse: graphs may be
 * deeper than the stack. Each node is told its position, so that tables over nodes can be arrays, as long as no other
 * order is made: graphs have hundreds of thousands of nodes, and maps take several times as long.
 */
export function inputsFirst<N extends Node<N>>(roots: readonly N[]): N[] {
  const order: N[] = [];
  const stack: N[] = [];
  const next: number[] = []; // the input that each node on the stack comes to next
  const isPlaced = (node: N): boolean => order[node.position] === node; // whatever an earlier order has told it
  for (const root of roots) {
    if (isPlaced(root)) continue;
    stack.push(root);
    next.push(0);
    for (let top = stack.length - 1; top >= 0; top = stack.length - 1) {
      const node = stack[top];
      if (next[top] < node.inputs.length) {
        const child = node.inputs[next[top]++];
        if (isPlaced(child)) continue;
        stack.push(child);
        next.push(0);
      } else {
        node.position = order.length;
        order.push(node);
        stack.pop();
        next.pop();
      }
    }
  }
  return order;
}
