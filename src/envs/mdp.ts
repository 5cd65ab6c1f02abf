// A finite Markov decision process as tables: the possible outcomes of each action in each state.
import type { Drawing } from "./drawing.ts";

/** One possible outcome of an action. */
export interface Outcome {
  probability: number;
  /** The state that follows. */
  next: number;
  reward: number;
  /** The episode ends with it: what follows is worth 0. */
  terminated: boolean;
}

/** A finite Markov decision process. */
export interface Mdp {
  /** How many there are; they are numbered from 0. */
  states: number;
  actions: number;
  /** Probability that an episode begins in each state. */
  start: readonly number[];
  /** The possible outcomes of an action in a state: at least one, with probabilities that sum to 1. */
  outcomes(state: number, action: number): readonly Outcome[];
  /** A picture of a state. */
  draw?(state: number): Drawing;
}
