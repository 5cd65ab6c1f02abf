// Exercise 1 and question 2: what a baseline does to the gradient, exactly and on CartPole.

import { rewardToGo } from "../../advantages/index.ts";
import type { Mdp } from "../../envs/index.ts";
import { estimators, moments, policyOf, score, values, type Estimator } from "../../exact/index.ts";
import { createGenerator } from "../../random/index.ts";
import { mean, median } from "../../runs/statistics.ts";
import { createTraining, type Training } from "../../training/index.ts";
import { intervalChart, lineChart } from "../charts.ts";
import { curveOver } from "../lines.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row } from "../experiment.ts";
import type { Rollout } from "../../experience/index.ts";
import { gradientVariances } from "../gradient-variance.ts";
import { decided, estimate, judged, pairedDifference, told, withInterval } from "../judge.ts";
import { norm, randomTheta, terracesMdp } from "../small-mdps.ts";
import { sourceOf } from "../sources.ts";
import { runsLong } from "../turns.ts";

const gamma = 1;
const policies = seeds(10);
/** Variants of REINFORCE on CartPole; "two heads" is the exercise's own network: policy and V on one trunk. */
const variants = {
  none: { baseline: "none" },
  constant: { baseline: "constant" },
  learned: { baseline: "learned" },
  "two heads": { baseline: "learned", sharedTrunk: true },
};
type Variant = keyof typeof variants;
/** A trial of CartPole. */
interface TrainingSettings {
  readonly seed: number;
  /** That a policy's gradients are taken of. */
  readonly episodes: number;
  /** Episodes of a run: if the goal is reached before, and if it is not. */
  readonly least: number;
  readonly most: number;
  /** Mean returns of the last 100 episodes at which the gradient's variance is measured. */
  readonly stages: readonly number[];
}
const names = Object.keys(variants) as Variant[];
const goal = 200;
const most = 5000;
/** Episodes that a point of a learning curve is the mean of, and that are played even if the goal is reached before. */
const block = 20;
const least = (quick: boolean) => (quick ? 200 : 400);
const stages = [50, 100, 195];
const atLeast = 20;

/** G_t − b(s_t, a_t). */
const actionBaseline = (of: (mdp: Mdp, policy: ArrayLike<number>) => ArrayLike<number>): Estimator => ({
  ...estimators.rewardToGo({ gamma }),
  weights(mdp, policy) {
    const [baseline, returns] = [of(mdp, policy), estimators.rewardToGo({ gamma }).weights(mdp, policy)];
    return (trajectory) =>
      returns(trajectory).map((g, t) => g - baseline[trajectory.states[t] * mdp.actions + trajectory.actions[t]]);
  },
});

/**
 * The baseline of least variance: the mean of Q over actions, each weighed by its probability and its squared score. It is
 * exact where an episode meets no state twice, so that scores of different steps share no parameter.
 */
export function bestBaseline(mdp: Mdp, policy: ArrayLike<number>): Float64Array {
  const { q } = values(mdp, policy, gamma);
  return Float64Array.from({ length: mdp.states }, (_, s) => {
    let [weighted, weight] = [0, 0];
    for (let a = 0; a < mdp.actions; a++) {
      const share = policy[s * mdp.actions + a] * norm(score(policy, mdp, s, a)) ** 2;
      weighted += share * q[s * mdp.actions + a];
      weight += share;
    }
    return weighted / weight;
  });
}

/** What is exact, for one policy. */
function exact(seed: number): Row {
  const mdp = terracesMdp({ length: 4, noise: 1 });
  const theta = randomTheta(mdp, seed);
  const policy = policyOf(theta, mdp);
  const generator = createGenerator(100 + seed);
  const baselines = [1, 10, 100].map((size) => generator.fillStandardNormal(new Float64Array(mdp.states)).map((b) => size * b)); // prettier-ignore
  const of = (estimator: Estimator) => moments(mdp, theta, estimator);

  // E_a[∇log π(a|s) b(s)], in every state.
  const identity = baselines.map((b) => {
    const terms = Array.from({ length: mdp.states }, (_, s) => {
      const total = new Float64Array(theta.length);
      for (let a = 0; a < mdp.actions; a++)
        score(policy, mdp, s, a).forEach((x, k) => (total[k] += policy[s * mdp.actions + a] * x * b[s]));
      return norm(total);
    });
    return Math.max(...terms);
  });
  // The variance is a parabola in a constant b: three points give its lowest.
  const [at0, at1, at2] = [0, 1, 2].map((baseline) => of(estimators.constantBaseline({ gamma, baseline })).variance);
  const curvature = (at2 - 2 * at1 + at0) / 2;
  const constant = (at0 - at1 + curvature) / (2 * curvature);
  const none = of(estimators.rewardToGo({ gamma }));
  const looking = of(actionBaseline((mdp, policy) => values(mdp, policy, gamma).q));
  return {
    identity: Math.max(...identity),
    bias: Math.max(...baselines.map((v) => of(estimators.valueBaseline({ gamma, v })).biasNorm)),
    lookingBias: looking.biasNorm / norm(looking.gradient),
    none: none.variance,
    constant: of(estimators.constantBaseline({ gamma, baseline: constant })).variance,
    value: of(estimators.valueBaseline({ gamma })).variance,
    best: of(estimators.valueBaseline({ gamma, v: bestBaseline(mdp, policy) })).variance,
    looking: looking.variance,
  };
}

