// Token sequences as rows of a program: tokens, their positions, and the tokens that come next.

import { feed, type Column } from "../learning/columns.ts";
import { input, layOut, spanOf, type Program, type SequenceLayout, type Tensor } from "../tensor/index.ts";

/** The inputs of a program that reads sequences. */
export interface SequenceInputs {
  /** [rows]: ids of tokens. */
  readonly token: Tensor;
  /** [rows]: their positions within their sequences, from 0 on. */
  readonly position: Tensor;
  /** [rows]: the ids that come next, which likelihoods are of. */
  readonly next: Tensor;
}

export const sequenceInputs = (): SequenceInputs => ({
  token: input("tokens", ["rows"]),
  position: input("positions", ["rows"]),
  next: input("next tokens", ["rows"]),
});

/** Sequences to predict: all of a sequence's tokens but the last are rows, each with the token that comes next. */
export interface TokenBatch {
  readonly layout: SequenceLayout;
  readonly token: Float32Array;
  readonly position: Float32Array;
  readonly next: Float32Array;
}

/**
 * Lays sequences out, each without its last token.
 *
 * @param sequences of at least two tokens
 * @param longest tokens of a sequence that is laid out, at most: the context of the model
 */
export function batchOfTokens(sequences: readonly ArrayLike<number>[], longest: number): TokenBatch {
  const layout = layOut(
    sequences.map(({ length }) => length - 1),
    longest,
  );
  const [token, position, next] = [0, 1, 2].map(() => new Float32Array(layout.span)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  sequences.forEach((sequence, s) => {
    for (let k = 0, row = layout.first[s]; k < layout.lengths[s]; k++, row++) {
      token[row] = sequence[k];
      position[row] = k;
      next[row] = sequence[k + 1];
    }
  });
  return { layout, token, position, next };
}

/** Values per token of a batch's sequences, one after another, in the rows of its layout; 0 in the gaps. */
export function inRows(layout: SequenceLayout, values: readonly ArrayLike<number>[]): Float32Array {
  const rows = new Float32Array(layout.span);
  values.forEach((of, s) => {
    for (let k = 0; k < of.length; k++) rows[layout.first[s] + k] = of[k];
  });
  return rows;
}

/** The inverse: the rows of each sequence, as views. */
export const bySequence = ({ first, lengths }: SequenceLayout, rows: Float32Array): Float32Array[] =>
  Array.from(lengths, (length, s) => rows.subarray(first[s], first[s] + length));

/** The columns of a batch. */
export const columnsOfTokens = (inputs: SequenceInputs, { token, position, next }: TokenBatch): Column[] => [
  { input: inputs.token, values: token },
  { input: inputs.position, values: position },
  { input: inputs.next, values: next },
];

/** Feeds a program with those inputs that it reads. */
export const feedTokens = (program: Program, inputs: SequenceInputs, batch: TokenBatch): void =>
  feed(program, columnsOfTokens(inputs, batch), batch.layout.span);

/**
 * Rows of a training program: as many as a step of so many sequences has, whichever they are. A program that is compiled
 * once for all steps takes its memory once.
 *
 * @param lengths tokens of each sequence as it is laid out
 */
export function rowsOfSteps(lengths: readonly number[], batch: number, context: number): number {
  const longest = lengths.toSorted((a, b) => b - a).slice(0, batch);
  const tokens = longest.reduce((a, b) => a + b, 0);
  return Math.max(512, spanOf(tokens, context)); // sums over rows have all their slots from 512 rows on
}

/** Rows of programs that only look at texts: however many there are, so many tokens at a time. */
export const rowsToLookAt = (context: number): number => spanOf(Math.max(context, 2048), context);

/** Texts in parts that fit into so many rows: the first of each part, and the first of the next. What is seen does not depend on it. */
export function* partsToLookAt(lengths: readonly number[], context: number): Generator<readonly [number, number]> {
  const rows = rowsToLookAt(context);
  for (let from = 0, to = 0; from < lengths.length; from = to) {
    let tokens = lengths[to++];
    while (to < lengths.length && spanOf(tokens + lengths[to], context) <= rows) tokens += lengths[to++];
    yield [from, to];
  }
}
