// The operations that only models of language have.

import {
  AttentionGradientLayout,
  AttentionLayout,
  LikelihoodGradientLayout,
  LikelihoodLayout,
  LookupLayout,
  NormalizeGradientLayout,
  NormalizeLayout,
  Opcode,
} from "../src/tensor/compile/instructions";
import { likelihood, likelihoodGradient, likelihoodWeightGradient } from "./likelihood";
import { normalize, normalizeGradient } from "./normalize";
import { address, size } from "./operands";
import { appendRows, attention, attentionGradient, lookup, scatter } from "./sequences";

/** Runs one instruction, as the interpreter does. */
export function language(
  op: u32,
  p: usize,
  out: usize,
  start: i32,
  rows: i32,
  slot: i32,
  thread: i32,
  accumulate: bool,
): void {
  switch (op) {
    case Opcode.Normalize:
      normalize(
        out,
        address(p + NormalizeLayout.A, start, slot, thread),
        size(p + NormalizeLayout.Rows, rows),
        load<i32>(p, NormalizeLayout.Columns),
        load<f32>(p, NormalizeLayout.Epsilon),
      );
      break;
    case Opcode.NormalizeGradient:
      normalizeGradient(
        out,
        address(p + NormalizeGradientLayout.Gradient, start, slot, thread),
        address(p + NormalizeGradientLayout.A, start, slot, thread),
        address(p + NormalizeGradientLayout.Normalized, start, slot, thread),
        size(p + NormalizeGradientLayout.Rows, rows),
        load<i32>(p, NormalizeGradientLayout.Columns),
        load<f32>(p, NormalizeGradientLayout.Epsilon),
      );
      break;
    case Opcode.Lookup:
    case Opcode.Scatter:
    case Opcode.AppendRows: {
      const a = address(p + LookupLayout.A, start, slot, thread);
      const index = address(p + LookupLayout.Index, start, slot, thread);
      const indices = size(p + LookupLayout.Rows, rows);
      const tableRows = load<i32>(p, LookupLayout.TableRows);
      const columns = load<i32>(p, LookupLayout.Columns);
      if (op == Opcode.Lookup) lookup(out, a, index, indices, tableRows, columns);
      else if (op == Opcode.Scatter) scatter(out, a, index, indices, tableRows, columns, accumulate);
      else appendRows(out, a, index, indices, tableRows, columns);
      break;
    }
    case Opcode.Attention:
      attention(
        out,
        address(p + AttentionLayout.A, start, slot, thread),
        address(p + AttentionLayout.Position, start, slot, thread),
        address(p + AttentionLayout.Cache, start, slot, thread),
        address(p + AttentionLayout.At, start, slot, thread),
        address(p + AttentionLayout.Scratch, start, slot, thread),
        size(p + AttentionLayout.Rows, rows),
        load<i32>(p, AttentionLayout.CacheRows),
        load<i32>(p, AttentionLayout.Longest),
        load<i32>(p, AttentionLayout.Columns),
        load<i32>(p, AttentionLayout.Heads),
      );
      break;
    case Opcode.AttentionGradient:
      attentionGradient(
        out,
        address(p + AttentionGradientLayout.Gradient, start, slot, thread),
        address(p + AttentionGradientLayout.Attended, start, slot, thread),
        address(p + AttentionGradientLayout.A, start, slot, thread),
        address(p + AttentionGradientLayout.Position, start, slot, thread),
        address(p + AttentionGradientLayout.Scratch, start, slot, thread),
        size(p + AttentionGradientLayout.Rows, rows),
        load<i32>(p, AttentionGradientLayout.Columns),
        load<i32>(p, AttentionGradientLayout.Heads),
      );
      break;
    case Opcode.Likelihood:
      likelihood(
        out,
        address(p + LikelihoodLayout.A, start, slot, thread),
        address(p + LikelihoodLayout.Weights, start, slot, thread),
        address(p + LikelihoodLayout.Index, start, slot, thread),
        address(p + LikelihoodLayout.Scratch, start, slot, thread),
        size(p + LikelihoodLayout.Rows, rows),
        load<i32>(p, LikelihoodLayout.Columns),
        load<i32>(p, LikelihoodLayout.Words),
      );
      break;
    case Opcode.LikelihoodGradient:
    case Opcode.LikelihoodWeightGradient: {
      const g = address(p + LikelihoodGradientLayout.Gradient, start, slot, thread);
      const y = address(p + LikelihoodGradientLayout.Likelihood, start, slot, thread);
      const h = address(p + LikelihoodGradientLayout.A, start, slot, thread);
      const weights = address(p + LikelihoodGradientLayout.Weights, start, slot, thread);
      const index = address(p + LikelihoodGradientLayout.Index, start, slot, thread);
      const scratch = address(p + LikelihoodGradientLayout.Scratch, start, slot, thread);
      const count = size(p + LikelihoodGradientLayout.Rows, rows);
      const width = load<i32>(p, LikelihoodGradientLayout.Columns);
      const words = load<i32>(p, LikelihoodGradientLayout.Words);
      if (op == Opcode.LikelihoodGradient)
        likelihoodGradient(out, g, y, h, weights, index, scratch, count, width, words);
      else likelihoodWeightGradient(out, g, y, h, weights, index, scratch, count, width, words, accumulate);
      break;
    }
    default:
      unreachable();
  }
}
