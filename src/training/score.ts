// The score of a training's episodes: how many have ended, the mean return of the last ones, and when that reached the
// environment's threshold.

import type { FinishedEpisode } from "../experience/index.ts";
import { copyOf } from "../globals.ts";

/** Episodes that the mean return is taken over. */
const window = 100;

/** A score as a checkpoint holds it. */
export interface ScoreState {
  readonly episodes: number;
  readonly lastReturns: readonly number[];
  readonly solvedAtStep: number | null;
}

/** Counts episodes and their returns. */
export interface Score {
  readonly episodes: number;
  /** Mean return of the last 100 episodes (of all, while they are fewer); null before the first. */
  readonly meanReturn: number | null;
  /** The first step at which the mean of the last 100 returns, of at least 100, reached the threshold. */
  readonly solvedAtStep: number | null;
  count(episode: FinishedEpisode): void;
  getState(): ScoreState;
  setState(state: ScoreState): void;
}

/**
 * A score of no episodes yet.
 *
 * @param threshold the mean return that solves the environment; null if it has none
 */
export function createScore(threshold: number | null): Score {
  let state = { episodes: 0, lastReturns: [] as number[], solvedAtStep: null as number | null };
  const meanReturn = ({ lastReturns }: ScoreState): number | null =>
    lastReturns.length === 0 ? null : lastReturns.reduce((a, b) => a + b, 0) / lastReturns.length;
  return {
    get episodes() {
      return state.episodes;
    },
    get meanReturn() {
      return meanReturn(state);
    },
    get solvedAtStep() {
      return state.solvedAtStep;
    },
    count(episode) {
      const { lastReturns } = state;
      state.episodes++;
      lastReturns.push(episode.return);
      if (lastReturns.length > window) lastReturns.shift();
      if (threshold === null || state.solvedAtStep !== null || lastReturns.length < window) return;
      if (meanReturn(state)! >= threshold) state.solvedAtStep = episode.step;
    },
    getState: () => copyOf(state),
    setState: (saved) => void (state = { ...saved, lastReturns: [...saved.lastReturns] }),
  };
}
