// The constant baseline of REINFORCE. (The learned one is V: advantages by `gae` with λ = 1, or `rewardToGo` − V.)

/** A running mean; the object is its whole state and survives JSON. */
export interface ConstantBaseline {
  /** Episodes so far. */
  count: number;
  /** Mean of their returns, b; 0 before the first. */
  mean: number;
}

/**
 * A constant baseline b: the mean of the returns of earlier episodes.
 *
 * E_a[∇log π(a|s) · b] = 0 only if b does not depend on the episode that it is subtracted from: read `mean` for an
 * episode first, and call {@link updateBaseline} with its return afterwards.
 */
export function constantBaseline(): ConstantBaseline {
  return { count: 0, mean: 0 };
}

/**
 * Adds the return of a finished episode to the mean: G_0, or the mean of its G_t if b is subtracted from those.
 */
export function updateBaseline(baseline: ConstantBaseline, episodeReturn: number): void {
  baseline.count++;
  baseline.mean += (episodeReturn - baseline.mean) / baseline.count;
}
