// The interpreter: walks a compiled program (see src/tensor/compile/opcodes.ts) and calls the kernels. One call runs it all.
//
// A program is a list of segments. A static segment runs once. A row segment runs once for each block of BLOCK rows;
// sums over rows go into slots, each of which takes the same consecutive blocks however many threads there are, and a
// later static segment adds the slots up as a tree. So results depend on the number of rows alone.

import { Moves, Opcode } from "../src/tensor/compile/opcodes";
import { binary, broadcast, columns, select, unary } from "./elementwise";
import { matmul, matmulNarrow, transpose } from "./matmul";
import { adam } from "./optimizer";
import { logSoftmax, pick, place, reduceSlots, sum } from "./reductions";

/**
 * Runs segments of [isRowSegment, first word, end word] (three 32-bit addresses each).
 * `rows` ≥ 1 live rows, in blocks of `block` (a multiple of 4), with at most `maxSlots` slots.
 */
export function run(segments: usize, count: i32, rows: i32, block: i32, maxSlots: i32): void {
  const slots = slotCount(rows, block, maxSlots);
  for (let i = 0; i < count; i++, segments += 12) {
    const code = <usize>load<u32>(segments, 4);
    const end = <usize>load<u32>(segments, 8);
    if (load<u32>(segments)) runRows(code, end, rows, block, slots, 0, slots, 0);
    else interpret(code, end, 0, 0, 0, 0, false, rows, slots);
  }
}

export function slotCount(rows: i32, block: i32, maxSlots: i32): i32 {
  return min((rows + block - 1) / block, maxSlots);
}

/** Slots `from` to `to` of a row segment, with the scratch memory of one thread. */
export function runRows(
  code: usize,
  end: usize,
  rows: i32,
  block: i32,
  slots: i32,
  from: i32,
  to: i32,
  thread: i32,
): void {
  const blocks = (rows + block - 1) / block;
  for (let slot = from; slot < to; slot++) {
    const first = (slot * blocks) / slots;
    const last = ((slot + 1) * blocks) / slots;
    for (let b = first; b < last; b++) {
      const start = b * block;
      interpret(code, end, start, min(block, rows - start), slot, thread, b > first, rows, slots);
    }
  }
}

