// The section on REINFORCE: how the variance of returns and of the gradient grows with the length of episodes.

import { rewardToGo } from "../../advantages/index.ts";
import type { Mdp } from "../../envs/index.ts";
import {
  estimate,
  estimators,
  moments,
  policyOf,
  sampleTrajectory,
  values,
  type GradientMoments,
} from "../../exact/index.ts";
import { gradient as exactGradient } from "../../exact/index.ts";
import { createGenerator } from "../../random/index.ts";
import { createTraining } from "../../training/index.ts";
import { lineChart, type Line } from "../charts.ts";
import { curveOver } from "../lines.ts";
import { numberOf, numbers, seeds, where, type Data, type Experiment, type Row, type TrialControls } from "../experiment.ts"; // prettier-ignore
import { gradientVariances, type Weighting } from "../gradient-variance.ts";
import { allOf, decided, estimate as estimated, judged, pairedRatio, told } from "../judge.ts";
import { logSlope } from "../log-slope.ts";
import { norm, terracesMdp } from "../small-mdps.ts";
import { sourceOf } from "../sources.ts";
import { runsLong } from "../turns.ts";

const discount = 0.9;
/** Of the walk: with every step its trajectories are eight times as many, so moments of longer ones are sampled. */
const enumerated = (quick: boolean) => (quick ? 5 : 6);
const sampled = [4, 8, 16, 32, 64];
/** Of Var(G₀), which takes no trajectories. */
const doubled = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/** Steps after which episodes of CartPole are cut. */
const horizons = [10, 20, 40, 80, 160];
const atLeast = 20;

const walk = (length: number): Mdp => terracesMdp({ length, noise: 1 });

/** The weights Ψ that are compared. */
const weights = {
  total: estimators.totalReturn({ gamma: 1 }),
  toGo: estimators.rewardToGo({ gamma: 1 }),
  advantage: estimators.valueBaseline({ gamma: 1 }),
  discounted: estimators.rewardToGo({ gamma: discount }),
  undiscounted: estimators.rewardToGo({ gamma: discount, discountTime: false }),
};
type Weight = keyof typeof weights;

/** Var(G₀), by the moments of G backwards from the end; states are in the order of time. */
export function returnVariance(mdp: Mdp, policy: ArrayLike<number>, gamma: number): number {
  const [first, second] = [new Float64Array(mdp.states), new Float64Array(mdp.states)];
  for (let s = mdp.states - 1; s >= 0; s--)
    for (let a = 0; a < mdp.actions; a++)
      for (const { probability, next, reward, terminated } of mdp.outcomes(s, a)) {
        const p = policy[s * mdp.actions + a] * probability;
        const [mean, square] = terminated ? [0, 0] : [first[next], second[next]];
        first[s] += p * (reward + gamma * mean);
        second[s] += p * (reward * reward + 2 * gamma * reward * mean + gamma * gamma * square);
      }
  const expected = (moment: Float64Array) => mdp.start.reduce((sum, p, s) => sum + p * moment[s], 0);
  return expected(second) - expected(first) ** 2;
}

/** A policy that has learned nothing: θ = 0. */
const untrained = ({ states, actions }: Mdp) => new Float64Array(states * actions);

async function exact(longest: number, pause: (done: number) => Promise<void>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let length = 1; length <= longest; length++) {
    const mdp = walk(length);
    const found: (readonly [string, GradientMoments])[] = [];
    for (const [name, estimator] of Object.entries(weights)) {
      found.push([name, moments(mdp, untrained(mdp), estimator)]);
      await pause(length / (longest + 1));
    }
    rows.push({
      part: "enumerated",
      length,
      bias: Math.max(...found.flatMap(([name, { biasNorm }]) => (name === "undiscounted" ? [] : [biasNorm]))),
      ...Object.fromEntries(found.map(([name, { variance }]) => [name, variance])),
    });
  }
  for (const length of doubled) {
    const mdp = walk(length);
    const policy = policyOf(untrained(mdp), mdp);
    for (const gamma of [1, 0.99, discount])
      rows.push({ part: "return", length, gamma, variance: returnVariance(mdp, policy, gamma), mean: values(mdp, policy, gamma).j }); // prettier-ignore
  }
  return rows;
}

