// The losses of policy gradients, as mathematics. Rows are time steps; every mean is over the live rows.

import {
  add,
  clip,
  exp,
  greater,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  square,
  sub,
  sum,
  type Operand,
  type Tensor,
} from "../tensor/index.ts";

/** −E[log π(a|s) Ψ]: its gradient is −∇J's estimate (the policy gradient theorem). */
export const policyGradientLoss = (logProb: Tensor, advantage: Tensor): Tensor => neg(mean(mul(logProb, advantage)));

/** −Σ_t log π(a_t|s_t) Ψ_t: the same, summed over the steps of an episode, as REINFORCE does (Williams 1992). */
export const policyGradientSum = (logProb: Tensor, advantage: Tensor): Tensor => neg(sum(mul(logProb, advantage)));

/** ½ E[(V − R̂)²]. */
export const valueLoss = (value: Tensor, target: Tensor): Tensor => mul(mean(square(sub(value, target))), 0.5);

/** ½ E[max((V − R̂)², (V_old + clip(V − V_old, ±c) − R̂)²)]: PPO's optional value clipping; c = 0 is none. */
export function clippedValueLoss(value: Tensor, oldValue: Tensor, target: Tensor, range: number): Tensor {
  if (range === 0) return valueLoss(value, target);
  const clipped = add(oldValue, clip(sub(value, oldValue), -range, range));
  return mul(mean(maximum(square(sub(value, target)), square(sub(clipped, target)))), 0.5);
}

/** L_π + c_v L_V − c_H E[Ĥ]: what policy, value and entropy are trained by together. */
export const jointLoss = (
  parts: { readonly policyLoss: Tensor; readonly valueLoss: Tensor; readonly entropy: Tensor },
  weights: { readonly valueCoefficient: number; readonly entropyCoefficient: number },
): Tensor =>
  sub(add(parts.policyLoss, mul(parts.valueLoss, weights.valueCoefficient)), mul(parts.entropy, weights.entropyCoefficient)); // prettier-ignore

/** log ρ = log π(a|s) − log π_old(a|s). */
export const logRatio = (logProb: Tensor, oldLogProb: Tensor): Tensor => sub(logProb, oldLogProb);

/** −E[ρA], ρ = π/π_old: the surrogate without any bound on ρ. */
export const surrogateLoss = (ratio: Tensor, advantage: Tensor): Tensor => neg(mean(mul(ratio, advantage)));

/** −E[min(ρA, clip(ρ, 1−ε, 1+ε)A)]: Schulman et al., "Proximal Policy Optimization Algorithms" (2017), equation 7. */
export function ppoClipLoss(ratio: Tensor, advantage: Tensor, epsilon: Operand): Tensor {
  const clipped = clip(ratio, sub(1, epsilon), add(1, epsilon));
  return neg(mean(minimum(mul(ratio, advantage), mul(clipped, advantage))));
}

/** k1 = E[−log ρ]: an unbiased estimate of KL(π_old ‖ π), which may be negative. */
export const approxKlK1 = (logRatio: Tensor): Tensor => neg(mean(logRatio));

/**
 * k3 = E[ρ − 1 − log ρ]: unbiased, never negative, of lower variance (Schulman, "Approximating KL Divergence", 2020).
 */
export const approxKlK3 = (logRatio: Tensor): Tensor => mean(sub(sub(exp(logRatio), 1), logRatio));

/** The fraction of |ρ − 1| > ε. */
export function clipFraction(ratio: Tensor, epsilon: Operand): Tensor {
  const distance = sub(ratio, 1);
  return mean(greater(maximum(distance, neg(distance)), epsilon));
}
