// The score of a Gaussian policy: where it points, how large it is for small and large σ, and what becomes of σ in training.

import { gae } from "../../advantages/index.ts";
import { gaussian } from "../../distributions/index.ts";
import { makeEnv, type Env, type Observation } from "../../envs/index.ts";
import { exp, log } from "../../math/index.ts";
import type { ActorCritic } from "../../policies/index.ts";
import { createGenerator } from "../../random/index.ts";
import { mean, quantile, type Interval } from "../../runs/statistics.ts";
import { gradients, input, runReference, sum, type Tensor } from "../../tensor/index.ts";
import { intervalChart, lineChart } from "../charts.ts";
import { numbers, seeds, where, type Data, type Experiment, type Row, type TrialControls } from "../experiment.ts";
import { decided, estimate, judged, told, withInterval } from "../judge.ts";
import { lineOver } from "../lines.ts";
import { rankCorrelation } from "../rank-correlation.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

const totalSteps = (quick: boolean) => (quick ? 16_384 : 102_400);
const stepsOfUpdate = 4096;
const count = (quick: boolean) => (quick ? 2 : 20);
const sigmas = [0.1, 0.2, 0.5, 1, 2, 5];
const logTwoPi = log(2 * Math.PI);

const [center, logStd, action] = ["mean", "log σ", "action"].map((name) => input(name, ["rows", 1]));
const policy = gaussian(center, logStd);
const outputs = {
  logProb: policy.logProb(action),
  score: gradients(sum(policy.logProb(action)), [center])[0],
  entropy: policy.entropy(),
};

/** log π(a), its derivative by μ, and the entropy, in float64; one row for each (a, μ, σ). */
function evaluate(a: readonly number[], mu: readonly number[], sigma: readonly number[]) {
  const feeds = new Map<Tensor, readonly number[]>([
    [action, a],
    [center, mu],
    [logStd, sigma.map(log)],
  ]);
  return runReference({ outputs }, feeds, a.length).outputs;
}

/** The score of log π's own graph against the formula, and against differences of log π; where a step along it leads. */
function scores(): Row[] {
  const generator = createGenerator(2);
  const random = (low: number, high: number) => Array.from({ length: 1000 }, () => generator.uniform(low, high));
  const [a, mu, sigma, advantage] = [random(-5, 5), random(-5, 5), random(0.2, 3), random(-3, 3)];
  const { score, logProb } = evaluate(a, mu, sigma);
  const moved = (by: (i: number) => number) => evaluate(a, mu.map((x, i) => x + by(i)), sigma).logProb; // prettier-ignore
  // log π is a parabola in μ, so a central difference of any width is its slope but for rounding.
  const [up, down] = [moved((i) => 0.01 * sigma[i]), moved((i) => -0.01 * sigma[i])];
  const apart = (other: (i: number) => number) =>
    Math.max(...Array.from(score, (s, i) => Math.abs(s - other(i)) / Math.max(1, Math.abs(s))));
  const step = (i: number) => 1e-3 * advantage[i] * score[i];
  const after = moved(step);
  const right = a.filter((_, i) => {
    const isNearer = Math.abs(a[i] - mu[i] - step(i)) < Math.abs(a[i] - mu[i]);
    const isLikelier = after[i] > logProb[i];
    const isGood = advantage[i] > 0;
    return isNearer === isGood && isLikelier === isGood;
  }).length;
  return [
    {
      kind: "score",
      formula: apart((i) => (a[i] - mu[i]) / (sigma[i] * sigma[i])),
      difference: apart((i) => (up[i] - down[i]) / (0.02 * sigma[i])),
    },
    { kind: "sign", cases: a.length, right },
  ];
}

/** ∫ π f da by Simpson's rule over ±12 σ, f evaluated at the actions of the grid; a node lies at μ. */
function expectation(
  mu: number,
  sigma: number,
  f: (at: ReturnType<typeof evaluate>, a: readonly number[]) => number[],
) {
  const half = 4000;
  const width = (12 * sigma) / half;
  const a = Array.from({ length: 2 * half + 1 }, (_, i) => mu + (i - half) * width);
  const at = evaluate(a, a.map(() => mu), a.map(() => sigma)); // prettier-ignore
  const weight = (i: number) => (i === 0 || i === 2 * half ? 1 : i % 2 === 1 ? 4 : 2);
  return f(at, a).reduce((total, y, i) => total + ((weight(i) * width) / 3) * exp(at.logProb[i]) * y, 0);
}

/** The size of the score for each σ: of an action at distance 1, on average over the policy's own, and times an advantage. */
const sizes = (): Row[] =>
  sigmas.map((sigma) => ({
    kind: "size",
    sigma,
    given: Math.abs(evaluate([1.5], [0.5], [sigma]).score[0]),
    own: expectation(0.5, sigma, ({ score }) => Array.from(score, Math.abs)),
    weighted: expectation(0.5, sigma, ({ score }, a) => a.map((x, i) => Math.abs((x - 0.5) * score[i]))),
  }));

