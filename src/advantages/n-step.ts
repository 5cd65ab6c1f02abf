// n-step advantages: between TD(0) and Monte Carlo, by the number of rewards that are used.
import { tdError } from "./td.ts";
import type { Trajectories } from "./trajectories.ts";

/**
 * A^(n)_t = Σ_{l<n} γ^l δ_{t+l} = r_{t+1} + … + γ^{n−1} r_{t+n} + γ^n V(s_{t+n}) − V(s_t)
 *
 * The sum ends early with the episode (its last value counts as 0 where terminated, is bootstrapped where truncated)
 * and with the rollout. n = 1 is TD(0); n ≥ steps is the Monte Carlo advantage. Sutton & Barto (2018), section 7.1.
 *
 * @param n number of rewards, at least 1
 * @param out [steps × environments] to write into; allocated when left out
 * @returns `out`
 */
export function nStepAdvantages(
  trajectories: Trajectories,
  { gamma, n }: { gamma: number; n: number },
  out: Float64Array = new Float64Array(trajectories.rewards.length),
): Float64Array {
  const { steps, environments, terminated, truncated } = trajectories;
  const size = steps * environments;
  for (let first = 0; first < size; first++) {
    let sum = 0;
    let discount = 1;
    for (let l = 0, k = first; l < n && k < size; l++, k += environments) {
      sum += discount * tdError(trajectories, gamma, k);
      if (terminated[k] || truncated[k]) break;
      discount *= gamma;
    }
    out[first] = sum;
  }
  return out;
}
