// Tensors and their elements in words, for error messages.

import { hasRows, staticSize } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** `input "x"`, `"loss" = mul(…)`, or the expression with the nearest named tensors: `log(sub("advantages", 1))`. */
export function describe(t: Tensor): string {
  const { kind } = t.operation;
  if (kind === "input" || kind === "variable") return `${kind} "${t.name}"`;
  if (t.name !== undefined) return `"${t.name}" = ${expression(t, 3)}`;
  const text = expression(t, 3);
  const sources = text.includes("…") ? nearestNamed(t, 4).filter((name) => !text.includes(name)) : [];
  return sources.length > 0 ? `${text} of ${sources.join(", ")}` : text;
}

/** The tensor written as nested calls, at most `depth` deep; named tensors below the top appear by name. */
function expression(t: Tensor, depth: number): string {
  const { operation } = t;
  if (operation.kind === "constant") return String(operation.value);
  if (t.inputs.length === 0) return t.name === undefined ? operation.kind : `"${t.name}"`;
  const operand = (x: Tensor): string => (x.name !== undefined ? `"${x.name}"` : expression(x, depth - 1));
  return `${operation.kind}(${depth > 0 ? t.inputs.map(operand).join(", ") : "…"})`;
}

/** The names of the nearest named tensors that t is computed from, breadth first, not looking beyond them. */
function nearestNamed(t: Tensor, most: number): string[] {
  const names = new Set<string>();
  const queue = new Set(t.inputs);
  for (const x of queue) {
    if (x.name === undefined) for (const y of x.inputs) queue.add(y);
    else if (names.size < most) names.add(`"${x.name}"`);
  }
  return [...names];
}

/** Which element: ` row 3` of a tensor with rows, ` at [2, 0]` of another, nothing for a scalar. */
export function describeElement(t: Tensor, index: number): string {
  if (t.shape.length === 0) return "";
  if (hasRows(t.shape)) return ` row ${Math.floor(index / staticSize(t.shape))}`;
  const position: number[] = [];
  for (const size of [...(t.shape as number[])].reverse()) {
    position.unshift(index % size);
    index = Math.floor(index / size);
  }
  return ` at [${position.join(", ")}]`;
}
