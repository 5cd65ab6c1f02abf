// The Fisher information matrix of a policy, by its products with vectors: F = E_s E_a[∇log π(a|s) ∇log π(a|s)ᵀ].

import { add, gradients, mean, mul, stopGradient, sum, type Tensor } from "../tensor/index.ts";

/**
 * F·v as ∇⟨∇ mean KL(π_old ‖ π), v⟩ at π = π_old, where the Hessian of the KL divergence is F: exact over actions, a
 * mean over the rows' states. Schulman et al., "Trust Region Policy Optimization" (2015), appendix C; the product costs
 * about two gradients (Pearlmutter, "Fast Exact Multiplication by the Hessian", 1994), and F is never written down.
 *
 * @param vectors one for each of `variables`, of its shape
 * @returns one for each of `variables`, of its shape
 */
export function fisherVectorProduct(
  { distribution, klFrom }: { readonly distribution: Tensor; klFrom(oldDistribution: Tensor): Tensor },
  variables: readonly Tensor[],
  vectors: readonly Tensor[],
): Tensor[] {
  const kl = mean(klFrom(stopGradient(distribution)));
  const slope = gradients(kl, variables)
    .map((g, i) => sum(mul(g, vectors[i])))
    .reduce((a, b) => add(a, b));
  return gradients(slope, variables);
}