/** Variances of the gradient over sampled episodes of walks, and of how many it takes. */
async function sample(seed: number, episodes: number, pause: (done: number) => Promise<void>): Promise<Row> {
  // prettier-ignore
  const generator = createGenerator(seed);
  const names = Object.keys(weights) as Weight[];
  const variances = names.map(() => [] as number[]);
  const needed: number[] = [];
  for (const [place, length] of sampled.entries()) {
    const mdp = walk(length);
    const theta = untrained(mdp);
    const policy = policyOf(theta, mdp);
    const estimates = names.map((name) => estimate(mdp, theta, weights[name]));
    const sums = names.map(() => new Float64Array(theta.length));
    const squares = names.map(() => 0);
    for (let episode = 0; episode < episodes; episode++) {
      const trajectory = sampleTrajectory(mdp, policy, generator);
      estimates.forEach((estimateOf, i) => {
        const g = estimateOf(trajectory);
        for (let k = 0; k < g.length; k++) {
          sums[i][k] += g[k];
          squares[i] += g[k] * g[k];
        }
      });
      await pause((place + (episode + 1) / episodes) / sampled.length);
    }
    names.forEach((_, i) => variances[i].push((squares[i] - norm(sums[i]) ** 2 / episodes) / (episodes - 1)));
    needed.push(variances[names.indexOf("toGo")].at(-1)! / norm(exactGradient(mdp, theta, { gamma: 1 })) ** 2);
  }
  return { part: "sampled", ...Object.fromEntries(names.map((name, i) => [name, variances[i]])), needed };
}

/** A policy of CartPole that balances for a while, and the gradients of its episodes' first steps. */
async function balance(seed: number, episodes: number, controls: TrialControls): Promise<Row> {
  const pause = runsLong(controls);
  const training = await createTraining("reinforce", { env: "CartPole-v1", seed });
  try {
    while (!training.done && !(training.episodes >= 100 && training.meanReturn100! >= 195)) {
      training.update();
      await pause(0);
    }
    const returns = horizons.map(() => [] as number[]);
    const firstSteps =
      (horizon: number, gamma: number): Weighting =>
      (episode) => {
        const steps = Math.min(horizon, episode.steps);
        const ended = { steps, rewards: episode.rewards.slice(0, steps) };
        const out = rewardToGo({ ...episode, ...ended, nextValues: undefined }, { gamma });
        if (gamma === 1) returns[horizons.indexOf(horizon)].push(out[0]);
        return out;
      };
    const weightings = Object.fromEntries(
      horizons.flatMap((horizon) => [1, 0.99].map((gamma) => [`${horizon} ${gamma}`, firstSteps(horizon, gamma)])),
    );
    const { of, length } = await gradientVariances(training.policy, "CartPole-v1", weightings, {
      episodes,
      seed,
      pause,
    });
    const variances = (gamma: number) => horizons.map((horizon) => of[`${horizon} ${gamma}`].variance);
    const spread = (each: readonly number[]) => {
      const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
      return each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (each.length - 1);
    };
    return { part: "cartpole", variances: variances(1), discounted: variances(0.99), returns: returns.map(spread), length }; // prettier-ignore
  } finally {
    training.close();
  }
}

