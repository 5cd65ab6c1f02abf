// The instructions of each operation of the kernel graph. The table has an entry for every kind; leaving one out does
// not compile.

import type { AdamStep } from "../graph/updates.ts";
import { countOf, type BinaryGrid, type Count } from "./counts.ts";
import {
  AdamLayout,
  AttentionGradientLayout,
  AttentionLayout,
  BinaryLayout,
  BroadcastLayout,
  ColumnsLayout,
  Epilogue,
  LikelihoodGradientLayout,
  LikelihoodLayout,
  LogSoftmaxLayout,
  LookupLayout,
  MatmulLayout,
  MatmulNarrowLayout,
  NormalizeGradientLayout,
  NormalizeLayout,
  Opcode,
  PickLayout,
  ReduceSlotsLayout,
  RowCountLayout,
  SelectLayout,
  SumLayout,
  TransposeLayout,
  UnaryLayout,
} from "./instructions.ts";
import { reducesRows, type KernelKind, type KernelNode, type KernelOperationOf } from "./kernel-graph.ts";
import { fixed, instruction, type OpcodesOf, type OperandPlace } from "./words.ts";

/** A node with its place `out`, its first three inputs, and a function that gives the places of inputs. */
interface Site {
  readonly n: KernelNode;
  readonly out: OperandPlace;
  readonly a: KernelNode;
  readonly b: KernelNode;
  readonly c: KernelNode;
  /** The memory that the node works in, if it needs any. */
  readonly scratch: OperandPlace;
  operand(n: KernelNode): OperandPlace;
}

interface EncodingAt<Kind extends KernelKind> extends Site {
  readonly operation: KernelOperationOf<Kind>;
}

export type Encodings = { readonly [Kind in KernelKind]: (at: EncodingAt<Kind>) => number[] };

/** The words that compute a node. */
export function encodeNode(
  n: KernelNode,
  operand: (n: KernelNode) => OperandPlace,
  scratch: OperandPlace = nowhere,
): number[] {
  const [a, b, c] = n.inputs as [KernelNode, KernelNode, KernelNode];
  const rule = encodings[n.operation.kind] as (at: EncodingAt<KernelKind>) => number[];
  return rule({ operation: n.operation, n, out: operand(n), a, b, c, scratch, operand });
}

