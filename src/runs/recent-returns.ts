// The mean return over a window of steps: how well a policy plays now. The mean of the last 100 episodes tells it late,
// because episodes of a good policy may be long: 100 of 500 steps are half of a run of 100,000.

/** The share of a run's steps that the window spans, and how many episodes it holds at least, however long they are. */
const windowShare = 0.02;
const leastEpisodes = 10;

/** Steps that the window spans in a run of so many. */
export const windowOf = (steps: number): number => Math.max(1, Math.round(windowShare * steps));

/** Returns over a window of steps: see {@link recentReturns}. */
export interface RecentReturns {
  /** Steps that the window spans. */
  readonly windowSteps: number;
  /** The mean after each episode; while there are fewer than ten, of all. */
  readonly means: readonly { readonly step: number; readonly mean: number }[];
  /** The first step at which a mean of ten episodes or more reached the threshold; null if none did, or there is none. */
  readonly reachedAtStep: number | null;
}

/**
 * After each episode, the mean return of those that ended in the last 2 % of the run's steps, and of the last ten where
 * fewer did.
 *
 * @param episodes in the order in which they ended; one whose return is not finite does not count
 * @param steps how many the run has done
 */
export function recentReturns(
  episodes: readonly { readonly step: number; readonly return: number }[],
  steps: number,
  threshold: number | null,
): RecentReturns {
  const windowSteps = windowOf(steps);
  const counted = episodes.filter((episode) => Number.isFinite(episode.return));
  let from = 0;
  let sum = 0;
  let reachedAtStep: number | null = null;
  const means = counted.map(({ step, return: total }, i) => {
    sum += total;
    while (i - from >= leastEpisodes && counted[from].step <= step - windowSteps) sum -= counted[from++].return;
    const count = i + 1 - from;
    const mean = sum / count;
    if (threshold !== null && count >= leastEpisodes && mean >= threshold) reachedAtStep ??= step;
    return { step, mean };
  });
  return { windowSteps, means, reachedAtStep };
}
