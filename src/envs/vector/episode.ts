// What a vector of environments reports of each episode that ends.

/** An episode that has ended. */
export interface Episode {
  /** Index of the environment in its vector. */
  environment: number;
  /** Sum of the rewards, not discounted. */
  return: number;
  /** Number of steps. */
  length: number;
}