const entropies = (): Row[] =>
  sigmas.flatMap((sigma) =>
    [-3, 0, 4].map((mu) => ({
      kind: "entropy",
      sigma,
      mu,
      entropy: evaluate([0], [mu], [sigma]).entropy[0],
      integral: expectation(mu, sigma, ({ logProb }) => Array.from(logProb, (l) => -l)),
    })),
  );

/** States of two episodes: μ and σ there, the size of the score of the action that was drawn, and of its term A·score. */
function play(env: Env, policy: ActorCritic, seed: number, { gamma, lambda }: { gamma: number; lambda: number }) {
  const generator = createGenerator(seed);
  const steps = 400;
  const [observations, means, stds, score]: [Observation[], number[], number[], number[]] = [[], [], [], []];
  const [rewards, values, nextValues] = [0, 0, 0].map(() => new Float64Array(steps));
  const [terminated, truncated] = [0, 0].map(() => new Uint8Array(steps));
  let { observation } = env.reset(seed);
  for (let t = 0; t < steps; t++) {
    const { mean, std } = policy.gaussian(observation);
    const z = generator.standardNormal();
    observations.push(observation);
    means.push(mean[0]);
    stds.push(std[0]);
    score.push(Math.abs(z) / std[0]);
    values[t] = policy.value(observation);
    const next = env.step(policy.head.toAction(Float32Array.of(mean[0] + std[0] * z), 0));
    rewards[t] = next.reward;
    nextValues[t] = policy.value(next.observation);
    truncated[t] = Number(next.truncated);
    observation = next.truncated ? env.reset().observation : next.observation;
  }
  const trajectories = { steps, environments: 1, rewards, values, nextValues, terminated, truncated };
  const advantages = gae(trajectories, { gamma, lambda });
  return { observations, means, stds, score, term: score.map((s, t) => s * Math.abs(advantages[t])) };
}

/** A training, with rank correlations of σ over states with the sizes of scores, of their terms, and of the move of μ. */
async function train(logStd: string, seed: number, steps: number, controls: TrialControls): Promise<Row[]> {
  const env = await makeEnv("Pendulum-v1");
  const [std, spread, score, term, moved]: number[][] = [[], [], [], [], []];
  let played: ReturnType<typeof play> | undefined;
  const input = { env: "Pendulum-v1", seed, totalSteps: steps, logStd };
  const { final } = await trainCurve("ppo", input, controls, {
    onUpdate({ metrics, update }, { policy, options }) {
      std.push(metrics.std);
      if (logStd === "parameter") return;
      if (played) {
        const { observations, means, stds } = played;
        const change = observations.map((o, i) => Math.abs(policy.gaussian(o).mean[0] - means[i]));
        spread.push(quantile(stds, 0.9) / quantile(stds, 0.1));
        score.push(rankCorrelation(stds, played.score));
        term.push(rankCorrelation(stds, played.term));
        moved.push(rankCorrelation(stds, change));
      }
      played = play(env, policy, 1000 * seed + update, options as unknown as { gamma: number; lambda: number });
    },
  });
  const overStates = logStd === "network" && { spread: mean(spread), score: mean(score), term: mean(term), moved: mean(moved) }; // prettier-ignore
  return [{ kind: "run", std, final, ...overStates }];
}

