// The tabular softmax policy: a parameter θ[s · actions + a] for each state and action.
import type { Mdp } from "../envs/index.ts";
import { exp, log } from "../math/index.ts";
import { assertNumbers, assertProbabilities, type Tables } from "./tables.ts";

/**
 * π(a|s) = exp θ[s, a] / Σ_b exp θ[s, b]
 *
 * @param theta [states × actions], entry s · actions + a; zeros are the uniform policy
 * @returns [states × actions], in the same order
 * @throws InputError if there are not as many parameters, or one is not finite
 */
export function policyOf(theta: ArrayLike<number>, { states, actions }: Pick<Mdp, "states" | "actions">): Float64Array {
  assertNumbers(theta, states * actions, "theta");
  const policy = new Float64Array(states * actions);
  for (let row = 0; row < policy.length; row += actions) {
    let largest = -Infinity;
    for (let a = 0; a < actions; a++) largest = Math.max(largest, theta[row + a]);
    let sum = 0;
    for (let a = 0; a < actions; a++) sum += policy[row + a] = exp(theta[row + a] - largest);
    for (let a = 0; a < actions; a++) policy[row + a] /= sum;
  }
  return policy;
}

/** Stands for a probability of 0, whose logarithm no θ can be. */
const tiny = 1e-300;

/**
 * θ = log π: parameters of which {@link policyOf} makes these probabilities again, whatever policy they are of.
 *
 * @param policy [states × actions]
 */
export const thetaOf = (policy: ArrayLike<number>): Float64Array =>
  Float64Array.from(policy, (probability) => log(Math.max(probability, tiny)));

/**
 * The score ∇_θ log π(a|s) of the softmax policy: in the row of s it is e_a − π(·|s), and 0 in all others.
 *
 * @param policy [states × actions]
 * @returns [states × actions]
 */
export function score(
  policy: ArrayLike<number>,
  { actions }: Pick<Mdp, "actions">,
  state: number,
  action: number,
): Float64Array {
  const gradient = new Float64Array(policy.length);
  addScore(gradient, policy, actions, state, action, 1);
  return gradient;
}

/** into += weight · ∇_θ log π(a|s) */
export function addScore(
  into: Float64Array,
  policy: ArrayLike<number>,
  actions: number,
  state: number,
  action: number,
  weight: number,
): void {
  const row = state * actions;
  for (let b = 0; b < actions; b++) into[row + b] -= weight * policy[row + b];
  into[row + action] += weight;
}

/** @throws InputError unless it has a distribution over actions for each state */
export function assertPolicy(policy: ArrayLike<number>, { states, actions }: Pick<Tables, "states" | "actions">): void {
  assertNumbers(policy, states * actions, "the policy");
  for (let s = 0; s < states; s++)
    assertProbabilities(policy, () => `the policy in state ${s}`, s * actions, (s + 1) * actions);
}
