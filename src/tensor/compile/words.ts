// Instructions as 32-bit words, following the layouts of instructions.ts.

import type { Count } from "./counts.ts";
import {
  Head,
  Moves,
  type AdamLayout,
  type AttentionGradientLayout,
  type AttentionLayout,
  type BinaryLayout,
  type BroadcastLayout,
  type ColumnsLayout,
  type LikelihoodGradientLayout,
  type LikelihoodLayout,
  type LogSoftmaxLayout,
  type LookupLayout,
  type MatmulLayout,
  type MatmulNarrowLayout,
  type NormalizeGradientLayout,
  type NormalizeLayout,
  type Opcode,
  type PickLayout,
  type ReduceSlotsLayout,
  type RowCountLayout,
  type SelectLayout,
  type SumLayout,
  type TransposeLayout,
  type UnaryLayout,
} from "./instructions.ts";

/** Where a value lies, and how its address moves from block to block. */
export interface OperandPlace {
  readonly address: number;
  readonly moves: Moves;
  /** Bytes from row to row, slot to slot or thread to thread. */
  readonly stride: number;
}

export const fixed = (address: number): OperandPlace => ({ address, moves: Moves.Fixed, stride: 0 });

/** A number stored as float32; plain numbers are stored as integers. */
interface Float {
  readonly float: number;
}

type Field = number | Float | OperandPlace | Count;

/** The layout of each instruction; leaving one out does not compile. */
export type Layouts = ForEveryOpcode<{
  [Opcode.Copy]: UnaryLayout;
  [Opcode.Neg]: UnaryLayout;
  [Opcode.Exp]: UnaryLayout;
  [Opcode.Log]: UnaryLayout;
  [Opcode.Sqrt]: UnaryLayout;
  [Opcode.Square]: UnaryLayout;
  [Opcode.Tanh]: UnaryLayout;
  [Opcode.Sigmoid]: UnaryLayout;
  [Opcode.Relu]: UnaryLayout;
  [Opcode.Gelu]: UnaryLayout;
  [Opcode.GeluSlope]: UnaryLayout;
  [Opcode.Add]: BinaryLayout;
  [Opcode.Sub]: BinaryLayout;
  [Opcode.Mul]: BinaryLayout;
  [Opcode.Div]: BinaryLayout;
  [Opcode.Minimum]: BinaryLayout;
  [Opcode.Maximum]: BinaryLayout;
  [Opcode.Greater]: BinaryLayout;
  [Opcode.GreaterEqual]: BinaryLayout;
  [Opcode.TanhGradient]: BinaryLayout;
  [Opcode.ReluGradient]: BinaryLayout;
  [Opcode.Select]: SelectLayout;
  [Opcode.Matmul]: MatmulLayout;
  [Opcode.MatmulNarrow]: MatmulNarrowLayout;
  [Opcode.Transpose]: TransposeLayout;
  [Opcode.Pack]: TransposeLayout;
  [Opcode.PackTransposed]: TransposeLayout;
  [Opcode.Sum]: SumLayout;
  [Opcode.LogSoftmax]: LogSoftmaxLayout;
  [Opcode.Pick]: PickLayout;
  [Opcode.Place]: PickLayout;
  [Opcode.Columns]: ColumnsLayout;
  [Opcode.Broadcast]: BroadcastLayout;
  [Opcode.RowCount]: RowCountLayout;
  [Opcode.ReduceSlots]: ReduceSlotsLayout;
  [Opcode.Adam]: AdamLayout;
  [Opcode.Normalize]: NormalizeLayout;
  [Opcode.NormalizeGradient]: NormalizeGradientLayout;
  [Opcode.Lookup]: LookupLayout;
  [Opcode.Scatter]: LookupLayout;
  [Opcode.AppendRows]: LookupLayout;
  [Opcode.Attention]: AttentionLayout;
  [Opcode.AttentionGradient]: AttentionGradientLayout;
  [Opcode.Likelihood]: LikelihoodLayout;
  [Opcode.LikelihoodGradient]: LikelihoodGradientLayout;
  [Opcode.LikelihoodWeightGradient]: LikelihoodGradientLayout;
}>;
export type ForEveryOpcode<Table extends Record<Opcode, number>> = Table;

/** The opcodes of a layout. */
export type OpcodesOf<Layout> = { [Code in Opcode]: Layouts[Code] extends Layout ? Code : never }[Opcode];

/** The words of an instruction. Its fields are keyed by their offsets; leaving one out does not compile. */
export function instruction<Code extends Opcode>(
  opcode: Code,
  fields: Readonly<Record<Layouts[Code], Field>>,
): number[] {
  const words: number[] = [opcode, 0];
  // Keys that are integers come in ascending order.
  for (const offset in fields) {
    const field: Field = fields[offset as unknown as Layouts[Code]];
    if (words.length * 4 !== Head.Bytes + Number(offset))
      throw new RangeError(`instruction ${opcode}: the field before byte ${offset} does not end there`);
    if (typeof field === "number") words.push(field);
    else if ("float" in field) words.push(new Uint32Array(new Float32Array([field.float]).buffer)[0]);
    else if ("moves" in field) words.push(field.address + field.moves, field.stride);
    else words.push(field.fixed, field.perRow);
  }
  words[Head.Words / 4] = words.length;
  return words;
}
