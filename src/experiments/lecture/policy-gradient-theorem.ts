// Question 1: the policy gradient theorem on a two-step MDP, where all of it can be computed.

import { estimate, estimators, gradient, moments, policyOf, sampleTrajectory, score, trajectories, ways } from "../../exact/index.ts"; // prettier-ignore
import { createGenerator } from "../../random/index.ts";
import { lineChart, scatterChart, type Line } from "../charts.ts";
import { curveOver } from "../lines.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row } from "../experiment.ts";
import { decided, estimate as estimated, judged, told } from "../judge.ts";
import { scoresByDifferences } from "../score-differences.ts";
import { logSlope } from "../log-slope.ts";
import { apart, norm, randomTheta, twoStepMdp } from "../small-mdps.ts";
import { sourceOf } from "../sources.ts";
import { runsLong } from "../turns.ts";

/** Probabilities of the two middle states, by the first action. */
const tables = [
  { name: "the MDP's own", transitions: [[0.8, 0.2], [0.3, 0.7]] }, // prettier-ignore
  { name: "a fair coin", transitions: [[0.5, 0.5], [0.5, 0.5]] }, // prettier-ignore
  { name: "the other way round", transitions: [[0.1, 0.9], [0.95, 0.05]] }, // prettier-ignore
];
const policies = [1, 2, 3];
const discounts = [0, 0.25, 0.5, 0.75, 0.9, 0.99, 1];
/** Episodes that a mean is taken over. */
const sizes = [10, 30, 100, 300, 1000, 3000];
const repetitions = (quick: boolean) => (quick ? 40 : 200);
const atLeast = 20;

/** All that takes no samples. */
function exact(): Row[] {
  const mdps = tables.map(({ transitions }) => twoStepMdp({ transitions }));
  const rows: Row[] = [];
  for (const policy of policies)
    mdps.forEach((mdp, table) => {
      const theta = randomTheta(mdp, policy);
      for (const gamma of [0.9, 1]) {
        const [first, ...others] = ways.map((by) => gradient(mdp, theta, { gamma, by }));
        const forms = [estimators.totalReturn({ gamma }), estimators.rewardToGo({ gamma })];
        rows.push({
          part: "gradient",
          apart: Math.max(...others.map((other) => apart(first, other))),
          forms: Math.max(...forms.map((form) => moments(mdp, theta, form).biasNorm)),
          gradient: norm(first),
        });
      }
      const probabilities = policyOf(theta, mdp);
      const differences = scoresByDifferences(mdp, theta);
      trajectories(mdp, probabilities).forEach(({ probability, states, actions }, i) => {
        const terms = states.map((s, t) => score(probabilities, mdp, s, actions[t]));
        const sum = terms.reduce((total, term) => total.map((value, k) => value + term[k]));
        rows.push({
          part: "trajectory",
          policy,
          table,
          trajectory: i + 1,
          probability,
          terms: Array.from(sum.subarray(0, 6)), // the terminal state has no part
          differences: differences[i].slice(0, 6),
          apart: apart(sum, differences[i]),
        });
      });
    });
  const theta = randomTheta(mdps[0], policies[0]);
  for (const gamma of discounts) {
    const left = moments(mdps[0], theta, estimators.rewardToGo({ gamma, discountTime: false }));
    rows.push({ part: "discount", gamma, bias: left.biasNorm, relative: left.biasNorm / norm(left.gradient) });
  }
  return rows;
}

/** Root mean square errors of means of n estimates, over repetitions. */
async function convergence(seed: number, times: number, pause: (done: number) => Promise<void>): Promise<Row> {
  const mdp = twoStepMdp();
  const theta = randomTheta(mdp, policies[0]);
  const policy = policyOf(theta, mdp);
  const estimator = estimators.rewardToGo({ gamma: 1 });
  const { gradient, variance } = moments(mdp, theta, estimator);
  const estimateOf = estimate(mdp, theta, estimator);
  const generator = createGenerator(seed);
  const squares = sizes.map(() => 0);
  for (let repetition = 0; repetition < times; repetition++) {
    const sum = new Float64Array(theta.length);
    for (let n = 1; n <= sizes.at(-1)!; n++) {
      estimateOf(sampleTrajectory(mdp, policy, generator)).forEach((value, k) => (sum[k] += value));
      const at = sizes.indexOf(n);
      if (at >= 0) squares[at] += norm(sum.map((value, k) => value / n - gradient[k])) ** 2;
    }
    await pause((repetition + 1) / times);
  }
  const errors = squares.map((square) => Math.sqrt(square / times));
  return {
    part: "convergence",
    errors,
    slope: logSlope(sizes, errors),
    deviation: Math.sqrt(variance),
    length: norm(gradient),
  };
}

