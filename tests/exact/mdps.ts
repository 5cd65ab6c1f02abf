// Small MDPs for tests of exact results, and policies for them.
import type { Mdp } from "../../src/envs/index.ts";
import { cliffWalking } from "../../src/envs/toy-text/cliff-walking.ts";
import { frozenLake } from "../../src/envs/toy-text/frozen-lake.ts";
import { terraces, type TerracesOptions } from "../../src/envs/toy-text/terraces.ts";
import { twoStep, type TwoStepOptions } from "../../src/envs/toy-text/two-step.ts";
import { createGenerator } from "../../src/random/index.ts";

export const twoSteps = (options?: TwoStepOptions): Mdp => twoStep(options).mdp!;
export const terrace = (options?: TerracesOptions): Mdp => terraces(options).mdp!;
export const lake = (): Mdp => frozenLake().mdp!;
export const cliff = (): Mdp => cliffWalking().mdp!;

/**
 * One state and two actions: 0 ends the episode with a reward of 1, 1 goes on with a reward of 2. Under π(1) = p the value
 * is (1 − p + 2p) / (1 − γp).
 */
export const goesOn: Mdp = {
  states: 1,
  actions: 2,
  start: [1],
  outcomes: (_, action) => [{ probability: 1, next: 0, reward: 1 + action, terminated: action === 0 }],
};

/** Parameters between −1.5 and 1.5. */
export function randomTheta({ states, actions }: Mdp, seed: number): Float64Array {
  const generator = createGenerator(seed);
  return Float64Array.from({ length: states * actions }, () => generator.uniform(-1.5, 1.5));
}

/** The largest difference between two arrays of equal length. */
export const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), a.length === b.length ? 0 : Infinity);
