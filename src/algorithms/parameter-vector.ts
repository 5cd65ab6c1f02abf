// Several tensors as one vector, which steps in the space of all parameters are computed with.

import { concat, reshape, slice, type Engine, type Tensor, type Variable } from "../tensor/index.ts";

const sizeOf = ({ shape }: Tensor): number => (shape as number[]).reduce((a, b) => a * b, 1);

/** Numbers in all of them together. */
export const vectorSize = (tensors: readonly Tensor[]): number => tensors.reduce((n, t) => n + sizeOf(t), 0);

/** Tensors of static shapes one after another: [vectorSize]. */
export const flatten = (tensors: readonly Tensor[]): Tensor => concat(tensors.map((t) => reshape(t, [sizeOf(t)])));

/** The parts of such a vector, in the shapes of `tensors`. */
export function unflatten(vector: Tensor, tensors: readonly Tensor[]): Tensor[] {
  let start = 0;
  return tensors.map((t) => reshape(slice(vector, (start += sizeOf(t)) - sizeOf(t), sizeOf(t)), t.shape));
}

/** The values of variables one after another, in float64. */
export const readVector = (engine: Engine, variables: readonly Variable[]): Float64Array =>
  Float64Array.from(variables.flatMap((v) => Array.from(engine.read(v))));

/** Sets the variables, rounded to float32. */
export function writeVector(engine: Engine, variables: readonly Variable[], vector: Float64Array): void {
  let start = 0;
  for (const v of variables) engine.write(v, vector.subarray(start, (start += sizeOf(v))));
}