export const experiment: Experiment = {
  name: "gaussian-score",
  title: "The score of a Gaussian",
  place: "Continuous action spaces",
  question:
    "Which way does a Gaussian policy's gradient point, how large is it where $\\sigma$ is large, and what does training make of $\\sigma$?",
  lesson: String.raw`
For continuous actions the network gives a mean $\mu$ and a standard deviation $\sigma$, and the action is drawn from
the bell curve between them. One formula says how its log-probability changes with the mean:

$$\nabla_\mu \log \pi(a \mid s) = \frac{a - \mu}{\sigma^2}$$

It points from the mean to the action. Multiplied by a positive advantage it draws the mean towards what was done, by a
negative one it drives it away. So a good action below the mean lowers the mean.

The length has $\sigma^2$ below the line: the same action counts a quarter where $\sigma$ is twice as large. But a policy
with twice the $\sigma$ also draws actions twice as far away. Over its own actions the length is on average

$$\frac{\mathbb{E}\,|a - \mu|}{\sigma^2} = \frac{\sqrt{2/\pi}}{\sigma}$$

The entropy, $\log\sigma + \log(2\pi e)/2$ for each component, knows nothing of $\mu$. Where $\sigma$ is learned, two
forces act on it: actions far out that went well widen it, actions near the mean that went well narrow it.

The trainings are PPO on Pendulum-v1. In half of them $\log\sigma$ is one number; in the others a second output of the
network, so that states of large and small $\sigma$ can be compared.
`,
  code: [sourceOf("distributions/gaussian.ts", "gaussian")],
  protocol: (quick) => ({
    trials: [
      { id: "exact", settings: { exact: true } },
      ...seeds(count(quick)).flatMap((seed) =>
        ["parameter", "network"].map((logStd) => ({
          id: `${logStd}-${seed}`,
          settings: { logStd, seed, steps: totalSteps(quick) },
          weight: 10,
        })),
      ),
    ],
    words: `In float64, the library's own graph of $\\log\\pi$ at 1,000 random actions, means and standard deviations, and
Simpson's rule over 8,001 actions for what is said of all. PPO with its preset on Pendulum-v1, ${told(totalSteps(quick))}
steps, seeds 1 to ${count(quick)} for either kind of $\\log\\sigma$; before each update two episodes are played, and at their
400 states Spearman's rank correlations are taken, whose mean over updates is a seed's number.`,
  }),
  async carryOut({ exact, logStd, seed, steps }, controls) {
    if (exact) return [...scores(), ...sizes(), ...entropies()];
    return train(logStd as string, seed as number, steps as number, controls);
  },
  claims: [
    {
      id: "formula",
      claim: "The gradient of a Gaussian's $\\log\\pi(a)$ with respect to its mean is $(a-\\mu)/\\sigma^2$.",
      threshold:
        "Supported if the gradient of the library's own graph is within 1e-9 (relative) of the formula and of central differences.",
      judge(data) {
        const [{ formula, difference }] = where(data, { kind: "score" }) as { formula: number; difference: number }[];
        const measured = `at most ${told(formula)} from the formula, ${told(difference)} from differences`;
        return decided(formula < 1e-9 && difference < 1e-9, measured);
      },
    },
    {
      id: "direction",
      claim: "A step along it moves the mean towards a good action, also one below the mean, and away from a bad one.",
      threshold: "Supported if that is so in all of 1,000 random cases, and $\\log\\pi(a)$ rises or falls with it.",
      judge(data) {
        const [{ cases, right }] = where(data, { kind: "sign" }) as { cases: number; right: number }[];
        return decided(right === cases, `${told(right)} of ${told(cases)}`);
      },
    },
    {
      id: "size",
      claim:
        "Larger $\\sigma$ means a smaller score: of a given action as $1/\\sigma^2$, over the policy's own actions as $1/\\sigma$.",
      threshold:
        "Supported if the sizes are $1/\\sigma^2$ at distance 1 and $\\sqrt{2/\\pi}/\\sigma$ on average, to 1e-6 (relative), for $\\sigma$ from 0.1 to 5.",
      judge(data) {
        const rows = where(data, { kind: "size" }) as unknown as Size[];
        const off = (column: "given" | "own", exact: (sigma: number) => number) =>
          Math.max(...rows.map((row) => Math.abs(row[column] / exact(row.sigma) - 1)));
        const given = off("given", (sigma) => 1 / (sigma * sigma));
        const own = off("own", (sigma) => Math.sqrt(2 / Math.PI) / sigma);
        return decided(given < 1e-6 && own < 1e-6, `off by ${told(given)} and ${told(own)}`);
      },
    },
    {
      id: "entropy",
      claim:
        "The entropy is $\\log\\sigma + \\log(2\\pi e)/2$: it rises with $\\sigma$, and the mean does not change it.",
      threshold:
        "Supported if the library's entropy is within 1e-6 of the formula and of the integral of $-\\pi\\log\\pi$, for three means and six $\\sigma$.",
      judge(data) {
        const rows = where(data, { kind: "entropy" }) as unknown as {
          sigma: number;
          entropy: number;
          integral: number;
        }[];
        const exact = (sigma: number) => log(sigma) + (1 + logTwoPi) / 2;
        const off = Math.max(...rows.map(({ sigma, entropy }) => Math.abs(entropy - exact(sigma))));
        const apart = Math.max(...rows.map(({ entropy, integral }) => Math.abs(entropy - integral)));
        return decided(off < 1e-6 && apart < 1e-6, `off by ${told(off)}, and ${told(apart)} from the integral`);
      },
    },
    {
      id: "focuses",
      claim: "While the policy learns, a learned $\\sigma$ gets smaller.",
      threshold:
        "Supported if the interval of $\\sigma$ in the last update, as a share of that in the first, is below 1; not if above.",
      judge(data) {
        const shares = where(data, { kind: "run", logStd: "parameter" }).map(({ std }) => (std as number[]).at(-1)! / (std as number[])[0]); // prettier-ignore
        const bound = { below: 1, seeds: shares.length, atLeast: 10 };
        return judged("σ at the end, as a share of σ at the beginning:", estimate(shares), bound);
      },
    },
    {
      id: "smaller-updates",
      claim: "In states of larger $\\sigma$ an update changes the mean less.",
      threshold:
        "Supported if the interval of the rank correlation of $\\sigma(s)$ with $|\\Delta\\mu(s)|$, over the states of a training, is below 0; not if above.",
      judge(data) {
        const each = numbers(networks(data), "moved");
        return judged("rank correlation", estimate(each), { below: 0, seeds: each.length, atLeast: 10 });
      },
    },
  ],
  charts(data) {
    const rows = where(data, { kind: "size" }) as unknown as Size[];
    const line = (label: string, column: keyof Size) => ({
      label,
      points: rows.map((row) => ({ x: row.sigma, y: row[column] })),
    });
    const runs = where(data, { kind: "run" });
    const steps = Array.from(runs[0].std as number[], (_, i) => (i + 1) * stepsOfUpdate);
    const stds = [
      lineOver("one number", where(data, { kind: "run", logStd: "parameter" }), "std", steps),
      lineOver("output of the network", networks(data), "std", steps),
    ];
    return [
      {
        name: "size",
        title: "How large an update is, by $\\sigma$",
        caption:
          "The score of an action at distance 1; its mean size over the policy's own actions; and the mean size of $A$ times the score, where the advantage $A$ is the distance from the mean.",
        draw: (size) =>
          lineChart(
            [line("given action", "given"), line("own actions", "own"), line("own actions, times A", "weighted")],
            { x: "σ", y: "size", logX: true, logY: true, dots: true },
            size,
          ),
      },
      {
        name: "sigma",
        title: "$\\sigma$ while PPO learns Pendulum-v1",
        caption: "Interquartile means over seeds with 95 % intervals; of the network's $\\sigma$ the geometric mean over states.", // prettier-ignore
        draw: (size) => lineChart(stds, { x: "environment steps", y: "σ" }, size),
      },
      {
        name: "states",
        title: "Does $\\sigma$ of a state go with the size of its update?",
        caption:
          "Rank correlations over states, means over seeds with 95 % intervals: below 0 where larger $\\sigma$ means less.",
        draw: (size) =>
          intervalChart(
            [
              ["score", "score"],
              ["A · score", "term"],
              ["change of μ", "moved"],
            ].map(([label, column]) => {
              const each = numbers(networks(data), column);
              return { label: `σ and ${label}`, ...estimate(each), each };
            }),
            { x: "rank correlation", reference: 0 },
            size,
          ),
      },
    ];
  },
  discussion(data) {
    const rows = where(data, { kind: "size" }) as unknown as Size[];
    const [first, last] = [rows[0], rows[rows.length - 1]];
    const [score, term, moved] = ["score", "term", "moved"].map((column) => estimate(numbers(networks(data), column)));
    const spread = mean(numbers(networks(data), "spread"));
    return String.raw`
That updates are smaller where $\sigma$ is large holds for the score, and for a given action it is the variance that it
shrinks with. It need not hold for what is learned from: the score comes times an advantage, and actions that lie further
out also change the return more. Where the advantage is as large as the distance from the mean, its product with the score has a
mean size of ${told(first.weighted)} at $\sigma$ = ${told(first.sigma)} and of ${told(last.weighted)} at ${told(last.sigma)}.

In the trainings with a $\sigma$ for each state, a state at the 90th percentile has ${told(spread)} times the $\sigma$ of
one at the 10th. There the rank correlation of $\sigma$ is ${withInterval(score.value, score.interval)} with the size of the
score, ${withInterval(term.value, term.interval)} with the size of advantage times score, and
${withInterval(moved.value, moved.interval)} with how far an update moves the mean. ${reading(moved.value, moved.interval)}
`;
  },
};

interface Size {
  readonly sigma: number;
  readonly given: number;
  readonly own: number;
  readonly weighted: number;
}

const networks = (data: Data) => where(data, { kind: "run", logStd: "network" });

/** What the correlation with the change of the mean says; nothing where its interval has 0 in it. */
function reading(value: number, interval: Interval | null): string {
  if (!interval || interval[0] * interval[1] <= 0)
    return "So in these trainings the order of states by $\\sigma$ says nothing certain about the size of their updates.";
  return value > 0
    ? "So the mean moves further where $\\sigma$ is larger. One reason is PPO's own: its ratio of probabilities stays within $1 \\pm \\varepsilon$, and for the same ratio a mean may move in proportion to $\\sigma$. Another is the network, which states share: it moves them together, whatever the score of each."
    : "So the mean does move less where $\\sigma$ is larger, in spite of PPO's ratio, which would allow it to move further there.";
}
