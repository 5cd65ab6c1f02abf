// The same episodes, and what two estimators make of them: with G_t alone, and with a baseline taken off.

import { createGenerator, exact, type Mdp } from "polgrad";
import { norm, randomTheta, terracesMdp } from "polgrad/experiments/small-mdps";
import type { Create } from "../../worker/simulation.ts";
import type { BaselinesConfiguration } from "./settings.ts";

/** An estimator: its cloud, and what is exactly true of it. */
export interface Lane {
  /** Estimates, seen along ∇J and across it: x, y, x, y, … */
  readonly cloud: Float32Array;
  /** Where their mean is, in the same plane. */
  readonly centre: readonly [number, number];
  /** E‖ĝ − E[ĝ]‖², over all trajectories. */
  readonly spread: number;
  /** ‖E[ĝ] − ∇J‖. */
  readonly bias: number;
}

export interface BaselinesSnapshot {
  readonly episodes: number;
  readonly lanes: readonly [plain: Lane, chosen: Lane];
  /** ‖∇J‖: where the mean of both must come to. */
  readonly length: number;
  /** The variance with constants from 0 to 12, and with V(s). */
  readonly byConstant: readonly (readonly [b: number, spread: number])[];
  readonly withValue: number;
  /** The last episode, step by step. */
  readonly last: readonly {
    readonly state: number;
    readonly action: number;
    readonly received: number;
    readonly goes: number;
    readonly taken: number;
    readonly left: number;
  }[];
  /** E_a[∇log π(a|s₀) b(s₀)], its norm. */
  readonly identity: number;
}

const gamma = 1;
const [perStep, most] = [10, 600];
const constants = Array.from({ length: 25 }, (_, i) => i / 2);

type Trajectory = ReturnType<typeof exact.sampleTrajectory>;
const { estimators } = exact;

export const create: Create<BaselinesConfiguration, BaselinesSnapshot> = async (first) => {
  let configuration = first;
  const mdp = raised(terracesMdp({ length: 3, noise: first.noise }), first.level);
  const theta = randomTheta(mdp, 2);
  const policy = exact.policyOf(theta, mdp);
  const { v } = exact.values(mdp, policy, gamma);
  const plain = estimators.rewardToGo({ gamma });
  const { gradient } = exact.moments(mdp, theta, plain);
  const length = norm(gradient);
  const plainOf = exact.estimate(mdp, theta, plain);
  const plane = [gradient.map((x) => x / length), across(gradient)];
  const spreadOf = (estimator: ReturnType<typeof estimators.rewardToGo>) =>
    exact.moments(mdp, theta, estimator).variance;
  const byConstant = constants.map((b) => [b, spreadOf(estimators.constantBaseline({ gamma, baseline: b }))] as const);
  const withValue = spreadOf(estimators.valueBaseline({ gamma }));

  const generator = createGenerator(first.seed);
  const trajectories: Trajectory[] = [];
  const plainLane = lane(plain, plainOf);
  let chosen = choose();

  /** A direction across ∇J in which plain estimates spread much: of episodes that have nothing to do with the run. */
  function across(gradient: Float64Array): Float64Array {
    const other = createGenerator(0);
    const along = gradient.map((x) => x / norm(gradient));
    const estimates = Array.from({ length: 300 }, () => plainOf(exact.sampleTrajectory(mdp, policy, other))).map((g) =>
      g.map((x, k) => x - dot(g, along) * along[k]),
    );
    let direction = estimates[0];
    for (let i = 0; i < 20; i++) {
      const next = new Float64Array(direction.length);
      for (const g of estimates) g.forEach((x, k) => (next[k] += dot(g, direction) * x));
      direction = next.map((x) => x / norm(next));
    }
    return direction;
  }

  function lane(
    estimator: ReturnType<typeof estimators.rewardToGo>,
    estimateOf: (trajectory: Trajectory) => Float64Array,
  ) {
    const moments = exact.moments(mdp, theta, estimator);
    const points: number[] = [];
    const sums = [0, 0];
    return {
      add(trajectory: Trajectory) {
        const g = estimateOf(trajectory);
        plane.forEach((direction, i) => {
          const x = dot(g, direction);
          sums[i] += x;
          points.push(x);
        });
      },
      snapshot: (): Lane => ({
        cloud: Float32Array.from(points),
        centre: [sums[0], sums[1]].map((x) => (points.length === 0 ? NaN : (2 * x) / points.length)) as [
          number,
          number,
        ],
        spread: moments.variance,
        bias: moments.biasNorm,
      }),
    };
  }

  /** The lane with what is taken off, over all episodes so far. */
  function choose() {
    const { kind, b } = configuration;
    const estimator = kind === "constant" ? estimators.constantBaseline({ gamma, baseline: b }) : estimators.valueBaseline({ gamma }); // prettier-ignore
    const made = lane(estimator, exact.estimate(mdp, theta, estimator));
    for (const trajectory of trajectories) made.add(trajectory);
    return { estimator, lane: made };
  }

  const taken = (state: number): number => (configuration.kind === "constant" ? configuration.b : v[state]);

  return {
    pace: 10,
    get done() {
      return trajectories.length >= most;
    },
    step() {
      for (let i = 0; i < perStep; i++) {
        const trajectory = exact.sampleTrajectory(mdp, policy, generator);
        trajectories.push(trajectory);
        plainLane.add(trajectory);
        chosen.lane.add(trajectory);
      }
    },
    adjust(next) {
      const { noise, level, seed } = next as BaselinesConfiguration;
      if (noise !== configuration.noise || level !== configuration.level || seed !== configuration.seed) return false;
      configuration = next as BaselinesConfiguration;
      chosen = choose();
      return true;
    },
    snapshot() {
      const episode = trajectories.at(-1);
      const goes = episode && plain.weights(mdp, policy)(episode);
      const left = episode && chosen.estimator.weights(mdp, policy)(episode);
      const identity = new Float64Array(theta.length);
      for (let a = 0; a < mdp.actions; a++)
        exact.score(policy, mdp, 0, a).forEach((x, k) => (identity[k] += expectation(policy[a], x, taken(0))));
      return {
        episodes: trajectories.length,
        lanes: [plainLane.snapshot(), chosen.lane.snapshot()],
        length,
        byConstant,
        withValue,
        last: (episode?.states ?? []).map((state, t) => ({
          state,
          action: episode!.actions[t],
          received: episode!.rewards[t],
          goes: goes![t],
          taken: taken(state),
          left: left![t],
        })),
        identity: norm(identity),
      };
    },
  };
};

/** The same process, where every reward is larger by a constant. */
const raised = (mdp: Mdp, level: number): Mdp => ({
  ...mdp,
  outcomes: (state, action) =>
    mdp.outcomes(state, action).map((outcome) => ({ ...outcome, reward: outcome.reward + level })),
});

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k], 0);
const expectation = (chance: number, x: number, b: number): number => chance * x * b;
