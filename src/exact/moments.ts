// Mean, bias and variance of estimates, exactly: expectations over all trajectories of a policy.
import type { Mdp } from "../envs/index.ts";
import { estimate, type Estimator } from "./estimators.ts";
import { gradient } from "./gradient.ts";
import { policyOf } from "./policy.ts";
import { assertNumbers } from "./tables.ts";
import { eachTrajectory, type Limits, type Trajectory } from "./trajectories.ts";

/** The moments of a gradient estimate from one trajectory. */
export interface GradientMoments {
  /** E[ĝ] [states × actions]. */
  readonly mean: Float64Array;
  /** ∇J, by dynamic programming [states × actions]. */
  readonly gradient: Float64Array;
  /** E[ĝ] − ∇J [states × actions]. */
  readonly bias: Float64Array;
  /** ‖E[ĝ] − ∇J‖. */
  readonly biasNorm: number;
  /** Of each component [states × actions]. */
  readonly variances: Float64Array;
  /** Their sum, the trace of the covariance: E‖ĝ − E[ĝ]‖². */
  readonly variance: number;
  /** How many trajectories there are. */
  readonly trajectories: number;
}

/**
 * Bias and variance of an estimator of the gradient, by enumeration of all trajectories.
 *
 * @param theta [states × actions], parameters of the softmax policy
 * @param estimator one of `estimators`, or one of your own; its γ is that of the gradient that it is compared with
 * @throws InputError where episodes need not end, or there are too many trajectories, with their number
 */
export function moments(
  mdp: Mdp,
  theta: ArrayLike<number>,
  estimator: Estimator,
  limits: Limits = {},
): GradientMoments {
  const policy = policyOf(theta, mdp);
  const estimateOf = estimate(mdp, theta, estimator);
  const size = policy.length;
  const [mean, squares] = [new Float64Array(size), new Float64Array(size)];
  let [weight, count] = [0, 0];
  eachTrajectory(mdp, policy, limits, (trajectory) => {
    const { probability } = trajectory;
    const g = estimateOf(trajectory);
    weight += probability;
    count++;
    // West (1979): no difference of large numbers.
    for (let k = 0; k < size; k++) {
      const distance = g[k] - mean[k];
      mean[k] += (probability / weight) * distance;
      squares[k] += probability * distance * (g[k] - mean[k]);
    }
  });
  const exact = gradient(mdp, theta, { gamma: estimator.gamma });
  const bias = mean.map((m, k) => m - exact[k]);
  const variances = squares.map((square) => square / weight);
  return {
    mean,
    gradient: exact,
    bias,
    biasNorm: Math.sqrt(bias.reduce((sum, b) => sum + b * b, 0)),
    variances,
    variance: variances.reduce((sum, v) => sum + v, 0),
    trajectories: count,
  };
}

/** The moments of a number that is computed at each step of a trajectory, given s_t and a_t. */
export interface StepMoments {
  /** Σ_t P(s_t = s, a_t = a): how often a pair is met in an episode [states × actions]. */
  readonly visits: Float64Array;
  /** E[f | s, a] [states × actions]; 0 for pairs that are never met. */
  readonly mean: Float64Array;
  /** E[f | s, a] minus what it was compared with [states × actions]; 0 for pairs that are never met. */
  readonly bias: Float64Array;
  /** Var[f | s, a] [states × actions]. */
  readonly variance: Float64Array;
  /** Over all steps, pairs weighted by their visits: the mean bias, the mean of its square, the mean variance. */
  readonly average: { readonly bias: number; readonly squaredBias: number; readonly variance: number };
}

/** What the moments of a step's number are compared with, and how far the enumeration goes. */
export interface MomentsOfOptions extends Limits {
  /** What is right [states × actions], such as `values(…).advantage`. Default: zeros. */
  readonly against?: ArrayLike<number>;
}

/**
 * Mean and variance, given state and action, of a number that belongs to a step: of an advantage estimate, with `against`
 * A^π its bias too. All steps with the same state and action count alike, whatever their t.
 *
 * @param policy π(a|s) [states × actions]
 * @param f the number of step t of a trajectory, or an estimator, whose Ψ_t it then is
 * @throws InputError where episodes need not end, or there are too many trajectories, with their number
 */
export function momentsOf(
  mdp: Mdp,
  policy: ArrayLike<number>,
  f: Estimator | ((trajectory: Trajectory, t: number) => number),
  { against, ...limits }: MomentsOfOptions = {},
): StepMoments {
  const size = mdp.states * mdp.actions;
  if (against !== undefined) assertNumbers(against, size, 'option "against"');
  const numbers =
    typeof f === "function"
      ? (trajectory: Trajectory) => trajectory.states.map((_, t) => f(trajectory, t))
      : f.weights(mdp, policy);
  const [visits, mean, squares] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  eachTrajectory(mdp, policy, limits, (trajectory) => {
    const { probability, states, actions } = trajectory;
    numbers(trajectory).forEach((x, t) => {
      const k = states[t] * mdp.actions + actions[t];
      visits[k] += probability;
      const distance = x - mean[k];
      mean[k] += (probability / visits[k]) * distance;
      squares[k] += probability * distance * (x - mean[k]);
    });
  });
  const isMet = (k: number): boolean => visits[k] > 0;
  const bias = mean.map((m, k) => (isMet(k) ? m - (against?.[k] ?? 0) : 0));
  const variance = squares.map((square, k) => (isMet(k) ? square / visits[k] : 0));
  const all = visits.reduce((sum, n) => sum + n, 0);
  const averaged = (of: (k: number) => number): number => visits.reduce((sum, n, k) => sum + n * of(k), 0) / all;
  return {
    visits,
    mean,
    bias,
    variance,
    average: {
      bias: averaged((k) => bias[k]),
      squaredBias: averaged((k) => bias[k] * bias[k]),
      variance: averaged((k) => variance[k]),
    },
  };
}
