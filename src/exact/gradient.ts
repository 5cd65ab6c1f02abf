// The exact policy gradient on a finite MDP, in three ways that have nothing but the policy and the tables in common.
import type { Mdp } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { valueText } from "../text/values.ts";
import { addScore, policyOf } from "./policy.ts";
import { objective } from "./series.ts";
import { assertGamma, readTables } from "./tables.ts";
import { eachTrajectory, type Limits } from "./trajectories.ts";
import { values } from "./values.ts";

/** The ways to the exact gradient, in the order of a comparison. */
export const ways = ["trajectories", "dynamic programming", "differences"] as const;

/** How a gradient is computed. */
export interface GradientOptions extends Limits {
  /** γ of the objective, 0 to 1. */
  readonly gamma: number;
  /** Default "dynamic programming", which is the fastest. */
  readonly by?: (typeof ways)[number];
}

/**
 * ∇J(θ) of the tabular softmax policy, J = E[Σ_t γ^t r_{t+1}]:
 *
 * - "trajectories": Σ_τ P(τ) R(τ) Σ_t ∇log π(a_t|s_t) over all trajectories τ, of which the transitions' probabilities drop
 *   out but for the weight P(τ);
 * - "dynamic programming": the policy gradient theorem, Σ_s d(s) Σ_a ∇π(a|s) Q(s, a), with occupancy and Q from linear
 *   equations. Sutton et al. (2000);
 * - "differences": central differences of fourth order of J, which is the sum of a series.
 *
 * @param theta [states × actions], entry s · actions + a
 * @param options.longest of "trajectories" only: steps within which every episode must have ended; default 100
 * @param options.most of "trajectories" only: trajectories that there may be; default 1,000,000
 * @returns [states × actions]
 * @throws InputError where episodes do not end as the way needs it, or there are too many trajectories, with their number
 */
export function gradient(mdp: Mdp, theta: ArrayLike<number>, options: GradientOptions): Float64Array {
  const { gamma, by = "dynamic programming", ...limits } = options;
  assertGamma(gamma);
  if (by === "trajectories") return byTrajectories(mdp, theta, gamma, limits);
  if (by === "dynamic programming") return byDynamicProgramming(mdp, theta, gamma);
  if (by === "differences") return byDifferences(mdp, theta, gamma);
  throw new InputError(`option "by" is ${valueText(by)}, but must be one of ${ways.map(valueText).join(", ")}`);
}

function byTrajectories(mdp: Mdp, theta: ArrayLike<number>, gamma: number, limits: Limits): Float64Array {
  const policy = policyOf(theta, mdp);
  const total = new Float64Array(theta.length);
  eachTrajectory(mdp, policy, limits, ({ probability, states, actions, rewards }) => {
    const discountedReturn = rewards.reduceRight((rest, reward) => reward + gamma * rest, 0);
    states.forEach((s, t) => addScore(total, policy, mdp.actions, s, actions[t], probability * discountedReturn));
  });
  return total;
}

function byDynamicProgramming(mdp: Mdp, theta: ArrayLike<number>, gamma: number): Float64Array {
  const policy = policyOf(theta, mdp);
  const { q, occupancy } = values(mdp, policy, gamma);
  const total = new Float64Array(theta.length);
  const { actions } = mdp;
  occupancy.forEach((visits, s) => {
    for (let a = s * actions; a < (s + 1) * actions; a++)
      for (let b = s * actions; b < (s + 1) * actions; b++) {
        const slope = policy[a] * ((a === b ? 1 : 0) - policy[b]); // ∂π(a|s)/∂θ[s, b]
        total[b] += visits * q[a] * slope;
      }
  });
  return total;
}

/** Where J is taken, in units of θ. The error is of the order of step⁴, and of the rounding of J divided by step. */
const step = 1e-3;

function byDifferences(mdp: Mdp, theta: ArrayLike<number>, gamma: number): Float64Array {
  const { open } = readTables(mdp);
  const total = new Float64Array(theta.length);
  const moved = Float64Array.from(theta);
  for (const s of open)
    for (let k = s * mdp.actions; k < (s + 1) * mdp.actions; k++) {
      const at = (distance: number): number => {
        moved[k] = theta[k] + distance;
        const j = objective(mdp, policyOf(moved, mdp), gamma);
        moved[k] = theta[k];
        return j;
      };
      total[k] = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    }
  return total;
}