/** The mean of G_t over an episode that pays 1 a step. */
function meanReturnToGo(length: number, gamma: number): number {
  const ends = new Uint8Array(length);
  const rewards = new Float64Array(length).fill(1);
  return mean(Array.from(rewardToGo({ steps: length, environments: 1, rewards, terminated: ends, truncated: ends }, { gamma }))); // prettier-ignore
}

/**
 * Variances of the gradient of a policy at some stage, with G, G − b and G − V(s) from the same episodes.
 *
 * @param earlier the mean of G_t over the episodes of the training so far: what its constant baseline would be
 */
async function varianceNow({ policy, options }: Training, episodes: number, seed: number, earlier: number) {
  const discount = { gamma: options.gamma as number };
  const returns = (episode: Rollout) => rewardToGo({ ...episode, nextValues: undefined }, discount);
  const ofEpisodes: number[] = [];
  const observe = (episode: Rollout) => {
    ofEpisodes.push(mean(Array.from(returns(episode))));
    return new Float64Array(1);
  };
  await gradientVariances(policy, "CartPole-v1", { observe }, { episodes: 20, seed: seed + 1000 });
  const present = mean(ofEpisodes); // of other episodes than those that it is taken off
  let short = 0; // by how much V is too low, in the mean
  const { of, length } = await gradientVariances(
    policy,
    "CartPole-v1",
    {
      none: returns,
      constant: (episode) => returns(episode).map((g) => g - earlier),
      present: (episode) => returns(episode).map((g) => g - present),
      learned(episode) {
        const advantages = rewardToGo(episode, discount).map((g, t) => g - episode.values[t]);
        short += mean(Array.from(advantages)) / episodes;
        return advantages;
      },
    },
    { episodes, seed },
  );
  const variances = Object.fromEntries(Object.entries(of).map(([name, { variance }]) => [name, variance]));
  return { ...variances, length, short, level: present, earlier };
}

