// Gradient clipping by the global norm, that of all gradients together.

import { add, div, minimum, sqrt, square, sum, type Tensor } from "../tensor/index.ts";

/** √ Σ g² over all elements of all gradients: a scalar. */
export const globalNorm = (gradients: readonly Tensor[]): Tensor =>
  sqrt(gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b)));

/**
 * min(1, maxNorm / (norm + 1e-6)), PyTorch's clip_grad_norm_: the scale that brings a gradient of that norm to at most
 * maxNorm.
 */
export const clipScale = (norm: Tensor, maxNorm: number): Tensor => minimum(1, div(maxNorm, add(norm, 1e-6)));
