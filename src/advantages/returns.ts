// Monte Carlo returns: of whole episodes, and of the rest of the episode at each step.
import type { Trajectories } from "./trajectories.ts";

/**
 * What returns are computed from: {@link Trajectories}, without values, except optionally those of cut-off episodes.
 */
export type Rewards = Pick<Trajectories, "steps" | "environments" | "rewards" | "terminated" | "truncated"> & {
  /**
   * V(s_{t+1}). With it, an episode that was truncated, or that the rollout leaves unfinished, is bootstrapped with
   * γ V(final observation); without it, the episode counts as having ended there.
   */
  readonly nextValues?: Float64Array;
};

/**
 * Reward-to-go, G_t = Σ_{k≥0} γ^k r_{t+k+1}, to the end of the episode that step t belongs to.
 *
 * @param timeDiscount true multiplies by γ^t (t counted from the episode's first step in the rollout), as the gradient
 *   of the discounted objective requires: ∇J = E[Σ_t γ^t ∇log π(a_t|s_t) G_t], Sutton & Barto (2018), section 13.3.
 *   Default false, which is common practice.
 * @param out [steps × environments] to write into; allocated when left out
 * @returns `out`
 */
export function rewardToGo(
  trajectories: Rewards,
  { gamma, timeDiscount = false }: { gamma: number; timeDiscount?: boolean },
  out: Float64Array = new Float64Array(trajectories.rewards.length),
): Float64Array {
  const { steps, environments, rewards, terminated, truncated, nextValues } = trajectories;
  const lastStep = (steps - 1) * environments;
  for (let k = steps * environments - 1; k >= 0; k--) {
    let next: number; // what step t + 1 and all after it are worth
    if (terminated[k]) next = 0;
    else if (truncated[k] || k >= lastStep) next = nextValues ? nextValues[k] : 0;
    else next = out[k + environments];
    out[k] = rewards[k] + gamma * next;
  }
  if (timeDiscount) multiplyByTimeDiscount(trajectories, { gamma }, out);
  return out;
}

/**
 * Total return, R(τ) = Σ_k γ^k r_{k+1}: at each step the return of the whole episode that the step belongs to (the part
 * within the rollout).
 *
 * @param out [steps × environments] to write into; allocated when left out
 * @returns `out`
 */
export function totalReturn(
  trajectories: Rewards,
  { gamma }: { gamma: number },
  out: Float64Array = new Float64Array(trajectories.rewards.length),
): Float64Array {
  const { steps, environments, terminated, truncated } = trajectories;
  rewardToGo(trajectories, { gamma }, out);
  // R(τ) = G_0, carried forward from each episode's first step.
  for (let k = environments; k < steps * environments; k++) {
    const previous = k - environments;
    if (!terminated[previous] && !truncated[previous]) out[k] = out[previous];
  }
  return out;
}

/**
 * Multiplies the weight of step t of an episode by γ^t, in place. This turns the weights of common practice into those
 * of the discounted objective's gradient, for all of them (G_t − b, δ_t, GAE, …) but R(τ), which takes no γ^t.
 *
 * @param startTimes per environment, how many steps of its open episode came before this rollout. Default: none.
 * @returns `weights`
 */
export function multiplyByTimeDiscount(
  { steps, environments, terminated, truncated }: Pick<Rewards, "steps" | "environments" | "terminated" | "truncated">,
  { gamma, startTimes }: { gamma: number; startTimes?: ArrayLike<number> },
  weights: Float64Array,
): Float64Array {
  for (let i = 0; i < environments; i++) {
    let discount = 1; // γ^t by products: no pow, and the same bits wherever the rollout was cut
    for (let t = startTimes?.[i] ?? 0; t > 0; t--) discount *= gamma;
    for (let t = 0, k = i; t < steps; t++, k += environments) {
      weights[k] *= discount;
      discount = terminated[k] || truncated[k] ? 1 : discount * gamma;
    }
  }
  return weights;
}
