// V-trace: values and advantages of one policy from the steps of another, older one.
import { exp } from "../math/index.ts";
import { tdError } from "./td.ts";
import type { Trajectories } from "./trajectories.ts";

/** Options of {@link vtrace}. */
export interface VTraceOptions {
  /** The discount γ. */
  readonly gamma: number;
  /** Multiplies every c. Default 1, which is the paper's definition. */
  readonly lambda?: number;
  /**
   * ρ̄, at which the weight of a temporal difference is cut off: decides whose value function is learned. Default 1.
   */
  readonly rhoBar?: number;
  /** c̄ ≤ ρ̄, at which the weight of what comes after is cut off: decides how fast, and the variance. Default 1. */
  readonly cBar?: number;
}

/** Targets and advantages, [steps × environments] each. */
export interface VTrace {
  /** v_t, what V(s_t) is fitted to. */
  readonly targets: Float64Array;
  /** ρ_t (r_{t+1} + γ v_{t+1} − V(s_t)), which weighs ∇log π(a_t|s_t). */
  readonly advantages: Float64Array;
}

/**
 * v_t = V(s_t) + Σ_l γ^l (Π_{i<l} c_{t+i}) ρ_{t+l} δ_{t+l}, with ρ = min(ρ̄, π/μ) and c = λ min(c̄, π/μ)
 *
 * π is the policy that learns, μ the one that acted; V is that of the learner. The sum ends with the episode,
 * terminated or truncated, and with the rollout, and bootstraps as `gae` does. With λ < 1 the advantages take (1 − λ)
 * V(s_{t+1}) + λ v_{t+1} for v_{t+1}, so that on-policy (π = μ, ρ̄ and c̄ at least 1) both are those of GAE(γ, λ):
 * advantages A_t, targets A_t + V(s_t). Espeholt et al., "IMPALA: Scalable Distributed Deep-RL with Importance Weighted
 * Actor-Learner Architectures" (2018), equation 1 and section 4.2.
 *
 * @param logRatios log π(a_t|s_t) − log μ(a_t|s_t) [steps × environments]
 * @param out to write into; allocated when left out
 * @returns `out`
 */
export function vtrace(
  trajectories: Trajectories,
  logRatios: ArrayLike<number>,
  { gamma, lambda = 1, rhoBar = 1, cBar = 1 }: VTraceOptions,
  out: VTrace = {
    targets: new Float64Array(trajectories.rewards.length),
    advantages: new Float64Array(trajectories.rewards.length),
  },
): VTrace {
  const { steps, environments, values, terminated, truncated } = trajectories;
  const { targets, advantages } = out;
  const lastStep = (steps - 1) * environments;
  for (let k = steps * environments - 1; k >= 0; k--) {
    const ratio = exp(logRatios[k]);
    const rho = Math.min(rhoBar, ratio);
    const c = Math.min(cBar, ratio);
    const ends = k >= lastStep || terminated[k] || truncated[k];
    const next = k + environments;
    const laterGain = ends ? 0 : gamma * lambda * (targets[next] - values[next]); // γλ (v_{t+1} − V(s_{t+1}))
    const delta = tdError(trajectories, gamma, k);
    targets[k] = values[k] + rho * delta + c * laterGain;
    advantages[k] = rho * (delta + laterGain);
  }
  return out;
}
