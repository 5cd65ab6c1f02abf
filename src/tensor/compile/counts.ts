// Counts of elements, which may depend on the number of rows, and broadcasting operations as grids.

import type { Dimension, Shape } from "../graph/shape.ts";

/** A count of elements: `fixed` + `perRow` · rows. */
export interface Count {
  readonly fixed: number;
  readonly perRow: number;
}

/** The number of elements of a shape, or of some of its dimensions. */
export const countOf = (shape: Shape): Count => shape.reduce(times, { fixed: 1, perRow: 0 });

const times = (c: Count, d: Dimension): Count =>
  d === "rows" ? { fixed: 0, perRow: c.fixed } : { fixed: c.fixed * d, perRow: c.perRow * d };

/** A binary operation as a grid of outer × inner elements; strides in elements. */
export interface BinaryGrid {
  readonly outer: Count;
  readonly inner: Count;
  readonly aRow: number;
  readonly bRow: number;
  readonly aScalar: boolean;
  readonly bScalar: boolean;
}

/** The grid of a broadcasting operation, or undefined if it would need more than two levels. */
export function binaryGrid(out: Shape, a: Shape, b: Shape): BinaryGrid | undefined {
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
