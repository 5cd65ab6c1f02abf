// Reading the operands of instructions.

import { Moves } from "../src/tensor/compile/instructions";

/** Where an operand lies for some rows, a slot, a thread. */
@inline
export function address(operand: usize, start: i32, slot: i32, thread: i32): usize {
  const word = load<u32>(operand);
  const moves = word & 3;
  const base = <usize>(word & ~3);
  if (moves == Moves.Fixed) return base;
  const times = moves == Moves.Row ? start : moves == Moves.Slot ? slot : thread;
  return base + <usize>load<u32>(operand, 4) * times;
}

/** A number of elements, for so many rows. */
@inline
export function size(count: usize, rows: i32): i32 {
  return load<i32>(count) + load<i32>(count, 4) * rows;
}
