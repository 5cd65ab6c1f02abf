// The interpreter: walks a compiled program (see src/tensor/compile/instructions.ts) and calls the kernels. One call runs
// it all.
//
// A program is a list of segments. A static segment runs once. A row segment runs once for each block of BLOCK rows;
// sums over rows go into slots, each of which takes the same consecutive blocks however many threads there are, and a
// later static segment adds the slots up as a tree. So results depend on the number of rows alone.

import {
  AdamLayout,
  BinaryLayout,
  BroadcastLayout,
  ColumnsLayout,
  Head,
  LogSoftmaxLayout,
  MatmulLayout,
  MatmulNarrowLayout,
  Opcode,
  PickLayout,
  ReduceSlotsLayout,
  SegmentLayout,
  StrandLayout,
  SelectLayout,
  SumLayout,
  TransposeLayout,
  UnaryLayout,
  trialColumns,
  trialDepth,
  trialRows,
} from "../src/tensor/compile/instructions";
import { binary, broadcast, columns, select, unary } from "./elementwise";
import { language } from "./language";
import { matmul, matmulNarrow, tiles } from "./matmul";
import { address, size } from "./operands";
import { adam } from "./optimizer";
import { hasLanguage, hasWide } from "./parts";
import { pack, packTransposed, transpose } from "./pack";
import { logSoftmax, pick, place, reduceSlots, sum } from "./reductions";
import { wideTiles } from "./wide";

/**
 * Runs the segments of a table (see SegmentLayout).
 * `rows` ≥ 1 live rows, in blocks of `block` (a multiple of 4), with at most `maxSlots` slots. Where there is a table of
 * blocks (a count, then the first row and the number of rows of each), they are those.
 */
export function run(segments: usize, count: i32, rows: i32, block: i32, maxSlots: i32, table: usize): void {
  const slots = min(blockCount(rows, block, table), maxSlots);
  for (let i = 0; i < count; i++, segments += SegmentLayout.Bytes) {
    const code = <usize>load<u32>(segments, SegmentLayout.Code);
    const end = <usize>load<u32>(segments, SegmentLayout.End);
    if (load<u32>(segments, SegmentLayout.HasRows)) runRows(code, end, rows, block, slots, table);
    else runOnce(code, end, rows, slots);
  }
}

/** See src/tensor/wasm/tile-trial.ts: C = A · B, then the same added to another C, which is 1 before. */
export function tryTiles(at: usize, useWide: bool): void {
  const m = trialRows;
  const n = trialColumns;
  const k = trialDepth;
  const b = at + 4 * <usize>(m * k);
  const c = b + 4 * <usize>(k * n);
  const added = c + 4 * <usize>(m * n);
  for (let p = added; p < added + 4 * <usize>(m * n); p += 4) store<f32>(p, 1);
  const aRow = 4 * <usize>k;
  const row = 4 * <usize>n;
  if (hasWide && useWide) {
    wideTiles(c, at, b, b, m, n, k, aRow, 4, row, row, false);
    wideTiles(added, at, b, 0, m, n, k, aRow, 4, row, row, true);
  } else {
    tiles(c, at, b, b, 0, m, n, k, aRow, 4, row, row, false, 0);
    tiles(added, at, b, 0, 0, m, n, k, aRow, 4, row, row, true, 0);
  }
}

@inline
function blockCount(rows: i32, block: i32, table: usize): i32 {
  return table ? load<i32>(table) : (rows + block - 1) / block;
}

/** All slots of a row segment, on one thread. */
function runRows(code: usize, end: usize, rows: i32, block: i32, slots: i32, table: usize): void {
  for (let slot = 0; slot < slots; slot++) runBlocks(code, end, rows, block, slots, slot, 0, rows, table, 0);
}

/**
 * Blocks `from` to `to` of a slot of a row segment, counted within the slot; blocks that it does not have are left out.
 * A long segment is run in parts: block after block or, within one block, some instructions after the others.
 */
export function runBlocks(
  code: usize,
  end: usize,
  rows: i32,
  block: i32,
  slots: i32,
  slot: i32,
  from: i32,
  to: i32,
  table: usize,
  thread: i32,
): void {
  const blocks = blockCount(rows, block, table);
  const first = (slot * blocks) / slots;
  const last = min(((slot + 1) * blocks) / slots, first + to);
  for (let b = first + from; b < last; b++) {
    const entry = table + ((<usize>b) << 3);
    const start = table ? load<i32>(entry, 4) : b * block;
    const count = table ? load<i32>(entry, 8) : min(block, rows - start);
    interpret(code, end, start, count, slot, thread, b > first, rows, slots);
  }
}

