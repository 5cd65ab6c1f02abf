// The instruction set between the planner (TypeScript) and the interpreter (AssemblyScript): both import this file.
//
// A program is a list of 32-bit words. An instruction is its opcode, its length in words, then operands and numbers.
// An operand is two words: an address whose two low bits say what moves it, and the distance in bytes of one step.
// A count is two words too: a fixed part and a part per row.

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
  Sum,
  LogSoftmax,
  Pick,
  Place,
  Columns, // a copied into some columns of rows, between zeros
  Broadcast,
  RowCount,
  ReduceSlots,
  Adam,
}

/** What moves the address of an operand. */
export const enum Moves {
  Fixed,
  Row,
  Slot,
  Thread,
}

/** What a matrix product does to each finished row panel. */
export const enum Epilogue {
  None,
  Tanh,
  Relu,
  TanhGradient,
  ReluGradient,
}
