// Where the KL penalty stands, and what of it: estimators of KL(π ‖ π_ref) from the token that was drawn (Schulman,
// "Approximating KL Divergence", 2020), in the reward or in the loss. An estimator that is right as a number need not
// be so as a loss: its gradient is that of another thing. With ℓ = log π − log π_ref, ρ = π / π_old:
//
//   k1 = ℓ      k2 = ½ ℓ²      k3 = exp(−ℓ) − 1 + ℓ

import { add, exp, mul, neg, square, stopGradient, sub, type Tensor } from "../tensor/index.ts";

/** Where the penalty can stand, and what of it: docs/guide.md says what each comes to. */
export const klPenalties = ["k1-in-reward", "k2-in-loss", "weighted-k3-in-loss", "k1-in-loss", "k3-in-loss"] as const;

/** One of `klPenalties`. */
export type KlPenalty = (typeof klPenalties)[number];

/** Why a penalty's expected gradient is not that of KL(π ‖ π_ref), where it is not. */
export const klPenaltyBias: Readonly<Partial<Record<KlPenalty, string>>> = {
  "k1-in-loss": "its expected gradient is 0, so that it holds nothing",
  "k3-in-loss": "its expected gradient is that of another divergence, KL(π_ref ‖ π)",
};

/**
 * A token's term in the loss, to be weighted by β; undefined where the penalty is in the reward.
 *
 * - `k1-in-reward`: −β ℓ is part of the return. With γ = 1 the expected gradient is that of the divergence of whole texts.
 * - `k2-in-loss`: ρ k2, ρ taken as a constant; the expected gradient is that of each token's KL(π(·|s) ‖ π_ref(·|s)), and
 *   omits that a token also leads to others.
 * - `weighted-k3-in-loss`: ρ k3, ρ being differentiated: the same gradient, token by token; as a number never negative.
 * - `k1-in-loss`, `k3-in-loss`: biased, see {@link klPenaltyBias}; for comparison.
 *
 * @param ratio ρ
 */
export function klTerm(
  penalty: KlPenalty,
  logProb: Tensor,
  referenceLogProb: Tensor,
  ratio: Tensor,
): Tensor | undefined {
  if (penalty === "k1-in-reward") return undefined;
  const k1 = sub(logProb, referenceLogProb);
  if (penalty === "k1-in-loss") return k1;
  if (penalty === "k2-in-loss") return mul(stopGradient(ratio), mul(square(k1), 0.5));
  const k3 = add(sub(exp(neg(k1)), 1), k1);
  return penalty === "k3-in-loss" ? k3 : mul(ratio, k3);
}