export const experiment: Experiment = {
  name: "policy-gradient-theorem",
  title: "Policy gradient theorem",
  place: "Question 1",
  question:
    "How can $\\nabla J$ be estimated when nobody knows the environment's transitions, let alone their derivative?",
  lesson: String.raw`
An episode of two decisions is $\tau = (s_0, a_0, r_1, s_1, a_1, r_2)$, after which a terminal state $s_2$ follows. Its
probability is a product in which policy and environment take turns:

$$p(\tau; \theta) = \pi(a_0 \mid s_0)\, P(s_1 \mid s_0, a_0)\, \pi(a_1 \mid s_1)\, P(s_2 \mid s_1, a_1)$$

The objective is a sum over the eight trajectories, $J = \sum_\tau p(\tau; \theta)\, R(\tau)$, with $R = r_1 + \gamma r_2$.
Only $p$ depends on $\theta$. Since $\nabla p = p\, \nabla \log p$, its derivative is again a mean over trajectories:

$$\nabla J = \mathbb{E}[\, \nabla \log p(\tau; \theta)\, R(\tau)\, ]$$

The logarithm makes a sum of the product, and $P$ has no $\theta$ in it, so two of the four terms have derivative 0:

$$\nabla \log p = \nabla \log \pi(a_0 \mid s_0) + \nabla \log \pi(a_1 \mid s_1)$$

What was paid before $a_1$ was chosen tells nothing about it: $\mathbb{E}[\nabla \log \pi(a_1 \mid s_1)\, r_1] = 0$. That
leaves the answer to question 1:

$$\nabla J = \mathbb{E}\big[\nabla \log \pi(a_0 \mid s_0)\,(r_1 + \gamma r_2) + \gamma\, \nabla \log \pi(a_1 \mid s_1)\, r_2\big]$$

The transitions have not left the world. They decide how often each trajectory is met, so the gradient depends on them. But
who plays meets trajectories just that often, and need not know why.
`,
  code: [sourceOf("exact/estimators.ts", "estimate"), sourceOf("exact/gradient.ts", "byTrajectories")],
  protocol(quick) {
    const [n, times] = [quick ? 3 : 20, repetitions(quick)];
    return {
      trials: [
        { id: "exact", settings: { exact: true } },
        ...seeds(n).map((seed) => ({ id: `seed-${seed}`, settings: { seed, repetitions: times }, weight: 5 })),
      ],
      words: `TwoStep-v0, softmax policies with a parameter for each state and action, drawn at random: ${policies.length}
policies under ${tables.length} tables of transitions, $\\gamma$ of 0.9 and 1. Derivatives of $\\log p(\\tau; \\theta)$ are
central differences of the logarithm of the whole product. Convergence: means of up to ${told(sizes.at(-1)!)} episodes,
${times} times for each of the seeds 1 to ${n}, $\\gamma = 1$.`,
    };
  },
  async carryOut({ exact: isExact, seed, repetitions }, controls) {
    if (isExact) return exact();
    return [await convergence(seed as number, repetitions as number, runsLong(controls))];
  },
  claims: [
    {
      id: "three-ways-agree",
      claim:
        "The theorem is right: the mean over trajectories, dynamic programming and differences of $J$ give the same $\\nabla J$.",
      threshold: "Supported if no component differs by 1e-8 or more, for all policies, tables and $\\gamma$.",
      judge(data) {
        const most = Math.max(...numbers(where(data, { part: "gradient" }), "apart"));
        const length = Math.max(...numbers(where(data, { part: "gradient" }), "gradient"));
        return decided(most < 1e-8, `largest difference ${told(most)}, of gradients up to ${told(length)} long`);
      },
    },
    {
      id: "transitions-cancel",
      claim:
        "The transitions drop out: $\\nabla \\log p(\\tau; \\theta)$ is the sum of the policy's two scores, whatever the environment does.",
      threshold: "Supported if, for each trajectory under each table, no component differs by 1e-8 or more.",
      judge(data) {
        const rows = where(data, { part: "trajectory" });
        const most = Math.max(...numbers(rows, "apart"));
        return decided(most < 1e-8, `largest difference ${told(most)} over ${rows.length} trajectories`);
      },
    },
    {
      id: "probabilities-depend",
      claim: "Yet every trajectory's probability depends on the transitions.",
      threshold:
        "Supported if each trajectory is at least 1.1 times as likely under one of the tables as under another.",
      judge(data) {
        const least = Math.min(...spreads(data));
        return decided(least >= 1.1, `each is at least ${told(least)} times as likely under one as under another`);
      },
    },
    {
      id: "final-expression",
      claim:
        "Each score may be weighed by all rewards, or only by those that follow it: both have the mean $\\nabla J$.",
      threshold: "Supported if both means, over all trajectories, are within 1e-10 of $\\nabla J$.",
      judge(data) {
        const most = Math.max(...numbers(where(data, { part: "gradient" }), "forms"));
        return decided(most < 1e-10, `largest distance ${told(most)}`);
      },
    },
    {
      id: "root-n",
      claim: "The mean of estimates from experience converges to $\\nabla J$, its error falling as $1/\\sqrt n$.",
      threshold:
        "Supported if the interval of the slope of log error against log n lies within −0.55 … −0.45; not if outside.",
      judge(data) {
        const slopes = numbers(where(data, { part: "convergence" }), "slope");
        return judged("slope", estimated(slopes), { above: -0.55, below: -0.45, seeds: slopes.length, atLeast });
      },
    },
    {
      id: "time-discount",
      claim: "Without the factor $\\gamma^t$ it is the gradient of another objective, unless $\\gamma = 1$.",
      threshold:
        "Supported if the bias for the discounted $J$ is not zero (more than 1e-6 of $\\|\\nabla J\\|$) at each $\\gamma$ below 1, and zero (below 1e-10) at 1.",
      judge(data) {
        const rows = where(data, { part: "discount" });
        const relative = numbers(rows.filter(({ gamma }) => gamma !== 1), "relative"); // prettier-ignore
        const [atOne] = numbers(where(data, { part: "discount", gamma: 1 }), "bias");
        const holds = Math.min(...relative) > 1e-6 && atOne < 1e-10;
        return decided(holds, `bias from ${told(100 * Math.min(...relative))} to ${told(100 * Math.max(...relative))} % of ‖∇J‖ below 1; at γ = 1 ${told(atOne)}`); // prettier-ignore
      },
    },
  ],
  charts(data) {
    const curves = where(data, { part: "convergence" });
    const deviation = (curves[0]?.deviation as number | undefined) ?? NaN;
    const errors: Line[] = [
      { label: "measured", points: curveOver(curves, "errors", (place) => sizes[place]) },
      { label: "√(variance / n)", points: sizes.map((n) => ({ x: n, y: deviation / Math.sqrt(n) })), reference: true },
    ];
    const ofFirst = tables.map(({ name }, table) => ({ name, rows: where(data, { part: "trajectory", policy: policies[0], table }) })); // prettier-ignore
    const probabilities = ofFirst.map(({ name, rows }) => ({
      label: name,
      points: rows.map(({ trajectory, probability }) => ({ x: trajectory as number, y: probability as number })),
    }));
    const bias = where(data, { part: "discount" }).map((row) => ({
      x: row.gamma as number,
      y: row.relative as number,
    }));
    return [
      {
        name: "scores",
        title: "The policy's scores, and the derivative of the whole probability",
        caption:
          "Each point is a component of a trajectory's $\\nabla \\log p$, by differences of the whole product, against the sum of the policy's two scores. Tables of transitions only differ in colour: all lie on the diagonal.",
        draw: (size) =>
          scatterChart(
            tables.map(({ name }, table) => ({
              label: name,
              points: where(data, { part: "trajectory", table }).flatMap(({ terms, differences }) =>
                (terms as number[]).map((x, k) => ({ x, y: (differences as number[])[k] })),
              ),
            })),
            { x: "sum of the policy's scores", y: "∂ log p / ∂θ" },
            size,
          ),
      },
      {
        name: "probabilities",
        title: "The same trajectories' probabilities",
        caption: "They do depend on the transitions: one line for each table, the eight trajectories side by side.",
        draw: (size) =>
          lineChart(probabilities, { x: "trajectory", y: "probability", steps: [1, 2, 3, 4, 5, 6, 7, 8], dots: true }, size), // prettier-ignore
      },
      {
        name: "convergence",
        title: "Error of the mean of n estimates",
        caption: "Root mean square error over repetitions, and what the exact variance of one estimate lets expect.",
        draw: (size) => lineChart(errors, { x: "episodes n", y: "error", logX: true, logY: true, dots: true }, size),
      },
      {
        name: "time-discount",
        title: "Leaving out γᵗ",
        caption: "Distance of the mean estimate without $\\gamma^t$ from $\\nabla J$, as a share of $\\|\\nabla J\\|$.",
        draw: (size) => lineChart([{ label: "bias", points: bias }], { x: "γ", y: "share of ‖∇J‖", dots: true }, size),
      },
    ];
  },
  discussion(data) {
    const [row] = where(data, { part: "convergence" });
    const [deviation, length] = [row.deviation as number, row.length as number];
    const episodes = (deviation / length) ** 2;
    return `That no model is needed does not make experience cheap. On this MDP of two steps the estimate from one episode
has a standard deviation of ${told(deviation)}, and $\\nabla J$ a length of ${told(length)}. For a mean whose error is a
tenth of the gradient it takes ${told(100 * episodes)} episodes, and for half of that error four times as many.`;
  },
};

/** How many times as likely each trajectory of each policy is under its best table as under its worst. */
function spreads(data: Data): number[] {
  const byTrajectory = new Map<string, number[]>();
  for (const { policy, trajectory, probability } of where(data, { part: "trajectory" })) {
    const key = `${policy as number} ${trajectory as number}`;
    byTrajectory.set(key, [...(byTrajectory.get(key) ?? []), probability as number]);
  }
  return [...byTrajectory.values()].map((each) => Math.max(...each) / Math.min(...each));
}
