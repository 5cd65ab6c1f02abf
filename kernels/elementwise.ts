// Elementwise operations. Flat loops round their count up to whole vectors: every buffer is padded to 16 bytes.

import { Opcode } from "../src/tensor/opcodes";
import { exp, log, tanh } from "./vector";

@inline
export function applyUnary(op: i32, x: v128): v128 {
  if (op == Opcode.Neg) return f32x4.neg(x);
  if (op == Opcode.Exp) return exp(x);
  if (op == Opcode.Log) return log(x);
  if (op == Opcode.Sqrt) return f32x4.sqrt(x);
  if (op == Opcode.Square) return f32x4.mul(x, x);
  if (op == Opcode.Tanh) return tanh(x);
  if (op == Opcode.Relu) return f32x4.pmax(x, f32x4.splat(0)); // NaN stays NaN
  return x; // Copy
}

/** out = op(a); `op` is known when compiling. */
@inline
export function flatUnary(op: i32, out: usize, a: usize, count: i32): void {
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
@inline
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
  if (outer == 1) binaryRow(op, out, a, b, inner, aScalar, bScalar);
  else {
    const whole = inner & ~3;
    for (let i = 0; i < outer; i++) {
      if (whole) binaryRow(op, out, a, b, whole, aScalar, bScalar);
      for (let j = whole; j < inner; j++) {
        const at = (<usize>j) << 2;
        const x = v128.load32_zero(aScalar ? a : a + at);
        const y = v128.load32_zero(bScalar ? b : b + at);
        v128.store_lane<f32>(out + at, applyBinary(op, x, y), 0);
      }
      out += (<usize>inner) << 2;
      a += aRow;
      b += bRow;
    }
  }
}

@inline
function binaryRow(op: i32, out: usize, a: usize, b: usize, count: i32, aScalar: bool, bScalar: bool): void {
  const end = out + ((<usize>count) << 2);
  const x = v128.load32_splat(a);
  const y = v128.load32_splat(b);
  if (aScalar) for (; out < end; out += 16, b += 16) v128.store(out, applyBinary(op, x, v128.load(b)));
  else if (bScalar) for (; out < end; out += 16, a += 16) v128.store(out, applyBinary(op, v128.load(a), y));
  else for (; out < end; out += 16, a += 16, b += 16) v128.store(out, applyBinary(op, v128.load(a), v128.load(b)));
}

/** out = condition ≠ 0 ? a : b. */
export function select(out: usize, condition: usize, a: usize, b: usize, count: i32): void {
  const end = out + ((<usize>count) << 2);
  for (; out < end; out += 16, condition += 16, a += 16, b += 16) {
    const chosen = f32x4.ne(v128.load(condition), f32x4.splat(0));
    v128.store(out, v128.bitselect(v128.load(a), v128.load(b), chosen));
  }
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
