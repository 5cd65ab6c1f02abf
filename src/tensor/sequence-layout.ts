// How sequences of different lengths lie in the rows of a program: one after another and without padding, in blocks of
// whole sequences, so that what a token attends to is in its block.

/** The rows that a block has room for at least; short sequences share one. */
export const leastBlockRows = 64;

/** Where sequences lie in the rows of a program. */
export interface SequenceLayout {
  /** Tokens of all sequences together: what means over rows divide by. */
  readonly rows: number;
  /** Rows of the program that they span. Blocks begin at multiples of four, so up to three rows before one are empty. */
  readonly span: number;
  /** The first row of each sequence; its tokens follow each other. */
  readonly first: Int32Array;
  /** The number of tokens of each sequence. */
  readonly lengths: Int32Array;
  /** The first row and the number of rows of each block, one after another. */
  readonly blocks: Int32Array;
}

/** Rows of a block at most, for sequences of at most so many tokens. */
export const blockRowsFor = (longest: number): number => Math.max(leastBlockRows, Math.ceil(longest / 4) * 4);

/**
 * Lays sequences out in their order: each block takes as many as fit into `blockRowsFor(longest)` rows.
 *
 * @param lengths tokens of each sequence, from 1 to `longest`
 * @param longest what the program was compiled for
 * @throws RangeError if a sequence is empty or too long, or there is none
 */
export function layOut(lengths: ArrayLike<number>, longest: number): SequenceLayout {
  const room = blockRowsFor(longest);
  const first = new Int32Array(lengths.length);
  const blocks: number[] = [];
  let rows = 0;
  let start = 0;
  let used = 0;
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i];
    if (!Number.isInteger(length) || length < 1 || length > longest)
      throw new RangeError(`sequence ${i} has ${length} tokens, but must have 1 to ${longest}`);
    if (used + length > room) {
      blocks.push(start, used);
      start += Math.ceil(used / 4) * 4;
      used = 0;
    }
    first[i] = start + used;
    used += length;
    rows += length;
  }
  if (used === 0) throw new RangeError("there are no sequences to lay out");
  blocks.push(start, used);
  return { rows, span: start + used, first, lengths: Int32Array.from(lengths), blocks: Int32Array.from(blocks) };
}

/** The span of any layout of sequences that have so many tokens together, at most. */
export const spanOf = (tokens: number, longest: number): number => {
  // Two blocks that follow each other hold more than one has room for.
  const blocks = Math.floor((2 * tokens) / (blockRowsFor(longest) + 1)) + 1;
  return tokens + 3 * blocks;
};
