// Data by row, as programs are fed with it: input tensors, each with the array that its rows come from; minibatches.

import type { Generator } from "../random/index.ts";
import type { Program, SequenceLayout, Tensor } from "../tensor/index.ts";

/** An input of a program, and the array that its rows come from. */
export interface Column {
  readonly input: Tensor;
  /** Rows of the input's width, one after another. */
  readonly values: ArrayLike<number>;
  /** Changes the values of a minibatch before they are fed, such as by normalizing them. */
  readonly prepare?: (values: Float64Array) => void;
}

/** Rows to learn from. */
export interface Batch {
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Where rows are tokens of sequences: how they lie in the columns, whose rows are then its span. */
  readonly layout?: SequenceLayout;
}

/** Numbers in a row of an input. */
function widthOf({ shape }: Tensor): number {
  let width = 1;
  for (let axis = 1; axis < shape.length; axis++) width *= shape[axis] as number;
  return width;
}

/** Feeds a program with the first `rows` rows of those columns that it reads. */
export function feed(program: Program, columns: readonly Column[], rows: number): void {
  for (const { input, values, prepare } of columns) {
    if (!prepare) program.writeRows(input, values, rows);
    else if (program.reads(input)) {
      const count = rows * widthOf(input);
      const copy = Float64Array.from({ length: count }, (_, i) => values[i]);
      program.write(input, prepared(copy, prepare));
    }
  }
}

/** Feeds it with rows order[from … from + rows − 1]. */
export function gather(
  program: Program,
  columns: readonly Column[],
  order: Int32Array,
  from: number,
  rows: number,
): void {
  for (const column of columns) {
    const { input, values, prepare } = column;
    if (!program.reads(input)) continue;
    if (!prepare) program.gather(input, values, order, from, rows);
    else program.write(input, prepared(rowsOf(column, order, from, rows, widthOf(input)), prepare));
  }
}

function prepared(values: Float64Array, prepare: NonNullable<Column["prepare"]>): Float64Array {
  prepare(values);
  return values;
}

/** Where the rows of a column are prepared, from minibatch to minibatch. */
const scratch = new WeakMap<Column, Float64Array>();

function rowsOf(column: Column, order: Int32Array, from: number, rows: number, width: number): Float64Array {
  const { values } = column;
  let out = scratch.get(column);
  if (!out || out.length < rows * width) scratch.set(column, (out = new Float64Array(rows * width)));
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0, at = order[from + i] * width; j < width; j++) out[k++] = values[at++];
  return out.length === rows * width ? out : out.subarray(0, rows * width);
}

/** Where minibatch m of `count` begins and ends among `rows` rows: sizes differ by at most one. */
export const minibatchBounds = (rows: number, count: number, m: number): [from: number, to: number] => [
  Math.floor((m * rows) / count),
  Math.floor(((m + 1) * rows) / count),
];

/** 0 … size − 1 in random order, shuffled in place anew. */
export function shuffleIndices(indices: Int32Array, generator: Generator): void {
  for (let i = 0; i < indices.length; i++) indices[i] = i; // the order must not depend on earlier epochs: resuming
  generator.shuffle(indices);
}
