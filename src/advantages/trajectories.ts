// The data that every advantage estimator reads: steps of several environments side by side.

/**
 * Steps × environments, time-major: entry `t * environments + i` is step t of environment i. A column holds one episode
 * after another, where the last one may be unfinished.
 */
export interface Trajectories {
  /** Number of steps of each environment. */
  readonly steps: number;
  /** Number of environments. */
  readonly environments: number;
  /** r_{t+1}, the reward that followed the action of step t. */
  readonly rewards: Float64Array;
  /** V(s_t). */
  readonly values: Float64Array;
  /**
   * V(s_{t+1}): the value of the observation that followed step t within the same episode, so at the end of
   * an episode the value of its final observation, never of the next episode's first. Not read where `terminated`.
   */
  readonly nextValues: Float64Array;
  /** 1 where step t ended the episode in a state of value 0. Takes precedence over `truncated`. */
  readonly terminated: Uint8Array;
  /** 1 where step t was cut off, and is bootstrapped from `nextValues`. */
  readonly truncated: Uint8Array;
}
