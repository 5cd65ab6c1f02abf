// A guard against episodes that never end, for what needs whole episodes.

import { RunError } from "../errors.ts";

/** Steps after which an episode counts as endless. */
const longestEpisode = 1_000_000;

/**
 * Gives up on an episode that is too long to wait for.
 *
 * @param length steps of the episode so far
 * @param what the part of the message that says what needs the episode to end
 * @throws RunError once the episode has `longest` steps
 */
export function assertEnds(length: number, what: string, longest = longestEpisode): void {
  if (length < longest) return;
  throw new RunError(
    `an episode has not ended after ${longest} steps, and ${what} needs whole episodes: ` +
      "end them by timeLimit(env, steps) or, in a training, by maxEpisodeSteps",
  );
}
