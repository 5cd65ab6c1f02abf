// The two-step MDP, all of it: its trajectories, their scores, ∇J in two ways, and how the mean of estimates comes to it.

import { advantages, createGenerator, exact } from "polgrad";
import { scoresByDifferences } from "polgrad/experiments/score-differences";
import { apart, norm, twoStepMdp } from "polgrad/experiments/small-mdps";
import type { Create } from "../../worker/simulation.ts";
import type { TheoremConfiguration } from "./settings.ts";

/** One of the eight, with what it is made of. */
export interface ShownTrajectory {
  readonly actions: readonly number[];
  /** 1 is the upper middle state, 2 the lower one. */
  readonly middle: number;
  readonly rewards: readonly number[];
  /** R(τ). */
  readonly total: number;
  /** p(τ), and its four factors: π(a₀|s₀), P(s₁|s₀, a₀), π(a₁|s₁). */
  readonly probability: number;
  readonly factors: readonly number[];
  /** ∇log π(a₀|s₀) and ∇log π(a₁|s₁), by the six parameters. */
  readonly scores: readonly (readonly number[])[];
  /** ∇log p(τ), measured on the whole product. */
  readonly measured: readonly number[];
  /** The largest difference between that and the sum of the two scores. */
  readonly remainder: number;
}

export interface TheoremSnapshot {
  readonly j: number;
  readonly trajectories: readonly ShownTrajectory[];
  /** ∇J by dynamic programming, and by the mean over trajectories, by the six parameters. */
  readonly gradient: readonly number[];
  readonly mean: readonly number[];
  readonly apart: number;
  /** Episodes, the root mean square error of their mean over repetitions, and what the variance lets expect. */
  readonly convergence: readonly [episodes: number[], measured: (number | null)[], expected: number[]];
  readonly repetitions: number;
  readonly episodes: number;
}

const gamma = 1;
/** The terminal state's have no part. */
const parameters = 6;
const sizes = Array.from({ length: 12 }, (_, i) => 2 << i);
const repetitions = 50;

export const create: Create<TheoremConfiguration, TheoremSnapshot> = async (first) => {
  let shown: Omit<TheoremSnapshot, "convergence" | "repetitions" | "episodes">;
  let convergence: ReturnType<typeof createConvergence>;

  function setUp({ up0, up1, first, upper, lower, seed }: TheoremConfiguration): void {
    const mdp = twoStepMdp({ transitions: [[up0, 1 - up0], [up1, 1 - up1]] }); // prettier-ignore
    const theta = exact.thetaOf([first, upper, lower, 0.5].flatMap((zero) => [zero, 1 - zero]));
    const policy = exact.policyOf(theta, mdp);
    const differences = scoresByDifferences(mdp, theta);
    const trajectories = exact.trajectories(mdp, policy).map((trajectory, i): ShownTrajectory => {
      const { states, actions, rewards, nextStates, probability, terminated } = trajectory;
      const scores = states.map((s, t) => exact.score(policy, mdp, s, actions[t]));
      const sum = scores[0].map((x, k) => x + scores[1][k]);
      const ends = Uint8Array.from(states, (_, t) => (t === states.length - 1 && terminated ? 1 : 0));
      const steps = { steps: states.length, environments: 1, rewards, terminated: ends, truncated: new Uint8Array(states.length) }; // prettier-ignore
      return {
        actions: [...actions],
        middle: nextStates[0],
        rewards: [...rewards],
        total: advantages.totalReturn(steps, { gamma })[0],
        probability,
        factors: [policy[states[0] * 2 + actions[0]], chanceOf(mdp, states[0], actions[0], nextStates[0]), policy[states[1] * 2 + actions[1]]], // prettier-ignore
        scores: scores.map((score) => Array.from(score.subarray(0, parameters))),
        measured: differences[i].slice(0, parameters),
        remainder: apart(sum, differences[i]),
      };
    });
    const [gradient, mean] = (["dynamic programming", "trajectories"] as const).map((by) => exact.gradient(mdp, theta, { gamma, by })); // prettier-ignore
    shown = {
      j: exact.values(mdp, policy, gamma).j,
      trajectories,
      gradient: Array.from(gradient.subarray(0, parameters)),
      mean: Array.from(mean.subarray(0, parameters)),
      apart: apart(gradient, mean),
    };
    convergence = createConvergence(mdp, theta, seed);
  }
  setUp(first);

  let last = first;
  return {
    pace: 3,
    get done() {
      return convergence.done;
    },
    step: () => convergence.step(),
    snapshot: () => ({ ...shown, ...convergence.snapshot() }),
    adjust(next) {
      const { trajectory: _, ...others } = next as TheoremConfiguration;
      const same = Object.entries(others).every(([name, value]) => last[name as keyof typeof others] === value);
      last = next as TheoremConfiguration;
      if (!same) setUp(last);
      return true;
    },
  };
};

/** P(s′|s, a), from the tables. */
const chanceOf = (mdp: ReturnType<typeof twoStepMdp>, state: number, action: number, next: number): number =>
  mdp.outcomes(state, action).find((outcome) => outcome.next === next)!.probability;

/** Means of more and more estimates, repeated: each step doubles their number. */
function createConvergence(mdp: ReturnType<typeof twoStepMdp>, theta: Float64Array, seed: number) {
  const policy = exact.policyOf(theta, mdp);
  const estimator = exact.estimators.rewardToGo({ gamma });
  const { gradient, variance: spread } = exact.moments(mdp, theta, estimator);
  const estimateOf = exact.estimate(mdp, theta, estimator);
  const generator = createGenerator(seed);
  const sums = Array.from({ length: repetitions }, () => new Float64Array(theta.length));
  const errors: number[] = [];
  let drawn = 0;
  return {
    get done() {
      return errors.length === sizes.length;
    },
    step() {
      const size = sizes[errors.length];
      for (const sum of sums)
        for (let n = drawn; n < size; n++)
          estimateOf(exact.sampleTrajectory(mdp, policy, generator)).forEach((x, k) => (sum[k] += x));
      drawn = size;
      const squares = sums.map((sum) => norm(sum.map((x, k) => x / size - gradient[k]))).map((error) => error * error);
      errors.push(Math.sqrt(squares.reduce((a, b) => a + b) / repetitions));
    },
    snapshot: () => ({
      convergence: [sizes, sizes.map((_, i) => errors[i] ?? null), sizes.map((n) => Math.sqrt(spread / n))] as TheoremSnapshot["convergence"], // prettier-ignore
      repetitions,
      episodes: drawn,
    }),
  };
}
