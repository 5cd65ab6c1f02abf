// The TD(0) advantage: one temporal difference.
import type { Trajectories } from "./trajectories.ts";

/**
 * δ_t = r_{t+1} + γ V(s_{t+1}) − V(s_t), with V(s_{t+1}) = 0 where the step terminated.
 *
 * Has the least variance of all, and is biased unless V is V^π. Sutton & Barto (2018), equation 6.5; as an advantage in
 * section 13.5.
 *
 * @param out [steps × environments] to write into; allocated when left out
 * @returns `out`
 */
export function tdAdvantages(
  trajectories: Trajectories,
  { gamma }: { gamma: number },
  out: Float64Array = new Float64Array(trajectories.rewards.length),
): Float64Array {
  const { steps, environments } = trajectories;
  for (let k = 0; k < steps * environments; k++) out[k] = tdError(trajectories, gamma, k);
  return out;
}

/** δ of the step at index k = t · environments + i. */
export function tdError({ rewards, values, nextValues, terminated }: Trajectories, gamma: number, k: number): number {
  // A branch, not a factor of 0: nextValues may hold anything (NaN too) where the episode terminated.
  const nextValue = terminated[k] ? 0 : nextValues[k];
  return rewards[k] + gamma * nextValue - values[k];
}
