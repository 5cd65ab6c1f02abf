// The conjugate gradient method: Hestenes & Stiefel (1952). Solves A·x = b by products with A alone.

import { addScaled, dot } from "../math/vectors.ts";

/**
 * Solves A·x = b for a symmetric positive definite A, from x = 0 on, with at most `iterations` products; yields after
 * each, and within those that yield themselves, to share the thread. It ends early, with the x so far, where ‖b − A·x‖² is at most `tolerance` (default 1e-10)
 * times ‖b‖², and where a direction's curvature pᵀA·p is not above 0: A is not positive definite, or rounding ate it up.
 *
 * @param multiply writes A·v into `out`, at once or in slices
 * @returns x, the products that it took, and ‖b − A·x‖² / ‖b‖² as the recursion knows it (0 if b is 0)
 */
export function* conjugateGradient(
  multiply: (v: Float64Array, out: Float64Array) => Generator<void, void> | void,
  b: Float64Array,
  iterations: number,
  tolerance = 1e-10,
): Generator<void, { readonly x: Float64Array; readonly iterations: number; readonly residual: number }> {
  const [x, product] = [new Float64Array(b.length), new Float64Array(b.length)];
  const [residual, direction] = [b.slice(), b.slice()];
  const start = dot(b, b);
  let [squared, k] = [start, 0];
  while (k < iterations && squared > tolerance * start) {
    const slices = multiply(direction, product);
    if (slices) yield* slices;
    k++;
    yield;
    const curvature = dot(direction, product);
    if (!(curvature > 0)) break;
    const step = squared / curvature;
    addScaled(x, step, direction);
    addScaled(residual, -step, product);
    const next = dot(residual, residual);
    const beta = next / squared;
    for (let i = 0; i < direction.length; i++) direction[i] = residual[i] + beta * direction[i];
    squared = next;
  }
  return { x, iterations: k, residual: start > 0 ? squared / start : 0 };
}