const encodings: Encodings = {
  leaf: ({ operation, out }) =>
    operation.tensor.operation.kind === "rowCount" ? instruction(Opcode.RowCount, { [RowCountLayout.Out]: out }) : [],
  alias: () => [],

  copy: unary(Opcode.Copy),
  neg: unary(Opcode.Neg),
  exp: unary(Opcode.Exp),
  log: unary(Opcode.Log),
  sqrt: unary(Opcode.Sqrt),
  square: unary(Opcode.Square),
  tanh: unary(Opcode.Tanh),
  sigmoid: unary(Opcode.Sigmoid),
  relu: unary(Opcode.Relu),
  gelu: unary(Opcode.Gelu),
  geluSlope: unary(Opcode.GeluSlope),

  add: binary(Opcode.Add),
  sub: binary(Opcode.Sub),
  mul: binary(Opcode.Mul),
  div: binary(Opcode.Div),
  minimum: binary(Opcode.Minimum),
  maximum: binary(Opcode.Maximum),
  greater: binary(Opcode.Greater),
  greaterEqual: binary(Opcode.GreaterEqual),
  tanhGradient: binary(Opcode.TanhGradient),
  reluGradient: binary(Opcode.ReluGradient),

  select: ({ n, out, a, b, c, operand }) =>
    instruction(Opcode.Select, {
      [SelectLayout.Out]: out,
      [SelectLayout.Condition]: operand(a),
      [SelectLayout.A]: operand(b),
      [SelectLayout.B]: operand(c),
      [SelectLayout.Count]: countOf(n.shape),
    }),
  matmul: (at) => (at.operation.narrow ? narrowMatmul(at) : matmul(at)),
  transpose: reordered(Opcode.Transpose),
  pack: (at) => reordered(at.operation.transposed ? Opcode.PackTransposed : Opcode.Pack)(at),
  sum: ({ operation, n, out, a, operand }) =>
    instruction(Opcode.Sum, {
      [SumLayout.Out]: out,
      [SumLayout.A]: operand(a),
      [SumLayout.Outer]: operation.outer,
      [SumLayout.Middle]: operation.middle,
      [SumLayout.Inner]: operation.inner,
      [SumLayout.SumsRows]: Number(reducesRows(n)),
    }),
  broadcast: ({ operation: { sizes, strides }, out, a, operand }) =>
    instruction(Opcode.Broadcast, {
      [BroadcastLayout.Out]: out,
      [BroadcastLayout.A]: operand(a),
      [BroadcastLayout.Size0]: countOf(sizes.slice(0, 1)),
      [BroadcastLayout.Size1]: sizes[1] as number,
      [BroadcastLayout.Size2]: sizes[2] as number,
      [BroadcastLayout.Size3]: sizes[3] as number,
      [BroadcastLayout.Stride0]: strides[0],
      [BroadcastLayout.Stride1]: strides[1],
      [BroadcastLayout.Stride2]: strides[2],
      [BroadcastLayout.Stride3]: strides[3],
    }),
  logSoftmax: ({ out, a, operand }) =>
    instruction(Opcode.LogSoftmax, {
      [LogSoftmaxLayout.Out]: out,
      [LogSoftmaxLayout.A]: operand(a),
      [LogSoftmaxLayout.Rows]: leading(a),
      [LogSoftmaxLayout.Columns]: width(a),
    }),
  pick: ({ n, out, a, b, operand }) =>
    instruction(Opcode.Pick, {
      [PickLayout.Out]: out,
      [PickLayout.A]: operand(a),
      [PickLayout.Index]: operand(b),
      [PickLayout.Count]: countOf(n.shape),
      [PickLayout.Columns]: width(a),
    }),
  place: ({ n, out, a, b, operand }) =>
    instruction(Opcode.Place, {
      [PickLayout.Out]: out,
      [PickLayout.A]: operand(a),
      [PickLayout.Index]: operand(b),
      [PickLayout.Count]: countOf(a.shape),
      [PickLayout.Columns]: width(n),
    }),
  slice: ({ operation, n, out, a, operand }) => copyColumns(out, columnsFrom(operand(a), operation.start), a, n, n),
  pad: ({ operation, n, out, a, operand }) => copyColumns(out, operand(a), a, n, a, operation.before),
  concat({ n, out, operand }) {
    let start = 0;
    return n.inputs.flatMap((x) => {
      const words = copyColumns(columnsFrom(out, start), operand(x), x, n, x, 0, 0);
      start += width(x);
      return words;
    });
  },

  normalize: ({ operation, out, a, operand }) =>
    instruction(Opcode.Normalize, {
      [NormalizeLayout.Out]: out,
      [NormalizeLayout.A]: operand(a),
      [NormalizeLayout.Rows]: leading(a),
      [NormalizeLayout.Columns]: width(a),
      [NormalizeLayout.Epsilon]: { float: operation.epsilon },
    }),
  normalizeGradient: ({ operation, out, a, b, c, operand }) =>
    instruction(Opcode.NormalizeGradient, {
      [NormalizeGradientLayout.Out]: out,
      [NormalizeGradientLayout.Gradient]: operand(a),
      [NormalizeGradientLayout.A]: operand(b),
      [NormalizeGradientLayout.Normalized]: operand(c),
      [NormalizeGradientLayout.Rows]: leading(a),
      [NormalizeGradientLayout.Columns]: width(a),
      [NormalizeGradientLayout.Epsilon]: { float: operation.epsilon },
    }),
  lookup: ({ n, out, a, b, operand }) => indexedRows(Opcode.Lookup, out, operand(a), operand(b), n, a),
  scatter: ({ n, out, a, b, operand }) => indexedRows(Opcode.Scatter, out, operand(a), operand(b), a, n),
  appendRows: ({ n, out, b, c, operand }) => indexedRows(Opcode.AppendRows, out, operand(b), operand(c), b, n),
  attention({ operation: { heads, longest }, n, out, a, b, c, scratch, operand }) {
    const at = n.inputs[3] as KernelNode | undefined;
    return instruction(Opcode.Attention, {
      [AttentionLayout.Out]: out,
      [AttentionLayout.A]: operand(a),
      [AttentionLayout.Position]: operand(b),
      [AttentionLayout.Cache]: at ? operand(c) : nowhere,
      [AttentionLayout.At]: at ? operand(at) : nowhere,
      [AttentionLayout.Scratch]: scratch,
      [AttentionLayout.Rows]: leading(a),
      [AttentionLayout.CacheRows]: at ? (c.shape[0] as number) : 0,
      [AttentionLayout.Longest]: longest ?? 0,
      [AttentionLayout.Columns]: width(a) / 3,
      [AttentionLayout.Heads]: heads,
    });
  },
  attentionGradient: ({ operation, n, out, a, b, c, scratch, operand }) =>
    instruction(Opcode.AttentionGradient, {
      [AttentionGradientLayout.Out]: out,
      [AttentionGradientLayout.Gradient]: operand(a),
      [AttentionGradientLayout.Attended]: operand(b),
      [AttentionGradientLayout.A]: operand(c),
      [AttentionGradientLayout.Position]: operand(n.inputs[3]),
      [AttentionGradientLayout.Scratch]: scratch,
      [AttentionGradientLayout.Rows]: leading(c),
      [AttentionGradientLayout.Columns]: width(c) / 3,
      [AttentionGradientLayout.Heads]: operation.heads,
    }),
  likelihood: ({ out, a, b, c, scratch, operand }) =>
    instruction(Opcode.Likelihood, {
      [LikelihoodLayout.Out]: out,
      [LikelihoodLayout.A]: operand(a),
      [LikelihoodLayout.Weights]: operand(b),
      [LikelihoodLayout.Index]: operand(c),
      [LikelihoodLayout.Scratch]: scratch,
      [LikelihoodLayout.Rows]: leading(a),
      [LikelihoodLayout.Columns]: width(a),
      [LikelihoodLayout.Words]: b.shape[0] as number,
    }),
  likelihoodGradient: likelihoodGradient(Opcode.LikelihoodGradient),
  likelihoodWeightGradient: likelihoodGradient(Opcode.LikelihoodWeightGradient),
};

