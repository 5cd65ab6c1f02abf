// The conjugate gradient method: Hestenes & Stiefel (1952). Solves A·x = b by products with A alone.

export interface ConjugateGradientOptions {
  /** Products at most; in exact arithmetic as many as A has distinct eigenvalues are enough. */
  readonly iterations: number;
  /** Ends as soon as ‖b − A·x‖² is at most this times ‖b‖². Default 1e-10. */
  readonly tolerance?: number;
}

export interface ConjugateGradientResult {
  readonly x: Float64Array;
  /** Products that it took. */
  readonly iterations: number;
  /** ‖b − A·x‖² / ‖b‖², as the recursion knows it; 0 where b is 0. */
  readonly residual: number;
}

/**
 * Solves A·x = b for a symmetric positive definite A, from x = 0 on; after k products x is the best of its Krylov
 * space, span(b, A·b, …, Aᵏ⁻¹·b). Yields after each product, for whoever shares the thread.
 *
 * It ends early, with the x so far, where a direction's curvature pᵀA·p is not above 0: A is not positive definite
 * there, or rounding has eaten the direction up.
 *
 * @param multiply writes A·v into `out`
 */
export function* conjugateGradient(
  multiply: (v: Float64Array, out: Float64Array) => void,
  b: Float64Array,
  { iterations, tolerance = 1e-10 }: ConjugateGradientOptions,
): Generator<void, ConjugateGradientResult> {
  const x = new Float64Array(b.length);
  const residual = b.slice();
  const direction = b.slice();
  const product = new Float64Array(b.length);
  const start = dot(b, b);
  let squared = start;
  let k = 0;
  while (k < iterations && squared > tolerance * start) {
    multiply(direction, product);
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

/** ⟨a, b⟩ */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** y += scale · x */
export function addScaled(y: Float64Array, scale: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = y[i] + scale * x[i];
}
