// Elementwise operations. Flat loops round their count up to whole vectors: every buffer is padded to 16 bytes.

import { Opcode } from "../src/tensor/compile/instructions";
import { hasLanguage } from "./parts";
import { exp, gelu, geluSlope, log, sigmoid, tanh, tanhBy, tanhCoefficient } from "./vector";

@inline
export function applyUnary(op: i32, x: v128): v128 {
  if (op == Opcode.Neg) return f32x4.neg(x);
  if (op == Opcode.Exp) return exp(x);
  if (op == Opcode.Log) return log(x);
  if (op == Opcode.Sqrt) return f32x4.sqrt(x);
  if (op == Opcode.Square) return f32x4.mul(x, x);
  if (op == Opcode.Tanh) return tanh(x);
  if (op == Opcode.Sigmoid) return sigmoid(x);
  if (op == Opcode.Relu) return f32x4.pmax(x, f32x4.splat(0)); // NaN stays NaN
  if (hasLanguage && op == Opcode.Gelu) return gelu(x);
  if (hasLanguage && op == Opcode.GeluSlope) return geluSlope(x);
  return x; // Copy
}

/** out = op(a) over `count` elements. */
export function unary(op: i32, out: usize, a: usize, count: i32): void {
  switch (op) {
    case Opcode.Neg:
      return flatNeg(out, a, count);
    case Opcode.Exp:
      return flatExp(out, a, count);
    case Opcode.Log:
      return flatLog(out, a, count);
    case Opcode.Sqrt:
      return flatSqrt(out, a, count);
    case Opcode.Square:
      return flatSquare(out, a, count);
    case Opcode.Tanh:
      return flatTanh(out, a, count);
    case Opcode.Sigmoid:
      return flatSigmoid(out, a, count);
    case Opcode.Relu:
      return flatRelu(out, a, count);
    case Opcode.Copy:
      return flatCopy(out, a, count);
    default:
      if (!hasLanguage) unreachable();
      else if (op == Opcode.Gelu) flatGelu(out, a, count);
      else flatGeluSlope(out, a, count);
  }
}

// Each loop is a function, which the module exports: else the compiler would inline all of them and fold them into one
// loop with a chain of branches.

export function flatNeg(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Neg, out, a, count);
}

export function flatExp(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Exp, out, a, count);
}

export function flatLog(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Log, out, a, count);
}

export function flatSqrt(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Sqrt, out, a, count);
}

export function flatSquare(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Square, out, a, count);
}

export function flatSigmoid(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Sigmoid, out, a, count);
}

export function flatRelu(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Relu, out, a, count);
}

export function flatGelu(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Gelu, out, a, count);
}

export function flatGeluSlope(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.GeluSlope, out, a, count);
}

export function flatCopy(out: usize, a: usize, count: i32): void {
  flatUnary(Opcode.Copy, out, a, count);
}

/** tanh with its coefficients in registers; matrix products call it too. */
export function flatTanh(out: usize, a: usize, count: i32): void {
  const low = tanhCoefficient(0);
  const high = tanhCoefficient(1);
  const p4 = tanhCoefficient(2);
  const p3 = tanhCoefficient(3);
  const p2 = tanhCoefficient(4);
  const p1 = tanhCoefficient(5);
  const p0 = tanhCoefficient(6);
  const q4 = tanhCoefficient(7);
  const q3 = tanhCoefficient(8);
  const q2 = tanhCoefficient(9);
  const q1 = tanhCoefficient(10);
  const q0 = tanhCoefficient(11);
  const end = out + ((<usize>count) << 2);
  for (; out + 32 <= end; out += 32, a += 32) {
    const x = tanhBy(v128.load(a), low, high, p4, p3, p2, p1, p0, q4, q3, q2, q1, q0);
    const y = tanhBy(v128.load(a, 16), low, high, p4, p3, p2, p1, p0, q4, q3, q2, q1, q0);
    v128.store(out, x);
    v128.store(out, y, 16);
  }
  for (; out < end; out += 16, a += 16) v128.store(out, tanh(v128.load(a)));
}

/** out = op(a, b) over `count` elements; an epilogue of products. */
export function flatTanhGradient(out: usize, a: usize, b: usize, count: i32): void {
  flatBinary(Opcode.TanhGradient, out, a, b, count);
}

/** Its rectified sibling. */
export function flatReluGradient(out: usize, a: usize, b: usize, count: i32): void {
  flatBinary(Opcode.ReluGradient, out, a, b, count);
}

@inline
function flatBinary(op: i32, out: usize, a: usize, b: usize, count: i32): void {
  const end = out + ((<usize>count) << 2);
  for (; out + 32 <= end; out += 32, a += 32, b += 32) {
    const x = applyBinary(op, v128.load(a), v128.load(b));
    const y = applyBinary(op, v128.load(a, 16), v128.load(b, 16));
    v128.store(out, x);
    v128.store(out, y, 16);
  }
  for (; out < end; out += 16, a += 16, b += 16) v128.store(out, applyBinary(op, v128.load(a), v128.load(b)));
}

/** `op` is known when compiling: each has its own loop. */
@inline
function flatUnary(op: i32, out: usize, a: usize, count: i32): void {
  const end = out + ((<usize>count) << 2);
  // Two vectors at a time: the polynomials are chains, and two chains overlap.
  for (; out + 32 <= end; out += 32, a += 32) {
    const x = applyUnary(op, v128.load(a));
    const y = applyUnary(op, v128.load(a, 16));
    v128.store(out, x);
    v128.store(out, y, 16);
  }
  for (; out < end; out += 16, a += 16) v128.store(out, applyUnary(op, v128.load(a)));
}