/** Rows of a matrix at the rows of a table that indices name. */
const indexedRows = (
  opcode: OpcodesOf<LookupLayout>,
  out: OperandPlace,
  a: OperandPlace,
  index: OperandPlace,
  rows: KernelNode,
  table: KernelNode,
): number[] =>
  instruction(opcode, {
    [LookupLayout.Out]: out,
    [LookupLayout.A]: a,
    [LookupLayout.Index]: index,
    [LookupLayout.Rows]: leading(rows),
    [LookupLayout.TableRows]: table.shape[0] as number,
    [LookupLayout.Columns]: width(table),
  });

function likelihoodGradient(opcode: OpcodesOf<LikelihoodGradientLayout>) {
  return ({ n, out, scratch, operand }: Site): number[] => {
    const [g, y, h, weights, index] = n.inputs;
    return instruction(opcode, {
      [LikelihoodGradientLayout.Out]: out,
      [LikelihoodGradientLayout.Gradient]: operand(g),
      [LikelihoodGradientLayout.Likelihood]: operand(y),
      [LikelihoodGradientLayout.A]: operand(h),
      [LikelihoodGradientLayout.Weights]: operand(weights),
      [LikelihoodGradientLayout.Index]: operand(index),
      [LikelihoodGradientLayout.Scratch]: scratch,
      [LikelihoodGradientLayout.Rows]: leading(h),
      [LikelihoodGradientLayout.Columns]: width(h),
      [LikelihoodGradientLayout.Words]: weights.shape[0] as number,
    });
  };
}

function reordered(opcode: OpcodesOf<TransposeLayout>) {
  return ({ out, a, operand }: Site): number[] =>
    instruction(opcode, {
      [TransposeLayout.Out]: out,
      [TransposeLayout.A]: operand(a),
      [TransposeLayout.Rows]: a.shape[0] as number,
      [TransposeLayout.Columns]: a.shape[1] as number,
    });
}

function unary(opcode: OpcodesOf<UnaryLayout>) {
  return ({ n, out, a, operand }: Site): number[] => flat(opcode, out, operand(a), n);
}

/** Elementwise, without broadcasting: as many elements as the node has. */
const flat = (opcode: OpcodesOf<UnaryLayout>, out: OperandPlace, a: OperandPlace, n: KernelNode): number[] =>
  instruction(opcode, { [UnaryLayout.Out]: out, [UnaryLayout.A]: a, [UnaryLayout.Count]: countOf(n.shape) });

function binary(opcode: OpcodesOf<BinaryLayout>) {
  return ({ operation: { grid }, out, a, b, operand }: Site & { operation: { grid: BinaryGrid } }): number[] =>
    instruction(opcode, {
      [BinaryLayout.Out]: out,
      [BinaryLayout.A]: operand(a),
      [BinaryLayout.B]: operand(b),
      [BinaryLayout.Outer]: grid.outer,
      [BinaryLayout.Inner]: grid.inner,
      [BinaryLayout.ARow]: grid.aRow * 4,
      [BinaryLayout.BRow]: grid.bRow * 4,
      [BinaryLayout.AScalar]: Number(grid.aScalar),
      [BinaryLayout.BScalar]: Number(grid.bScalar),
    });
}

function narrowMatmul({ operation, n, out, a, b, operand }: EncodingAt<"matmul">): number[] {
  return instruction(Opcode.MatmulNarrow, {
    [MatmulNarrowLayout.Out]: out,
    [MatmulNarrowLayout.A]: operand(a),
    [MatmulNarrowLayout.B]: operand(b),
    [MatmulNarrowLayout.Bias]: operation.hasBias ? operand(n.inputs[2]) : nowhere,
    [MatmulNarrowLayout.M]: leading(n),
    [MatmulNarrowLayout.N]: width(n),
    [MatmulNarrowLayout.K]: width(a),
  });
}