export const experiment: Experiment = {
  name: "reinforce-variance",
  title: "The variance of REINFORCE",
  place: "REINFORCE",
  question:
    "REINFORCE is right on average. How wrong is it in a single episode, and how does that grow with the episode?",
  lesson: String.raw`
REINFORCE plays an episode and weighs the score of each action by what came after it:

$$\hat g = \sum_{t=0}^{T-1} \gamma^t\, \nabla \log \pi(a_t \mid s_t)\, G_t, \qquad G_t = \sum_{k \ge 0} \gamma^k\, r_{t+k+1}$$

Its mean is $\nabla J$. How far a single $\hat g$ lies from it is its variance, here the sum of those of all components,
$\mathbb{E}\|\hat g - \nabla J\|^2$.

Two things grow with the length $T$. First, $G_t$ is a sum of up to $T$ random rewards, and variances add up. Second,
$\hat g$ is itself a sum of $T$ terms, each of the size of $G_t$: of its *square*, not of its variance. A return that is
certain to be 100 multiplies the noise of the scores by 100 as well.

To tell the two apart, take off from $G_t$ what was to be expected, $V(s_t)$. What is left of it is pure variance.

Weighing by the whole return $R(\tau)$ is right as well, but adds noise of rewards that had been paid before $a_t$. And
$\gamma^t$ makes late terms small, unless it is left out, as is usual.
`,
  code: [sourceOf("advantages/returns.ts", "rewardToGo"), sourceOf("exact/moments.ts", "moments")],
  protocol(quick) {
    const [n, episodes, balanced] = quick ? [3, 300, 30] : [20, 2000, 200];
    return {
      trials: [
        { id: "exact", settings: { exact: true, longest: enumerated(quick) }, weight: quick ? 3 : 20 },
        ...seeds(n).flatMap((seed) => [
          { id: `walk-${seed}`, settings: { sampled: "walk", seed, episodes }, weight: 3 },
          { id: `cartpole-${seed}`, settings: { sampled: "cartpole", seed, episodes: balanced }, weight: 2 },
        ]),
      ],
      words: `Terraces-v0, with a reward of ±1 added at random to that of each step, and an untrained softmax policy: all
trajectories up to length ${enumerated(quick)}, ${told(episodes)} episodes of each of the lengths ${sampled.join(", ")} by
seeds 1 to ${n}. CartPole-v1: a policy that REINFORCE has trained to a mean return of 195 plays ${balanced} episodes, and the
gradient is taken of their first ${horizons.join(", ")} steps, so that the length alone differs; seeds 1 to ${n}.`,
    };
  },
  async carryOut({ exact: isExact, longest, sampled, seed, episodes }, controls) {
    if (isExact) return exact(longest as number, runsLong(controls));
    if (sampled === "cartpole") return [await balance(seed as number, episodes as number, controls)];
    return [await sample(seed as number, episodes as number, runsLong(controls))];
  },
  claims: [
    {
      id: "unbiased",
      claim: "REINFORCE is unbiased, with the whole return and with reward-to-go, if $\\gamma^t$ is kept.",
      threshold:
        "Supported if at each enumerated length the mean over all trajectories is within 1e-10 of $\\nabla J$, at $\\gamma$ of 1 and 0.9.",
      judge(data) {
        const most = Math.max(...numbers(where(data, { part: "enumerated" }), "bias"));
        return decided(most < 1e-10, `largest distance ${told(most)}`);
      },
    },
    {
      id: "return-grows",
      claim: "The variance of the return grows with the episode, in proportion to its length, at $\\gamma = 1$.",
      threshold:
        "Supported if each doubling from 1 to 256 steps raises it, and the slope in logarithms from 16 on is 0.9 … 1.1.",
      judge(data) {
        const variances = returnVariances(data, 1);
        const grows = variances.every((value, i) => i === 0 || value > variances[i - 1]);
        const slope = logSlope(doubled.slice(4), variances.slice(4));
        const measured = `from ${told(variances[0])} at length 1 to ${told(variances.at(-1)!)} at 256, slope ${told(slope)}`;
        return decided(grows && slope > 0.9 && slope < 1.1, measured);
      },
    },
    {
      id: "return-grows-discounted",
      claim: "It goes on growing with the episode at $\\gamma = 0.9$.",
      threshold: "Supported if the last doubling, from 128 to 256 steps, raises the variance of $G_0$ by 10 % or more.",
      judge(data) {
        const [before, after] = returnVariances(data, discount).slice(-2);
        return decided(after >= 1.1 * before, `from ${told(before)} to ${told(after)}, by ${told(100 * (after / before - 1))} %`); // prettier-ignore
      },
    },
    {
      id: "gradient-grows",
      claim: "The variance of the gradient grows too, and faster than in proportion to the length.",
      threshold:
        "Supported if on the walk and on CartPole the interval of the slope of log variance against log length is above 1.",
      judge: (data) =>
        allOf([
          slopes(data, "on the walk, slope", "sampled", "toGo", sampled),
          slopes(data, "on CartPole", "cartpole", "variances", horizons),
        ]),
    },
    {
      id: "returns-are-the-source",
      claim: "The variance of the returns is where the gradient's variance comes from.",
      threshold:
        "Supported if at 64 steps at least half of the gradient's variance is left when $V(s_t)$ is taken off: the interval of the ratio is above 0.5.",
      judge(data) {
        const rows = where(data, { part: "sampled" });
        const ratio = pairedRatio(last(rows, "advantage"), last(rows, "toGo"));
        return judged("share left", ratio, { above: 0.5, seeds: rows.length, atLeast });
      },
    },
    {
      id: "reward-to-go",
      claim: "Reward-to-go has less variance than the whole return.",
      threshold:
        "Supported if it is less at each enumerated length from 2 on, and the interval of the ratio at 64 steps is below 1.",
      judge(data) {
        const rows = where(data, { part: "sampled" });
        const short = where(data, { part: "enumerated" });
        const ratios = short.map((row) => (row.toGo as number) / (row.total as number));
        return allOf([
          decided(ratios.slice(1).every((ratio) => ratio < 1), `ratio at lengths 2 to ${ratios.length}: ${ratios.slice(1).map(told).join(", ")}`), // prettier-ignore
          judged("at 64", pairedRatio(last(rows, "toGo"), last(rows, "total")), {
            below: 1,
            seeds: rows.length,
            atLeast,
          }),
        ]);
      },
    },
    {
      id: "more-episodes",
      claim: "So the longer episodes are, the more of them a gradient of the same relative precision takes.",
      threshold:
        "Supported if the interval of the slope of log (variance / ‖∇J‖²) against log length, on the walk, is above 0.",
      judge: (data) => slopes(data, "slope", "sampled", "needed", sampled, 0),
    },
    {
      id: "time-discount",
      claim: "Leaving $\\gamma^t$ out raises the variance.",
      threshold:
        "Supported if at $\\gamma = 0.9$ it does at each enumerated length from 2 on, and the interval of the ratio at 64 steps is above 1.",
      judge(data) {
        const rows = where(data, { part: "sampled" });
        const short = where(data, { part: "enumerated" }).slice(1);
        const rises = short.every((row) => (row.undiscounted as number) > (row.discounted as number));
        return allOf([
          decided(rises, `at lengths 2 to ${short.length + 1} it ${rises ? "does" : "does not"}`),
          judged("ratio at 64", pairedRatio(last(rows, "undiscounted"), last(rows, "discounted")), { above: 1, seeds: rows.length, atLeast }), // prettier-ignore
        ]);
      },
    },
  ],
  charts(data) {
    const returns = [1, 0.99, discount].map((gamma) => ({
      label: `γ = ${gamma}`,
      points: returnVariances(data, gamma).map((y, i) => ({ x: doubled[i], y })),
    }));
    const walks = where(data, { part: "sampled" });
    const walked = (label: string, name: Weight): Line => ({
      label,
      points: curveOver(walks, name, (place) => sampled[place]),
    });
    const gradients = [walked("R(τ)", "total"), walked("G", "toGo"), walked("G − V(s)", "advantage")];
    const timed = [walked("without γᵗ", "undiscounted"), walked("with γᵗ", "discounted")];
    const balanced = where(data, { part: "cartpole" });
    const cut = (label: string, name: string): Line => ({
      label,
      // A return that never varied has no logarithm.
      points: curveOver(balanced, name, (place) => horizons[place]).map((point) => (point.y! > 0 ? point : { x: point.x, y: null })), // prettier-ignore
    });
    const cartpole = [cut("gradient, γ = 1", "variances"), cut("gradient, γ = 0.99", "discounted"), cut("return, γ = 1", "returns")]; // prettier-ignore
    const axes = { x: "steps of an episode", y: "variance", logX: true, logY: true, dots: true };
    return [
      {
        name: "returns",
        title: "Variance of the return",
        caption: "Exact, on the walk. With a discount it grows until rewards further away no longer count.",
        draw: (size) => lineChart(returns, axes, size),
      },
      {
        name: "gradients",
        title: "Variance of the gradient",
        caption:
          "On the walk at $\\gamma = 1$: scores weighed by the whole return, by reward-to-go, and by what of it was not to be expected.",
        draw: (size) => lineChart(gradients, axes, size),
      },
      {
        name: "time-discount",
        title: "With and without γᵗ",
        caption: "Variance of the gradient on the walk at $\\gamma = 0.9$, reward-to-go.",
        draw: (size) => lineChart(timed, axes, size),
      },
      {
        name: "cartpole",
        title: "CartPole, cut after so many steps",
        caption:
          "One trained policy a seed, whose episodes are cut. Gaps of the returns' variance are where all episodes lasted.",
        draw: (size) => lineChart(cartpole, axes, size),
      },
    ];
  },
  discussion(data) {
    const walks = where(data, { part: "sampled" });
    const left = pairedRatio(last(walks, "advantage"), last(walks, "toGo")).value;
    const mean = numberOf(data, { part: "return", length: 64, gamma: 1 }, "mean");
    const variance = numberOf(data, { part: "return", length: 64, gamma: 1 }, "variance");
    const balanced = where(data, { part: "cartpole" });
    const [first] = horizons;
    const factor = pairedRatio(last(balanced, "variances"), balanced.map((row) => (row.variances as number[])[0])).value; // prettier-ignore
    const spread = estimated(last(balanced, "returns")).value;
    return `The lecture names the variance of $G_t$ as the source. On the walk of 64 steps the return is ${told(mean)} on average, with a
variance of ${told(variance)}: its mean square is ${told(mean * mean + variance)}, and that is what multiplies the scores. Of the
gradient's variance a share of ${told(left)} is left when the expected return is taken off.

CartPole shows it without noise in the rewards. From the first ${first} steps of an episode to the first ${horizons.at(-1)}, the
variance of the gradient grows ${told(factor)}-fold, where that of the return is ${told(spread)} in the end. What a baseline takes away
is the mean of the return: hence the next experiment.`;
  },
};

/** Var(G₀) at each of the doubled lengths. */
const returnVariances = (data: Data, gamma: number) => numbers(where(data, { part: "return", gamma }), "variance");

/** The last number of each row's curve. */
const last = (rows: readonly Row[], name: string): number[] => rows.map((row) => (row[name] as number[]).at(-1)!);

/** The finding of the exponents of each seed's curve, which are to be above a bound. */
function slopes(data: Data, what: string, part: string, name: string, x: readonly number[], above = 1) {
  const each = where(data, { part }).map((row) => logSlope(x, row[name] as number[]));
  return judged(what, estimated(each), { above, seeds: each.length, atLeast });
}
