// Small things that every file needs. Rounding is part of the result here: sums keep Box2D's order.

import { epsilon, pi } from "./settings";

@inline
export function smaller(a: f32, b: f32): f32 {
  return a < b ? a : b;
}

@inline
export function larger(a: f32, b: f32): f32 {
  return a > b ? a : b;
}

@inline
export function clamp(x: f32, low: f32, high: f32): f32 {
  return larger(low, smaller(x, high));
}

@inline
export function dot(ax: f32, ay: f32, bx: f32, by: f32): f32 {
  return ax * bx + ay * by;
}

@inline
export function cross(ax: f32, ay: f32, bx: f32, by: f32): f32 {
  return ax * by - ay * bx;
}

@inline
export function length(x: f32, y: f32): f32 {
  return sqrt<f32>(x * x + y * y);
}

/** 1 / length, or 1 where there is no direction. */
@inline
export function scaleToUnit(length: f32): f32 {
  return length < epsilon ? 1 : <f32>1 / length;
}

/** The bits are the same: zeros of different sign are not, a NaN may be. */
@inline
export function same(a: f32, b: f32): bool {
  return reinterpret<u32>(a) == reinterpret<u32>(b);
}

/** The whole turns in an angle, in radians. */
@inline
export function turns(angle: f32): f32 {
  const turn: f32 = <f32>2 * pi;
  return turn * floor<f32>(angle / turn);
}
