// The instruction set shared by the planner (TypeScript) and the interpreter (AssemblyScript): both import this file,
// so that the one reads what the other writes.
//
// A program is a list of 32-bit words. An instruction is its opcode, its length in words, then its fields. A field is
// - an operand, two words: an address whose two low bits say what moves it, and the distance in bytes of one step;
// - a count, two words: a fixed part and a part per row;
// - or a number, one word.
// A layout gives the offset in bytes of each field, relative to the first. `Out`, where the result goes, is the first
// field of every instruction.

export const enum Opcode {
  Copy,
  Neg,
  Exp,
  Log,
  Sqrt,
  Square,
  Tanh,
  Sigmoid,
  Relu,
  Gelu,
  GeluSlope,
  Add,
  Sub,
  Mul,
  Div,
  Minimum,
  Maximum,
  Greater,
  GreaterEqual,
  TanhGradient, // a · (1 − b²)
  ReluGradient, // b > 0 ? a : 0
  Select,
  Matmul,
  MatmulNarrow, // fewer than four columns, of which each is a contiguous row of the second operand
  Transpose,
  Pack, // a matrix in panels of columns
  PackTransposed, // the same of its transpose
  Sum,
  LogSoftmax,
  Pick,
  Place,
  Columns, // a copied into some columns of rows, between zeros
  Broadcast,
  RowCount,
  ReduceSlots,
  Adam,
  Normalize,
  NormalizeGradient,
  Lookup,
  Scatter,
  AppendRows,
  Attention,
  AttentionGradient,
  Likelihood,
  LikelihoodGradient,
  LikelihoodWeightGradient,
}

/** The words before the fields. */
export const enum Head {
  Opcode = 0,
  Words = 4,
  Bytes = 8,
}

export const enum UnaryLayout {
  Out = 0,
  A = 8,
  Count = 16,
}

/** A grid of outer × inner elements; bytes between rows of a and b; whether each is a scalar within a row. */
export const enum BinaryLayout {
  Out = 0,
  A = 8,
  B = 16,
  Outer = 24,
  Inner = 32,
  ARow = 40,
  BRow = 44,
  AScalar = 48,
  BScalar = 52,
}

export const enum SelectLayout {
  Out = 0,
  Condition = 8,
  A = 16,
  B = 24,
  Count = 32,
}

/**
 * [m, n] = [m, k] · [k, n]; bytes between the rows of a, and between its elements along k; whether b is packed. Scratch
 * has room for k rows of `tileColumns`, or is nowhere.
 */
export const enum MatmulLayout {
  Out = 0,
  A = 8,
  B = 16,
  Bias = 24,
  Aux = 32,
  Scratch = 40,
  M = 48,
  K = 56,
  N = 64,
  ARow = 68,
  AStep = 72,
  Packed = 76,
  SumsRows = 80,
  Epilogue = 84,
}

/**
 * Where the word lies in an engine's memory that says whether products take wide tiles, and where the constants of the
 * kernels lie; memory below `firstAddress` is not for others.
 */
export const wideSwitch = 8;
export const firstAddress = 1024;

/** The product by which tiles are tried: a last panel of rows that is not full, two wide tiles beside each other. */
export const trialRows = 23;
export const trialColumns = 32;
export const trialDepth = 48;

/** What a register tile of products covers of C. */
export const tileRows = 4;
export const tileColumns = 8;
/** Columns of a panel of a packed matrix. */
export const panelColumns = 16;
/** Matrices are packed whose rows, as far as a tile reads them, span more bytes than this, half of a first cache. */
export const packedSpan = 16384;

export const enum MatmulNarrowLayout {
  Out = 0,
  A = 8,
  B = 16,
  Bias = 24,
  M = 32,
  N = 40,
  K = 44,
}

/** For Pack and PackTransposed as well: the rows and columns of a. */
export const enum TransposeLayout {
  Out = 0,
  A = 8,
  Rows = 16,
  Columns = 20,
}

export const enum SumLayout {
  Out = 0,
  A = 8,
  Outer = 16,
  Middle = 24,
  Inner = 32,
  SumsRows = 36,
}

