// Products with the Fisher matrix of a policy, F = E_s E_a[∇log π(a|s) ∇log π(a|s)ᵀ]; vectors of all parameters.

import { add, concat, gradients, mean, mul, reshape, slice, stopGradient, sum } from "../tensor/index.ts";
import type { Engine, Tensor, Variable } from "../tensor/index.ts";

/**
 * F·v as ∇⟨∇ mean KL(π_old ‖ π), v⟩ at π = π_old, where the Hessian of the KL divergence is F: exact over actions, a
 * mean over the rows' states. Schulman et al., "Trust Region Policy Optimization" (2015), appendix C; the product costs
 * about two gradients (Pearlmutter, "Fast Exact Multiplication by the Hessian", 1994), and F is never written down.
 *
 * @param vector [sizeOf(variables)], as the result is
 */
export function fisherVectorProduct(
  { distribution, klFrom }: { readonly distribution: Tensor; klFrom(oldDistribution: Tensor): Tensor },
  variables: readonly Tensor[],
  vector: Tensor,
): Tensor {
  let start = 0;
  const part = (t: Tensor): Tensor =>
    reshape(slice(vector, (start += sizeOf([t])) - sizeOf([t]), sizeOf([t])), t.shape);
  const slopes = gradients(mean(klFrom(stopGradient(distribution))), variables);
  const slope = slopes.map((g, i) => sum(mul(g, part(variables[i])))).reduce((a, b) => add(a, b));
  return flatten(gradients(slope, variables));
}

/** Numbers in tensors of static shapes. */
export const sizeOf = (tensors: readonly Tensor[]): number =>
  tensors.reduce((n, { shape }) => n + (shape as number[]).reduce((a, b) => a * b, 1), 0);
export const flatten = (tensors: readonly Tensor[]): Tensor => concat(tensors.map((t) => reshape(t, [sizeOf([t])])));
export function readVector(engine: Engine, variables: readonly Variable[]): Float64Array {
  const vector = new Float64Array(sizeOf(variables));
  let start = 0;
  for (const v of variables) vector.set(engine.read(v), (start += sizeOf([v])) - sizeOf([v]));
  return vector;
}
/** Sets the variables, rounded to float32. */
export function writeVector(engine: Engine, variables: readonly Variable[], vector: Float64Array): void {
  let start = 0;
  for (const v of variables) engine.write(v, vector.subarray(start, (start += sizeOf([v]))));
}