function matmul({ operation, n, out, a, b, scratch, operand }: EncodingAt<"matmul">): number[] {
  const { transposeA, packed, hasBias, epilogue } = operation;
  const usesAux = epilogue === Epilogue.TanhGradient || epilogue === Epilogue.ReluGradient;
  const rowBytes = width(a) * 4;
  return instruction(Opcode.Matmul, {
    [MatmulLayout.Out]: out,
    [MatmulLayout.A]: operand(a),
    [MatmulLayout.B]: operand(b),
    [MatmulLayout.Bias]: hasBias ? operand(n.inputs[2]) : nowhere,
    [MatmulLayout.Aux]: usesAux ? operand(n.inputs.at(-1)!) : nowhere,
    [MatmulLayout.Scratch]: scratch,
    [MatmulLayout.M]: leading(n),
    [MatmulLayout.K]: transposeA ? leading(a) : countOf(a.shape.slice(1)),
    [MatmulLayout.N]: width(n),
    [MatmulLayout.ARow]: transposeA ? 4 : rowBytes,
    [MatmulLayout.AStep]: transposeA ? rowBytes : 4,
    [MatmulLayout.Packed]: Number(packed),
    [MatmulLayout.SumsRows]: Number(reducesRows(n)),
    [MatmulLayout.Epilogue]: epilogue,
  });
}

/** What kernels take for a missing operand. */
const nowhere = fixed(0);

/** The size of the last axis. */
const width = (n: KernelNode): number => n.shape.at(-1) as number;

/** The number of elements of all axes but the last. */
const leading = (n: KernelNode): Count => countOf(n.shape.slice(0, -1));

/** The same rows, from a later column on. */
const columnsFrom = (operand: OperandPlace, column: number): OperandPlace => ({
  ...operand,
  address: operand.address + column * 4,
});

/** Copies the columns of `copied` from rows of `source` into rows of `target`, with zeros before and after them. */
function copyColumns(
  out: OperandPlace,
  a: OperandPlace,
  source: KernelNode,
  target: KernelNode,
  copied: KernelNode,
  before = 0,
  after = width(target) - before - width(copied),
): number[] {
  return instruction(Opcode.Columns, {
    [ColumnsLayout.Out]: out,
    [ColumnsLayout.A]: a,
    [ColumnsLayout.Rows]: leading(copied),
    [ColumnsLayout.Columns]: width(copied),
    [ColumnsLayout.Before]: before,
    [ColumnsLayout.After]: after,
    [ColumnsLayout.OutRow]: width(target) * 4,
    [ColumnsLayout.ARow]: width(source) * 4,
  });
}

/** Some neighbouring elements. */
export interface Range {
  readonly from: number;
  readonly count: number;
}

/** The words that copy a value. */
export const encodeCopy = (out: OperandPlace, from: OperandPlace, n: KernelNode): number[] =>
  flat(Opcode.Copy, out, from, n);

/** The words that add up the slots of sums over rows into the first slot; `count` floats from `base` on. */
export const encodeReduceSlots = (base: number, count: number, stride: number): number[] =>
  instruction(Opcode.ReduceSlots, {
    [ReduceSlotsLayout.Out]: fixed(base),
    [ReduceSlotsLayout.Stride]: stride,
    [ReduceSlotsLayout.Count]: count,
  });

/** The words of a step of Adam for some elements, given the places of its tensors. */
export function encodeAdam(
  step: AdamStep,
  at: Readonly<Record<AdamOperand, OperandPlace>>,
  { from, count }: Range,
): number[] {
  const part = (place: OperandPlace): OperandPlace => ({ ...place, address: place.address + 4 * from });
  return instruction(Opcode.Adam, {
    [AdamLayout.Out]: part(at.variable),
    [AdamLayout.FirstMoment]: part(at.firstMoment),
    [AdamLayout.SecondMoment]: part(at.secondMoment),
    [AdamLayout.Gradient]: part(at.gradient),
    [AdamLayout.GradientScale]: at.gradientScale,
    [AdamLayout.StepSize]: at.stepSize,
    [AdamLayout.Correction]: at.correction,
    [AdamLayout.Count]: count,
    [AdamLayout.Beta1]: { float: step.beta1 },
    [AdamLayout.Beta2]: { float: step.beta2 },
    [AdamLayout.OneMinusBeta1]: { float: 1 - step.beta1 },
    [AdamLayout.OneMinusBeta2]: { float: 1 - step.beta2 },
    [AdamLayout.Epsilon]: { float: step.epsilon },
  });
}

type AdamOperand =
  "variable" | "firstMoment" | "secondMoment" | "gradient" | "gradientScale" | "stepSize" | "correction";