/** Some instructions of a static segment. */
export function runOnce(code: usize, end: usize, rows: i32, slots: i32): void {
  interpret(code, end, 0, 0, 0, 0, false, rows, slots);
}

/** A whole strand (see StrandLayout), with all its rows. */
export function runStrand(
  table: usize,
  strand: i32,
  rows: i32,
  block: i32,
  slots: i32,
  blocks: usize,
  thread: i32,
): void {
  const entry = table + <usize>strand * StrandLayout.Bytes;
  runCode(entry + StrandLayout.Before, rows, slots, thread);
  const code = <usize>load<u32>(entry, StrandLayout.Rows);
  const end = <usize>load<u32>(entry, StrandLayout.Rows + 4);
  for (let slot = 0; slot < slots; slot++) runBlocks(code, end, rows, block, slots, slot, 0, rows, blocks, thread);
  runCode(entry + StrandLayout.After, rows, slots, thread);
}

/** Instructions that run once, given where their bounds are. */
function runCode(bounds: usize, rows: i32, slots: i32, thread: i32): void {
  interpret(<usize>load<u32>(bounds), <usize>load<u32>(bounds, 4), 0, 0, 0, thread, false, rows, slots);
}

/** One of the instructions of a static segment that depend on one another in nothing (see `Segment.pieces`). */
export function runPiece(table: usize, piece: i32, rows: i32, slots: i32): void {
  runCode(table + ((<usize>piece) << 3), rows, slots, 0);
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
    const op = load<i32>(code, Head.Opcode);
    const p = code + Head.Bytes;
    code += (<usize>load<u32>(code, Head.Words)) << 2;
    const out = address(p, start, slot, thread); // the first field of every layout
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
      case Opcode.Gelu:
      case Opcode.GeluSlope:
        unary(op, out, address(p + UnaryLayout.A, start, slot, thread), size(p + UnaryLayout.Count, rows));
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
      case Opcode.ReluGradient:
        binary(
          op,
          out,
          address(p + BinaryLayout.A, start, slot, thread),
          address(p + BinaryLayout.B, start, slot, thread),
          size(p + BinaryLayout.Outer, rows),
          size(p + BinaryLayout.Inner, rows),
          load<u32>(p, BinaryLayout.ARow),
          load<u32>(p, BinaryLayout.BRow),
          load<i32>(p, BinaryLayout.AScalar) != 0,
          load<i32>(p, BinaryLayout.BScalar) != 0,
        );
        break;
      case Opcode.Select:
        select(
          out,
          address(p + SelectLayout.Condition, start, slot, thread),
          address(p + SelectLayout.A, start, slot, thread),
          address(p + SelectLayout.B, start, slot, thread),
          size(p + SelectLayout.Count, rows),
        );
        break;
      case Opcode.Matmul:
        matmul(
          out,
          address(p + MatmulLayout.A, start, slot, thread),
          address(p + MatmulLayout.B, start, slot, thread),
          address(p + MatmulLayout.Bias, start, slot, thread),
          address(p + MatmulLayout.Aux, start, slot, thread),
          address(p + MatmulLayout.Scratch, start, slot, thread),
          size(p + MatmulLayout.M, rows),
          load<i32>(p, MatmulLayout.N),
          size(p + MatmulLayout.K, rows),
          load<u32>(p, MatmulLayout.ARow),
          load<u32>(p, MatmulLayout.AStep),
          load<i32>(p, MatmulLayout.Packed) != 0,
          accumulate && load<i32>(p, MatmulLayout.SumsRows) != 0,
          load<i32>(p, MatmulLayout.Epilogue),
        );
        break;
      case Opcode.MatmulNarrow:
        matmulNarrow(
          out,
          address(p + MatmulNarrowLayout.A, start, slot, thread),
          address(p + MatmulNarrowLayout.B, start, slot, thread),
          address(p + MatmulNarrowLayout.Bias, start, slot, thread),
          size(p + MatmulNarrowLayout.M, rows),
          load<i32>(p, MatmulNarrowLayout.N),
          load<i32>(p, MatmulNarrowLayout.K),
        );
        break;
      case Opcode.Transpose:
      case Opcode.Pack:
      case Opcode.PackTransposed: {
        const a = address(p + TransposeLayout.A, start, slot, thread);
        const matrixRows = load<i32>(p, TransposeLayout.Rows);
        const matrixColumns = load<i32>(p, TransposeLayout.Columns);
        if (op == Opcode.Transpose) transpose(out, a, matrixRows, matrixColumns);
        else if (op == Opcode.Pack) pack(out, a, matrixRows, matrixColumns);
        else packTransposed(out, a, matrixColumns, matrixRows);
        break;
      }
      case Opcode.Sum:
        sum(
          out,
          address(p + SumLayout.A, start, slot, thread),
          size(p + SumLayout.Outer, rows),
          size(p + SumLayout.Middle, rows),
          load<i32>(p, SumLayout.Inner),
          accumulate && load<i32>(p, SumLayout.SumsRows) != 0,
        );
        break;
      case Opcode.LogSoftmax:
        logSoftmax(
          out,
          address(p + LogSoftmaxLayout.A, start, slot, thread),
          size(p + LogSoftmaxLayout.Rows, rows),
          load<i32>(p, LogSoftmaxLayout.Columns),
        );
        break;
      case Opcode.Pick:
        pick(
          out,
          address(p + PickLayout.A, start, slot, thread),
          address(p + PickLayout.Index, start, slot, thread),
          size(p + PickLayout.Count, rows),
          load<i32>(p, PickLayout.Columns),
        );
        break;
      case Opcode.Place:
        place(
          out,
          address(p + PickLayout.A, start, slot, thread),
          address(p + PickLayout.Index, start, slot, thread),
          size(p + PickLayout.Count, rows),
          load<i32>(p, PickLayout.Columns),
        );
        break;
      case Opcode.Columns:
        columns(
          out,
          address(p + ColumnsLayout.A, start, slot, thread),
          size(p + ColumnsLayout.Rows, rows),
          load<i32>(p, ColumnsLayout.Columns),
          load<i32>(p, ColumnsLayout.Before),
          load<i32>(p, ColumnsLayout.After),
          load<u32>(p, ColumnsLayout.OutRow),
          load<u32>(p, ColumnsLayout.ARow),
        );
        break;
      case Opcode.Broadcast:
        broadcast(
          out,
          address(p + BroadcastLayout.A, start, slot, thread),
          size(p + BroadcastLayout.Size0, rows),
          load<i32>(p, BroadcastLayout.Size1),
          load<i32>(p, BroadcastLayout.Size2),
          load<i32>(p, BroadcastLayout.Size3),
          load<i32>(p, BroadcastLayout.Stride0),
          load<i32>(p, BroadcastLayout.Stride1),
          load<i32>(p, BroadcastLayout.Stride2),
          load<i32>(p, BroadcastLayout.Stride3),
        );
        break;
      case Opcode.RowCount:
        store<f32>(out, <f32>allRows);
        break;
      case Opcode.ReduceSlots:
        reduceSlots(out, load<u32>(p, ReduceSlotsLayout.Stride), load<i32>(p, ReduceSlotsLayout.Count), slots);
        break;
      case Opcode.Adam:
        adam(
          out,
          address(p + AdamLayout.FirstMoment, start, slot, thread),
          address(p + AdamLayout.SecondMoment, start, slot, thread),
          address(p + AdamLayout.Gradient, start, slot, thread),
          load<f32>(address(p + AdamLayout.GradientScale, start, slot, thread)),
          load<f32>(address(p + AdamLayout.StepSize, start, slot, thread)),
          load<f32>(address(p + AdamLayout.Correction, start, slot, thread)),
          load<f32>(p, AdamLayout.Beta1),
          load<f32>(p, AdamLayout.Beta2),
          load<f32>(p, AdamLayout.OneMinusBeta1),
          load<f32>(p, AdamLayout.OneMinusBeta2),
          load<f32>(p, AdamLayout.Epsilon),
          load<i32>(p, AdamLayout.Count),
        );
        break;
      default:
        if (hasLanguage) language(op, p, out, start, rows, slot, thread, accumulate);
        else unreachable();
    }
  }
}
