// Generalized advantage estimation, and the TD(λ) return that belongs to it.
import { tdError } from "./td.ts";
import type { Trajectories } from "./trajectories.ts";

/**
 * GAE(γ,λ)_t = Σ_l (γλ)^l δ_{t+l}, computed backwards as A_t = δ_t + γλ A_{t+1}
 *
 * The sum ends with the episode, terminated or truncated, and with the rollout; δ of the last step bootstraps from
 * `nextValues` unless it terminated. λ = 0 is TD(0), λ = 1 the Monte Carlo advantage.
 * Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (2016), equation 16.
 *
 * @param out [steps × environments] to write into; allocated when left out
 * @returns `out`
 */
export function gae(
  trajectories: Trajectories,
  { gamma, lambda }: { gamma: number; lambda: number },
  out: Float64Array = new Float64Array(trajectories.rewards.length),
): Float64Array {
  const { steps, environments, terminated, truncated } = trajectories;
  const lastStep = (steps - 1) * environments;
  for (let k = steps * environments - 1; k >= 0; k--) {
    const ends = k >= lastStep || terminated[k] || truncated[k];
    const nextAdvantage = ends ? 0 : out[k + environments];
    out[k] = tdError(trajectories, gamma, k) + gamma * lambda * nextAdvantage;
  }
  return out;
}

/**
 * R̂_t = A_t + V(s_t), the target of the value function: with GAE's advantages the TD(λ) return.
 *
 * @param out to write into; allocated when left out; may be either input
 * @returns `out`
 */
export function lambdaReturns(
  advantages: Float64Array,
  values: Float64Array,
  out: Float64Array = new Float64Array(advantages.length),
): Float64Array {
  for (let k = 0; k < advantages.length; k++) out[k] = advantages[k] + values[k];
  return out;
}
