// The kernel graph: each node is something that one kernel does. It holds no addresses yet.

import { hasRows, type Dimension, type Shape } from "../graph/shape.ts";
import { inputsFirst, type BinaryKind, type Tensor, type UnaryKind } from "../graph/tensor.ts";
import type { BinaryGrid, Count } from "./counts.ts";
import type { Epilogue } from "./instructions.ts";

/** One member of a union for each kind, with the properties that they have in common. */
type Each<Kind extends string, Rest = unknown> = Kind extends unknown ? { readonly kind: Kind } & Rest : never;

export type KernelOperation =
  | { readonly kind: "leaf"; readonly tensor: Tensor } //                     input, variable, constant or rowCount
  | Each<UnaryKind | "copy">
  | Each<BinaryKind | "tanhGradient" | "reluGradient", { readonly grid: BinaryGrid }>
  | { readonly kind: "select" }
  | ({ readonly kind: "matmul" } & MatmulShape) //                            inputs: a, b, [bias], [aux]
  | { readonly kind: "transpose" } //                                         of a static matrix
  | { readonly kind: "pack"; readonly transposed: boolean } //                the same in panels, for products
  | { readonly kind: "sum"; readonly outer: Count; readonly middle: Count; readonly inner: number }
  | { readonly kind: "broadcast"; readonly sizes: readonly Dimension[]; readonly strides: readonly number[] }
  | { readonly kind: "alias" } //                                             the same memory under another shape
  | Each<"logSoftmax" | "pick" | "place">
  | { readonly kind: "slice"; readonly start: number }
  | { readonly kind: "pad"; readonly before: number }
  | { readonly kind: "concat" }
  | { readonly kind: "normalize"; readonly epsilon: number }
  | { readonly kind: "normalizeGradient"; readonly epsilon: number }
  | Each<"lookup" | "scatter" | "appendRows">
  | { readonly kind: "attention"; readonly heads: number; readonly longest?: number }
  | { readonly kind: "attentionGradient"; readonly heads: number }
  | Each<"likelihood" | "likelihoodGradient" | "likelihoodWeightGradient">;

export type KernelKind = KernelOperation["kind"];
export type KernelOperationOf<Kind extends KernelKind> = Extract<KernelOperation, { readonly kind: Kind }>;

export interface MatmulShape {
  readonly transposeA: boolean;
  /** Fewer than four columns: b is then [n, k], and no activation is fused. */
  readonly narrow: boolean;
  /** Whether b is packed. */
  readonly packed: boolean;
  readonly hasBias: boolean;
  readonly epilogue: Epilogue;
}

export interface KernelNode {
  readonly operation: KernelOperation;
  readonly inputs: readonly KernelNode[];
  readonly shape: Shape;
  /** The tensor whose value it computes, for messages. */
  readonly source: Tensor;
  /** In the order that was made last (see `inputsFirst`); while nodes are made, in the order of their making. */
  position: number;
}

/** A node that is in no order yet. */
export const makeNode = (
  operation: KernelOperation,
  inputs: readonly KernelNode[],
  shape: Shape,
  source: Tensor,
): KernelNode => ({ operation, inputs, shape, source, position: 0 });

/** True if the node adds up over rows: its inputs have rows, and it does not. A cache is no sum of what it is given. */
export const reducesRows = (n: KernelNode): boolean =>
  !hasRows(n.shape) && n.operation.kind !== "appendRows" && n.inputs.some((i) => hasRows(i.shape));

/** True if the node is computed block by block. */
export const isOfRows = (n: KernelNode): boolean => hasRows(n.shape) || n.inputs.some((i) => hasRows(i.shape));

/** The node whose memory it is: an alias has none of its own. */
export const owner = (n: KernelNode): KernelNode => (n.operation.kind === "alias" ? owner(n.inputs[0]) : n);

/** All nodes that `roots` depend on, inputs before their users. */
export const kernelOrder = (roots: readonly KernelNode[]): KernelNode[] => inputsFirst(roots);