function interpret(
  code: usize,
  end: usize,
  start: i32, // first row of the block
  rows: i32, // rows of the block
  slot: i32,
  thread: i32,
  accumulate: bool, // sums over rows add to their slot, rather than start it
  allRows: i32,
  slots: i32,
): void {
  while (code < end) {
    const op = load<i32>(code);
    const p = code + 8;
    code += (<usize>load<u32>(code, 4)) << 2;
    const out = address(p, start, slot, thread);
    switch (op) {
      case Opcode.Copy:
      case Opcode.Neg:
      case Opcode.Exp:
      case Opcode.Log:
      case Opcode.Sqrt:
      case Opcode.Square:
      case Opcode.Tanh:
      case Opcode.Sigmoid:
      case Opcode.Relu:
        unary(op, out, address(p + 8, start, slot, thread), size(p + 16, rows));
        break;
      case Opcode.Add:
      case Opcode.Sub:
      case Opcode.Mul:
      case Opcode.Div:
      case Opcode.Minimum:
      case Opcode.Maximum:
      case Opcode.Greater:
      case Opcode.GreaterEqual:
      case Opcode.TanhGradient:
      case Opcode.ReluGradient: // a, b; outer, inner; row strides of a and b; whether each is a scalar within a row
        binary(
          op,
          out,
          address(p + 8, start, slot, thread),
          address(p + 16, start, slot, thread),
          size(p + 24, rows),
          size(p + 32, rows),
          load<u32>(p, 40),
          load<u32>(p, 44),
          load<i32>(p, 48) != 0,
          load<i32>(p, 52) != 0,
        );
        break;
      case Opcode.Select:
        select(
          out,
          address(p + 8, start, slot, thread),
          address(p + 16, start, slot, thread),
          address(p + 24, start, slot, thread),
          size(p + 32, rows),
        );
        break;
      case Opcode.Matmul: // a, b, bias, aux; m, k; n, aRow, aStep, sums over rows, epilogue
        matmul(
          out,
          address(p + 8, start, slot, thread),
          address(p + 16, start, slot, thread),
          address(p + 24, start, slot, thread),
          address(p + 32, start, slot, thread),
          size(p + 40, rows),
          load<i32>(p, 56),
          size(p + 48, rows),
          load<u32>(p, 60),
          load<u32>(p, 64),
          accumulate && load<i32>(p, 68) != 0,
          load<i32>(p, 72),
        );
        break;
      case Opcode.MatmulNarrow: // a, bᵀ, bias; m; n, k
        matmulNarrow(
          out,
          address(p + 8, start, slot, thread),
          address(p + 16, start, slot, thread),
          address(p + 24, start, slot, thread),
          size(p + 32, rows),
          load<i32>(p, 40),
          load<i32>(p, 44),
        );
        break;
      case Opcode.Transpose:
        transpose(out, address(p + 8, start, slot, thread), load<i32>(p, 16), load<i32>(p, 20));
        break;
      case Opcode.Sum: // a; outer, middle; inner, sums over rows
        sum(
          out,
          address(p + 8, start, slot, thread),
          size(p + 16, rows),
          size(p + 24, rows),
          load<i32>(p, 32),
          accumulate && load<i32>(p, 36) != 0,
        );
        break;
      case Opcode.LogSoftmax:
        logSoftmax(out, address(p + 8, start, slot, thread), size(p + 16, rows), load<i32>(p, 24));
        break;
      case Opcode.Pick:
        pick(
          out,
          address(p + 8, start, slot, thread),
          address(p + 16, start, slot, thread),
          size(p + 24, rows),
          load<i32>(p, 32),
        );
        break;
      case Opcode.Place:
        place(
          out,
          address(p + 8, start, slot, thread),
          address(p + 16, start, slot, thread),
          size(p + 24, rows),
          load<i32>(p, 32),
        );
        break;
      case Opcode.Columns: // a; rows; columns, zeros before and after; row strides
        columns(
          out,
          address(p + 8, start, slot, thread),
          size(p + 16, rows),
          load<i32>(p, 24),
          load<i32>(p, 28),
          load<i32>(p, 32),
          load<u32>(p, 36),
          load<u32>(p, 40),
        );
        break;
      case Opcode.Broadcast: // a; four sizes (the first a count), four strides
        broadcast(
          out,
          address(p + 8, start, slot, thread),
          size(p + 16, rows),
          load<i32>(p, 24),
          load<i32>(p, 28),
          load<i32>(p, 32),
          load<i32>(p, 36),
          load<i32>(p, 40),
          load<i32>(p, 44),
          load<i32>(p, 48),
        );
        break;
      case Opcode.RowCount:
        store<f32>(out, <f32>allRows);
        break;
      case Opcode.ReduceSlots: // bytes between slots, floats in one
        reduceSlots(out, load<u32>(p, 8), load<i32>(p, 12), slots);
        break;
      case Opcode.Adam: // moments, gradient, three scalars; count, five numbers
        adam(
          out,
          address(p + 8, start, slot, thread),
          address(p + 16, start, slot, thread),
          address(p + 24, start, slot, thread),
          load<f32>(address(p + 32, start, slot, thread)),
          load<f32>(address(p + 40, start, slot, thread)),
          load<f32>(address(p + 48, start, slot, thread)),
          load<f32>(p, 60),
          load<f32>(p, 64),
          load<f32>(p, 68),
          load<f32>(p, 72),
          load<f32>(p, 76),
          load<i32>(p, 56),
        );
        break;
      default:
        unreachable();
    }
  }
}

@inline
function address(operand: usize, start: i32, slot: i32, thread: i32): usize {
  const word = load<u32>(operand);
  const moves = word & 3;
  const base = <usize>(word & ~3);
  if (moves == Moves.Fixed) return base;
  const times = moves == Moves.Row ? start : moves == Moves.Slot ? slot : thread;
  return base + <usize>load<u32>(operand, 4) * times;
}

@inline
function size(count: usize, rows: i32): i32 {
  return load<i32>(count) + load<i32>(count, 4) * rows;
}