export const experiment: Experiment = {
  name: "baselines",
  title: "Baselines",
  place: "Exercise 1 and question 2",
  question: "What may be subtracted from a return, what does it bring, and how soon does REINFORCE then learn?",
  lesson: String.raw`
The probabilities of a state's actions add up to 1 whatever $\theta$ is, so their gradients add up to 0. Hence the score is 0
on average, and stays so when it is multiplied by a number that is the same for all actions:

$$\mathbb{E}_a[\nabla \log \pi(a \mid s)\, b(s)] = b(s) \sum_a \nabla \pi(a \mid s) = b(s)\, \nabla 1 = 0$$

So $G_t - b(s_t)$ has the same expected gradient as $G_t$, for any $b$, good or bad. If $b$ looks at the action, it is no
longer a common factor, and the zero is gone.

What changes is the variance. The gradient is noisy because $G_t$ is large, not only because it varies: a return of 200 or
210 pushes *every* action up, and only the average over many episodes finds that one of them deserves it more. With
$V(s_t)$ taken off, one is pushed up and the other down. A constant cannot do that in all states: near the end of an
episode little is left to gain, and $b$ should be small there.

Is $V$ the best? Of $\mathbb{E}[(G_t - b)^2]$ it is the minimum. The gradient's variance weighs that by the squared score,
and so its minimum is

$$b^*(s) = \frac{\mathbb{E}_a[\,\|\nabla \log \pi(a \mid s)\|^2\, Q(s, a)]}{\mathbb{E}_a[\,\|\nabla \log \pi(a \mid s)\|^2]}$$

Rare actions have the larger scores, so $b^*$ listens to them more.
`,
  code: [sourceOf("algorithms/reinforce.ts", "reinforce"), sourceOf("advantages/baselines.ts", "updateBaseline")],
  protocol(quick) {
    const [n, episodes] = quick ? [2, 30] : [20, 100];
    return {
      trials: [
        { id: "exact", settings: { exact: true }, weight: 0.5 },
        ...seeds(n).map((seed) => ({
          id: `cartpole-${seed}`,
          settings: { seed, episodes, least: least(quick), most, stages },
        })),
      ],
      words: `Exact: Terraces-v0 of 4 steps with a reward of ±1 added at random, $\\gamma = 1$, ${policies.length} softmax policies
drawn at random, all trajectories. CartPole-v1: \`reinforce\` with its preset ($\\gamma = 0.99$, Adam, 64-64 tanh) and each baseline,
seeds 1 to ${n}, until the mean of the last 100 returns is ${goal} and ${least(quick)} episodes are played, or for ${told(most)} episodes.
When the run with a learned baseline first has a mean of ${stages.join(", ")}, its policy plays ${episodes} episodes without learning,
and the variance of their gradients is taken with each baseline as training has it by then: the critic, and the mean of $G_t$ over all
episodes before. Besides, with a constant that is the policy's present mean, from 20 further episodes.`,
    };
  },
  async carryOut({ exact: isExact, ...settings }, controls) {
    if (isExact) return policies.map((policy) => ({ part: "exact", policy, ...exact(policy) }));
    const { seed, episodes, least, most, stages } = settings as unknown as TrainingSettings;
    const pause = runsLong(controls);
    const rows: Row[] = [];
    for (const [place, variant] of names.entries()) {
      const options = { env: "CartPole-v1", seed, totalEpisodes: most, ...variants[variant] };
      const training = await createTraining("reinforce", options);
      const curve: number[] = [];
      const ahead = variant === "learned" ? [...stages] : [];
      let [reached, sum, earlier] = [null as number | null, 0, 0];
      try {
        while (!training.done && (reached === null || training.episodes < least)) {
          const { finished, episodes: count, meanReturn100 } = training.update();
          sum += finished[0].return;
          const { gamma } = training.options as { gamma: number };
          if (ahead.length > 0) earlier += (meanReturnToGo(finished[0].length, gamma) - earlier) / count;
          if (count % block === 0 && count <= least) curve.push(sum / block);
          if (count % block === 0) sum = 0;
          const isHigh = (level: number) => count >= 100 && meanReturn100! >= level;
          if (isHigh(goal)) reached ??= count;
          for (; ahead.length > 0 && isHigh(ahead[0]); ahead.shift())
            rows.push({
              part: "variance",
              stage: ahead[0],
              ...(await varianceNow(training, episodes, seed, earlier)),
            });
          await pause((place + Math.min(1, count / least)) / names.length);
        }
        rows.push({ part: "run", variant, reached, returns: curve });
      } finally {
        training.close();
      }
    }
    return rows;
  },
  claims: [
    {
      id: "no-bias",
      claim: "Whatever depends on the state alone may be taken off: the expected gradient stays the same.",
      threshold:
        "Supported if, for each policy and baselines drawn at random, $\\mathbb{E}_a[\\nabla \\log \\pi\\, b(s)]$ and the bias of the gradient are below 1e-9.",
      judge(data) {
        const [identity, bias] = ["identity", "bias"].map((name) => Math.max(...exactly(data, name)));
        return decided(identity < 1e-9 && bias < 1e-9, `identity off by at most ${told(identity)}, gradient by ${told(bias)}`); // prettier-ignore
      },
    },
    {
      id: "action-biases",
      claim: "A baseline that looks at the action ruins it: with $b = Q(s, a)$ the gradient is wrong.",
      threshold: "Supported if for each policy the bias is at least half of $\\|\\nabla J\\|$.",
      judge(data) {
        const least = Math.min(...exactly(data, "lookingBias"));
        return decided(least >= 0.5, `bias at least ${told(100 * least)} % of ‖∇J‖`);
      },
    },
    {
      id: "order",
      claim: "The best constant has less variance than no baseline, and $V(s)$ less than the best constant.",
      threshold: "Supported if it is so for each of the policies.",
      judge(data) {
        const [constant, value] = [ratios(data, "constant", "none"), ratios(data, "value", "constant")];
        const holds = [...constant, ...value].every((ratio) => ratio < 1);
        return decided(holds, `constant over none ${range(constant)}, V(s) over constant ${range(value)}`);
      },
    },
    {
      id: "value-is-best",
      claim: "$V(s)$ is the baseline of least variance.",
      threshold:
        "Supported if for each of the policies its variance exceeds the least that there is by at most 1e-6 of it.",
      judge(data) {
        const excess = ratios(data, "value", "best").map((ratio) => ratio - 1);
        const measured = `it exceeds the least by ${told(100 * Math.min(...excess))} to ${told(100 * Math.max(...excess))} %, ${told(100 * mean(excess))} % on average`; // prettier-ignore
        return decided(Math.max(...excess) <= 1e-6, measured);
      },
    },
    {
      id: "reaches-200",
      claim: "REINFORCE with a learned baseline comes to a mean return of 200 on CartPole within 5,000 episodes.",
      threshold:
        "Supported if at least 90 % of 20 seeds do, with separate networks and with two heads; not if fewer with either.",
      judge: (data) => shareOfSeeds(data, (reached) => reached !== null, 0.9, "reached it"),
    },
    {
      id: "takes-2000",
      claim: "It takes at least 2,000 episodes.",
      threshold:
        "Supported if at least half of 20 seeds have not reached it before, with separate networks and with two heads; not if fewer.",
      judge: (data) => shareOfSeeds(data, (reached) => reached === null || reached >= 2000, 0.5, "took that long"),
    },
    {
      id: "fewer-than-none",
      claim: "With a learned baseline it needs fewer episodes than without one.",
      threshold: "Supported if the interval of the mean difference, seed by seed, is below 0; not if above.",
      judge: (data) => fewer(data, "none"),
    },
    {
      id: "fewer-than-constant",
      claim: "And fewer than with a constant one.",
      threshold: "Supported if the interval of the mean difference, seed by seed, is below 0; not if above.",
      judge: (data) => fewer(data, "constant"),
    },
    {
      id: "variance-falls",
      claim:
        "The learned baseline reduces the variance of CartPole's gradient dramatically: to less than half of what it is without.",
      threshold:
        "Supported if the interval of the ratio, the geometric mean over the stages, is below 0.5; not if above.",
      judge: (data) => varianceRatio(data, "none", 0.5),
    },
    {
      id: "variance-below-constant",
      claim: "And below that with a constant baseline, each as training has it by then.",
      threshold:
        "Supported if the interval of the ratio, the geometric mean over the stages, is below 1; not if above.",
      judge(data) {
        const finding = varianceRatio(data, "constant", 1);
        const { value, interval } = estimate(variancesOver(data, "present"));
        return { ...finding, measured: `${finding.measured}; to a constant that is the present mean ${withInterval(value, interval)}` }; // prettier-ignore
      },
    },
  ],
  charts(data) {
    const curves = names.map((variant) => ({
      label: variant,
      points: curveOver(where(data, { part: "run", variant }), "returns", (place) => (place + 1) * block),
    }));
    const exactRows = (["none", "constant", "value", "best"] as const).map((name) => {
      const each = ratios(data, name, "none");
      const label = { none: "none", constant: "best constant", value: "V(s)", best: "b*(s)" }[name];
      return { label, value: mean(each), each };
    });
    const staged = (["constant", "present", "learned"] as const).flatMap((name) =>
      stages.map((stage) => {
        const each = where(data, { part: "variance", stage }).map((row) => (row[name] as number) / (row.none as number)); // prettier-ignore
        return { label: `${name === "present" ? "present mean" : name}, at ${stage}`, ...estimate(each, median), each };
      }),
    );
    return [
      {
        name: "exact",
        title: "Variance of the gradient, exactly",
        caption: "As a share of that without a baseline: single policies are faint, their mean is bold.",
        draw: (size) => intervalChart(exactRows, { x: "share of the variance without a baseline" }, size),
      },
      {
        name: "variance",
        title: "Variance of the gradient on CartPole",
        caption:
          "As a share of that without a baseline, when the policy had come to these mean returns: medians over seeds with 95 % intervals.",
        draw: (size) => intervalChart(staged, { x: "share of the variance without a baseline" }, size),
      },
      {
        name: "curves",
        title: "Return by episode",
        caption: `CartPole-v1: means of ${block} episodes each, over seeds, with 95 % intervals.`,
        draw: (size) => lineChart(curves, { x: "episode", y: "return", yRange: [0, 500] }, size),
      },
      {
        name: "episodes",
        title: "Episodes to a mean return of 200",
        caption: `Over the last 100 episodes; single seeds are faint. A run that did not get there counts ${told(most)}.`,
        draw: (size) =>
          intervalChart(
            names.map((variant) => {
              const each = episodesOf(data, variant);
              return { label: variant, ...estimate(each), each };
            }),
            { x: "episodes" },
            size,
          ),
      },
    ];
  },
  discussion(data) {
    const excess = ratios(data, "value", "best").map((ratio) => 100 * (ratio - 1));
    const [none, looking] = ["none", "looking"].map((name) => mean(exactly(data, name)));
    const episodes = names.map((variant) => `${told(median(episodesOf(data, variant)))} (${variant})`).join(", ");
    const last = where(data, { part: "variance", stage: stages.at(-1) });
    const left = (name: string) => told(100 * median(last.map((row) => (row[name] as number) / (row.none as number))));
    return `*Is V the best baseline?* It minimizes the variance of the weight $G_t - b$, which is what the lecture's argument shows. Of
the gradient's variance it misses the minimum by ${told(mean(excess))} % on average over these policies, and by ${told(Math.max(...excess))} % for
the worst of them. Where actions are equally likely the two agree; the more one-sided a policy is, the further they part.
$V$ itself takes off ${told(100 * (1 - mean(ratios(data, "value", "none"))))} % of what there is without a baseline. Looking at
the action lowers the variance further, from ${told(none)} to ${told(looking)} with $Q(s, a)$, and takes the gradient away with it.

*How many episodes?* The exercise expects 2,000 to 5,000. The medians here are ${episodes}. The goal is a mean over 100 episodes, so
it cannot be reached before 100. The exercise leaves optimizer and rates open, and they decide such numbers: here it is Adam, at the rates of the preset. With two
heads on one trunk, the loss of $V$ moves the policy's features too.

*How much does the learned baseline reduce the variance?* When the policy had come to a mean return of ${stages.at(-1)}, ${left("learned")} % of it
were left, in the median over seeds, ${left("constant")} % with the constant that REINFORCE has by then, and ${left("present")} % with
one that knows the present mean. Baselines that learn from earlier episodes follow a policy that improves: the critic was too low by
${told(median(numbers(last, "short")))} in the median, the mean of all earlier returns by ${told(median(last.map(({ level, earlier }) => (level as number) - (earlier as number))))},
where the mean of $G_t$ was ${told(median(numbers(last, "level")))}.`;
  },
};

