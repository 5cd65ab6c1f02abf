// Estimates of the policy gradient from one trajectory: Σ_t γ^t ∇log π(a_t|s_t) Ψ_t, for every Ψ.
import { gae, nStepAdvantages, rewardToGo, tdAdvantages, totalReturn, type Trajectories } from "../advantages/index.ts";
import type { Mdp } from "../envs/index.ts";
import { InputError } from "../errors.ts";
import { valueText } from "../text/values.ts";
import { addScore, policyOf } from "./policy.ts";
import { assertGamma, assertNumbers } from "./tables.ts";
import type { Trajectory } from "./trajectories.ts";
import { values } from "./values.ts";

/** An estimator of the gradient: a weight Ψ_t for each step. */
export interface Estimator {
  /** γ of Ψ, and of the objective whose gradient is estimated. */
  readonly gamma: number;
  /** Whether the term of step t has the factor γ^t. */
  readonly discountTime: boolean;
  /** Prepares Ψ for a policy [states × actions]; the result gives Ψ_t of each step of a trajectory. */
  weights(mdp: Mdp, policy: ArrayLike<number>): (trajectory: Trajectory) => Float64Array;
}

/** What every estimator is told. */
export interface EstimatorOptions {
  /** γ, 0 to 1. */
  readonly gamma: number;
  /** False leaves γ^t out, as is common practice and biased where γ < 1. Default true. */
  readonly discountTime?: boolean;
}

/** The options of estimators with a critic. */
export interface CriticOptions extends EstimatorOptions {
  /** V(s) [states], right or wrong. Default: the policy's own V^π, exactly. */
  readonly v?: ArrayLike<number>;
}

/**
 * The estimators by their Ψ_t. A trajectory that did not terminate is bootstrapped from V(s_{t+1}) at its end by those with
 * a critic, and counts as ended for the others.
 */
export const estimators = {
  /** R(τ) = Σ_k γ^k r_{k+1}, for every step. It takes no γ^t: it is the return that J is the mean of. */
  totalReturn: ({ gamma }: Pick<EstimatorOptions, "gamma">): Estimator =>
    estimator({ gamma, discountTime: false }, () => (trajectory) => totalReturn(columns(trajectory), { gamma })),

  /** G_t = Σ_{k≥0} γ^k r_{t+k+1}: REINFORCE. */
  rewardToGo: (options: EstimatorOptions): Estimator =>
    estimator(options, () => (trajectory) => rewardToGo(columns(trajectory), options)),

  /** G_t − b, with a constant b. */
  constantBaseline: (options: EstimatorOptions & { readonly baseline: number }): Estimator => {
    const { baseline, gamma } = options;
    if (!Number.isFinite(baseline)) throw new InputError(`option "baseline" is ${valueText(baseline)}`);
    return estimator(
      options,
      () => (trajectory) => rewardToGo(columns(trajectory), { gamma }).map((g) => g - baseline),
    );
  },

  /** G_t − V(s_t). */
  valueBaseline: (options: CriticOptions): Estimator =>
    withCritic(options, (steps) => gae(steps, { gamma: options.gamma, lambda: 1 })),

  /** δ_t = r_{t+1} + γV(s_{t+1}) − V(s_t): TD(0). */
  td: (options: CriticOptions): Estimator => withCritic(options, (steps) => tdAdvantages(steps, options)),

  /** A^(n)_t = Σ_{l<n} γ^l δ_{t+l}. */
  nStep: (options: CriticOptions & { readonly n: number }): Estimator => {
    const { n } = options;
    if (!(n >= 1)) throw new InputError(`option "n" is ${valueText(n)}, but must be a number of steps, at least 1`);
    return withCritic(options, (steps) => nStepAdvantages(steps, options));
  },

  /** GAE(γ, λ)_t = Σ_l (γλ)^l δ_{t+l}. */
  gae: (options: CriticOptions & { readonly lambda: number }): Estimator => {
    const { lambda } = options;
    if (!(lambda >= 0 && lambda <= 1))
      throw new InputError(`option "lambda" is ${valueText(lambda)}, but must be within 0 … 1`);
    return withCritic(options, (steps) => gae(steps, options));
  },

  /** A^π(s_t, a_t) of the policy itself, exactly. */
  trueAdvantage: (options: EstimatorOptions): Estimator =>
    estimator(options, (mdp, policy) => {
      const { advantage } = values(mdp, policy, options.gamma);
      return ({ states, actions }) => Float64Array.from(states, (s, t) => advantage[s * mdp.actions + actions[t]]);
    }),
};

/**
 * What an estimator makes of single trajectories.
 *
 * @param theta [states × actions], parameters of the softmax policy that played them
 * @returns a function from a trajectory to Σ_t γ^t ∇log π(a_t|s_t) Ψ_t [states × actions]
 */
export function estimate(
  mdp: Mdp,
  theta: ArrayLike<number>,
  { gamma, discountTime, weights }: Estimator,
): (trajectory: Trajectory) => Float64Array {
  const policy = policyOf(theta, mdp);
  const psi = weights(mdp, policy);
  return (trajectory) => {
    const total = new Float64Array(policy.length);
    let discount = 1;
    psi(trajectory).forEach((weight, t) => {
      addScore(total, policy, mdp.actions, trajectory.states[t], trajectory.actions[t], discount * weight);
      if (discountTime) discount *= gamma;
    });
    return total;
  };
}

function estimator({ gamma, discountTime = true }: EstimatorOptions, weights: Estimator["weights"]): Estimator {
  assertGamma(gamma);
  return { gamma, discountTime, weights };
}

const withCritic = (options: CriticOptions, psi: (steps: Trajectories) => Float64Array): Estimator =>
  estimator(options, (mdp, policy) => {
    const v = options.v ?? values(mdp, policy, options.gamma).v;
    assertNumbers(v, mdp.states, 'option "v"');
    return (trajectory) => psi(columns(trajectory, v));
  });

/** A trajectory as the estimators of src/advantages read it; without a critic, as one that ended. */
function columns({ states, nextStates, rewards, terminated }: Trajectory, v?: ArrayLike<number>): Trajectories {
  const steps = states.length;
  const ended = new Uint8Array(steps);
  ended[steps - 1] = terminated || v === undefined ? 1 : 0;
  const of = (which: readonly number[]): Float64Array => Float64Array.from(which, (s) => v?.[s] ?? 0);
  return {
    steps,
    environments: 1,
    rewards,
    values: of(states),
    nextValues: of(nextStates),
    terminated: ended,
    truncated: new Uint8Array(steps),
  };
}