@inline
export function applyBinary(op: i32, x: v128, y: v128): v128 {
  if (op == Opcode.Add) return f32x4.add(x, y);
  if (op == Opcode.Sub) return f32x4.sub(x, y);
  if (op == Opcode.Mul) return f32x4.mul(x, y);
  if (op == Opcode.Div) return f32x4.div(x, y);
  if (op == Opcode.Minimum) return f32x4.min(x, y);
  if (op == Opcode.Maximum) return f32x4.max(x, y);
  if (op == Opcode.Greater) return v128.and(f32x4.gt(x, y), f32x4.splat(1));
  if (op == Opcode.GreaterEqual) return v128.and(f32x4.ge(x, y), f32x4.splat(1));
  if (op == Opcode.TanhGradient) return f32x4.mul(x, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
  return v128.and(x, f32x4.gt(y, f32x4.splat(0))); // ReluGradient
}

/**
 * out[i, j] = op(a, b) for i < outer, j < inner; an operand moves by its row stride per i, and per j by one element or,
 * as a scalar for the row, not at all.
 */
export function binary(
  op: i32,
  out: usize,
  a: usize,
  b: usize,
  outer: i32,
  inner: i32,
  aRow: usize,
  bRow: usize,
  aScalar: bool,
  bScalar: bool,
): void {
  switch (op) {
    case Opcode.Add:
      return grid(Opcode.Add, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.Sub:
      return grid(Opcode.Sub, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.Mul:
      return grid(Opcode.Mul, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.Div:
      return grid(Opcode.Div, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.Minimum:
      return grid(Opcode.Minimum, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.Maximum:
      return grid(Opcode.Maximum, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.Greater:
      return grid(Opcode.Greater, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.GreaterEqual:
      return grid(Opcode.GreaterEqual, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    case Opcode.TanhGradient:
      return grid(Opcode.TanhGradient, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
    default:
      return grid(Opcode.ReluGradient, out, a, b, outer, inner, aRow, bRow, aScalar, bScalar);
  }
}

/** `op` is known when compiling. */
@inline
function grid(
  op: i32,
  out: usize,
  a: usize,
  b: usize,
  outer: i32,
  inner: i32,
  aRow: usize,
  bRow: usize,
  aScalar: bool,
  bScalar: bool,
): void {
  if (outer == 1 && !aScalar && !bScalar) {
    flatBinary(op, out, a, b, inner); // a single row may run into its padding; several lie close together
    return;
  }
  const whole = inner & ~3;
  for (let i = 0; i < outer; i++) {
    const x = v128.load32_splat(a);
    const y = v128.load32_splat(b);
    let j = 0;
    if (!aScalar && !bScalar)
      for (; j + 8 <= whole; j += 8) {
        const at = (<usize>j) << 2;
        const x0 = applyBinary(op, v128.load(a + at), v128.load(b + at));
        const x1 = applyBinary(op, v128.load(a + at, 16), v128.load(b + at, 16));
        v128.store(out + at, x0);
        v128.store(out + at, x1, 16);
      }
    for (; j < whole; j += 4) {
      const at = (<usize>j) << 2;
      v128.store(out + at, applyBinary(op, aScalar ? x : v128.load(a + at), bScalar ? y : v128.load(b + at)));
    }
    for (; j < inner; j++) {
      const at = (<usize>j) << 2;
      const result = applyBinary(op, aScalar ? x : v128.load32_zero(a + at), bScalar ? y : v128.load32_zero(b + at));
      v128.store_lane<f32>(out + at, result, 0);
    }
    out += (<usize>inner) << 2;
    a += aRow;
    b += bRow;
  }
}

/** out = condition ≠ 0 ? a : b. */
export function select(out: usize, condition: usize, a: usize, b: usize, count: i32): void {
  const end = out + ((<usize>count) << 2);
  for (; out < end; out += 16, condition += 16, a += 16, b += 16) {
    const chosen = f32x4.ne(v128.load(condition), f32x4.splat(0));
    v128.store(out, v128.bitselect(v128.load(a), v128.load(b), chosen));
  }
}

/** Each row of `out` becomes `before` zeros, `count` columns of a's row, `after` zeros; strides in bytes. */
export function columns(
  out: usize,
  a: usize,
  rows: i32,
  count: i32,
  before: i32,
  after: i32,
  outRow: usize,
  aRow: usize,
): void {
  const bytes = (<usize>count) << 2;
  for (let i = 0; i < rows; i++, out += outRow, a += aRow) {
    let to = zeros(out, before);
    let from = a;
    const end = to + bytes;
    for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
    for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from));
    zeros(to, after);
  }
}

/** Writes `count` zeros and returns the address behind them. */
@inline
function zeros(to: usize, count: i32): usize {
  const end = to + ((<usize>count) << 2);
  for (; to < end; to += 4) store<f32>(to, 0);
  return to;
}

/** out[i, j, k, l] = a at those four strides (elements; 0 repeats). */
export function broadcast(
  out: usize,
  a: usize,
  d0: i32,
  d1: i32,
  d2: i32,
  d3: i32,
  s0: i32,
  s1: i32,
  s2: i32,
  s3: i32,
): void {
  for (let i = 0; i < d0; i++)
    for (let j = 0; j < d1; j++)
      for (let k = 0; k < d2; k++) {
        let source = a + ((<usize>(i * s0 + j * s1 + k * s2)) << 2);
        for (let l = 0; l < d3; l++) {
          store<f32>(out, load<f32>(source));
          out += 4;
          source += (<usize>s3) << 2;
        }
      }
}