export const enum LogSoftmaxLayout {
  Out = 0,
  A = 8,
  Rows = 16,
  Columns = 24,
}

/** For Pick and Place. */
export const enum PickLayout {
  Out = 0,
  A = 8,
  Index = 16,
  Count = 24,
  Columns = 32,
}

/** The number of columns copied, and of zeros before and after them; bytes between rows. */
export const enum ColumnsLayout {
  Out = 0,
  A = 8,
  Rows = 16,
  Columns = 24,
  Before = 28,
  After = 32,
  OutRow = 36,
  ARow = 40,
}

/** The sizes of four dimensions, the first of which may be the rows; strides of a in elements. */
export const enum BroadcastLayout {
  Out = 0,
  A = 8,
  Size0 = 16,
  Size1 = 24,
  Size2 = 28,
  Size3 = 32,
  Stride0 = 36,
  Stride1 = 40,
  Stride2 = 44,
  Stride3 = 48,
}

export const enum RowCountLayout {
  Out = 0,
}

/** Bytes between slots, and floats in a slot. */
export const enum ReduceSlotsLayout {
  Out = 0,
  Stride = 8,
  Count = 12,
}

export const enum AdamLayout {
  Out = 0,
  FirstMoment = 8,
  SecondMoment = 16,
  Gradient = 24,
  GradientScale = 32,
  StepSize = 40,
  Correction = 48,
  Count = 56,
  Beta1 = 60,
  Beta2 = 64,
  OneMinusBeta1 = 68,
  OneMinusBeta2 = 72,
  Epsilon = 76,
}

export const enum NormalizeLayout {
  Out = 0,
  A = 8,
  Rows = 16,
  Columns = 24,
  Epsilon = 28,
}

export const enum NormalizeGradientLayout {
  Out = 0,
  Gradient = 8,
  A = 16,
  Normalized = 24,
  Rows = 32,
  Columns = 40,
  Epsilon = 44,
}

/** For Lookup, Scatter and AppendRows: rows of x, or of the output, and the number of rows of the table. */
export const enum LookupLayout {
  Out = 0,
  A = 8,
  Index = 16,
  Rows = 24,
  TableRows = 32,
  Columns = 36,
}

/** Cache and At are nowhere where the keys are in the block itself. */
export const enum AttentionLayout {
  Out = 0,
  A = 8,
  Position = 16,
  Cache = 24,
  At = 32,
  Scratch = 40,
  Rows = 48,
  CacheRows = 56,
  Longest = 60,
  Columns = 64,
  Heads = 68,
}

export const enum AttentionGradientLayout {
  Out = 0,
  Gradient = 8,
  Attended = 16,
  A = 24,
  Position = 32,
  Scratch = 40,
  Rows = 48,
  Columns = 56,
  Heads = 60,
}

export const enum LikelihoodLayout {
  Out = 0,
  A = 8,
  Weights = 16,
  Index = 24,
  Scratch = 32,
  Rows = 40,
  Columns = 48,
  Words = 52,
}

/** For both gradients. */
export const enum LikelihoodGradientLayout {
  Out = 0,
  Gradient = 8,
  Likelihood = 16,
  A = 24,
  Weights = 32,
  Index = 40,
  Scratch = 48,
  Rows = 56,
  Columns = 64,
  Words = 68,
}

/** An entry of the segment table: whether it has rows, and the addresses of its first word and just past its last. */
export const enum SegmentLayout {
  HasRows = 0,
  Code = 4,
  End = 8,
  Bytes = 12,
}

/**
 * An entry of the table of strands: the addresses of the first word and just past the last of what runs before its rows, for
 * each block of them, and after them; 0 and 0 where there is nothing.
 */
export const enum StrandLayout {
  Before = 0,
  Rows = 8,
  After = 16,
  Bytes = 24,
}

/** What moves the address of an operand. */
export const enum Moves {
  Fixed,
  Row,
  Slot,
  Thread,
}

/** Words of the vocabulary whose logits a likelihood computes at a time. */
export const vocabularyChunk = 64;

/** What a matrix product does with each finished panel of rows. */
export const enum Epilogue {
  None,
  Tanh,
  Relu,
  TanhGradient,
  ReluGradient,
}