const exactly = (data: Data, name: string) => numbers(where(data, { part: "exact" }), name);

const ratios = (data: Data, a: string, b: string): number[] => {
  const [x, y] = [exactly(data, a), exactly(data, b)];
  return x.map((value, i) => value / y[i]);
};

const range = (each: readonly number[]) => `${told(Math.min(...each))} to ${told(Math.max(...each))}`;

/** Episodes to the goal, by seed; those that did not get there count as many as there were. */
const episodesOf = (data: Data, variant: Variant): number[] =>
  where(data, { part: "run", variant }).map(({ reached }) => (reached as number | null) ?? most);

function shareOfSeeds(data: Data, holds: (reached: number | null) => boolean, bound: number, what: string) {
  const found = (["learned", "two heads"] as const).map((variant) => {
    const reached = where(data, { part: "run", variant }).map((row) => row.reached as number | null);
    const [count, middle] = [reached.filter(holds).length, median(episodesOf(data, variant))];
    return { share: count / reached.length, seeds: reached.length, text: `${count} of ${reached.length} seeds ${what}, median ${told(middle)} episodes` }; // prettier-ignore
  });
  const measured = `separate networks: ${found[0].text}; two heads: ${found[1].text}`;
  if (found[0].seeds < atLeast)
    return { verdict: "inconclusive" as const, measured: `${measured}; a verdict takes ${atLeast}` };
  return decided(
    found.every(({ share }) => share >= bound),
    measured,
  );
}

function fewer(data: Data, than: Variant) {
  const [learned, other] = [episodesOf(data, "learned"), episodesOf(data, than)];
  const bound = { below: 0, seeds: learned.length, atLeast };
  return judged("mean difference", pairedDifference(learned, other), bound, " episodes");
}

/** The variance with a learned baseline over that with another, a number a seed: the geometric mean over the stages. */
function variancesOver(data: Data, other: "none" | "constant" | "present"): number[] {
  const rows = where(data, { part: "variance" });
  return [...new Set(rows.map(({ seed }) => seed))].map(
    (seed) =>
    Math.exp(mean(rows.filter((row) => row.seed === seed).map((row) => Math.log((row.learned as number) / (row[other] as number))))), // prettier-ignore
  );
}

function varianceRatio(data: Data, other: "none" | "constant", below: number) {
  const bySeed = variancesOver(data, other);
  return judged("ratio", estimate(bySeed), { below, seeds: bySeed.length, atLeast });
}
