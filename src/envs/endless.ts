// Episodes that do not end: whoever needs whole ones gives up on them, and says what helps.

import { RunError } from "../errors.ts";

/** Steps after which an episode counts as endless. */
const longestEpisode = 1_000_000;

/**
 * @param length steps of the episode so far
 * @param what that needs the episode to end, for the message
 * @throws RunError once the episode is longer than any that should be waited for
 */
export function assertEnds(length: number, what: string, longest = longestEpisode): void {
  if (length < longest) return;
  throw new RunError(
    `an episode has not ended after ${longest} steps, and ${what} needs whole episodes: ` +
      `let the environment terminate or truncate them, as timeLimit(env, steps) does, or the option maxEpisodeSteps of ` +
      `environments that have an id`,
  );
}
