// The episodes that a policy plays when its training is over, without learning: what a run has come to.

import { isPromise } from "../awaitable.ts";
import { assertFits, episodesInSlices, summarizeEpisodes } from "../training/evaluate.ts";
import { createTurns, type Training } from "../training/index.ts";
import { messageOf } from "../text/values.ts";
import { whole } from "../text/numbers.ts";

/** The seed of final evaluations: the same episodes for all runs, and none that a training has met. */
export const evaluationSeed = 1_000_000;

/** What a policy's episodes came to at the end of its run; `polgrad evaluate` plays the same ones with that seed. */
export interface FinalEvaluation {
  /** Episodes that were played to their end, and how many were asked for. */
  readonly episodes: number;
  readonly asked: number;
  readonly seed: number;
  /** The likeliest action in each state. */
  readonly deterministic: true;
  /** Of the returns, with their standard deviation (n − 1); null where no episode was played to its end. */
  readonly mean: number | null;
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Steps of an episode. */
  readonly meanLength: number | null;
  /** Why they are fewer than were asked for. */
  readonly note?: string;
}

/** How a final evaluation is made. */
export interface FinalEvaluationSettings {
  readonly episodes: number;
  /** Once aborted, there is none. */
  readonly signal?: AbortSignal;
  /** Seconds after which an episode is left in the middle. Default 2. */
  readonly seconds?: number;
}

/**
 * Plays episodes with the policy of a training that is over. What goes wrong there fails no run: it is told in the note.
 *
 * @returns null if it was stopped
 */
export async function evaluateFinally(
  training: Pick<Training, "policy" | "anotherEnv" | "envName">,
  { episodes: asked, signal, seconds = 2 }: FinalEvaluationSettings,
): Promise<FinalEvaluation | null> {
  const returns: number[] = [];
  const lengths: number[] = [];
  const takeTurns = createTurns();
  let note: string | undefined;
  try {
    const env = await training.anotherEnv!();
    assertFits(training.policy, env);
    const end = performance.now() + 1000 * seconds;
    const played = episodesInSlices(training.policy, env, { seed: evaluationSeed }, training.envName!);
    let answer: unknown;
    while (returns.length < asked) {
      const { value: episode } = played.next(answer);
      if (isPromise(episode)) answer = await episode;
      else if (episode) {
        returns.push(episode.return);
        lengths.push(episode.length);
      } else await takeTurns();
      if (signal?.aborted) return null;
      if (returns.length === asked || performance.now() < end) continue;
      note = `${returns.length === 0 ? "none" : "no more"} ended within ${seconds} s`;
      break;
    }
  } catch (error) {
    note = messageOf(error);
  }
  const shared = { episodes: returns.length, asked, seed: evaluationSeed, deterministic: true } as const;
  if (returns.length === 0) return { ...shared, mean: null, std: null, min: null, max: null, meanLength: null, note };
  const { mean, std, min, max } = summarizeEpisodes(returns, lengths);
  const meanLength = lengths.reduce((a, b) => a + b, 0) / lengths.length;
  return { ...shared, mean, std, min, max, meanLength, ...(note !== undefined && { note }) };
}

/** "20 episodes", or "3 of 20 episodes, no more ended within 2 s". */
export function playedEpisodes({ episodes, asked, note }: FinalEvaluation): string {
  const count = episodes === asked ? whole(asked) : `${whole(episodes)} of ${whole(asked)}`;
  return `${count} episode${asked === 1 ? "" : "s"}${note === undefined ? "" : `: ${note}`}`;
}
