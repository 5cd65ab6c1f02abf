// Exercise 2: one-step actor-critic against REINFORCE with a learned baseline, by the steps to a mean return of 195.

import { rewardToGo, tdAdvantages, type Trajectories } from "../../advantages/index.ts";
import { makeEnv, type Env, type Observation } from "../../envs/index.ts";
import { exp, log } from "../../math/index.ts";
import type { ActorCritic } from "../../policies/index.ts";
import { deviation, mean, median } from "../../runs/statistics.ts";
import { createTraining } from "../../training/index.ts";
import { intervalChart, lineChart } from "../charts.ts";
import {
  numbers,
  seeds,
  where,
  type Data,
  type Experiment,
  type Finding,
  type Row,
  type TrialControls,
} from "../experiment.ts";
import {
  decided,
  estimate,
  improvement,
  judged,
  pairedRatio,
  allOf,
  told,
  withInterval,
  type Estimate,
} from "../judge.ts";
import { endsOf, lineOver } from "../lines.ts";
import { sourceOf } from "../sources.ts";
import { trainCurve } from "../train-curve.ts";

const goal = 195;
const stretches = 50;
const totalSteps = (quick: boolean) => (quick ? 25_000 : 100_000);
const count = (quick: boolean) => (quick ? 2 : 20);

/** What the two have in common where nothing but the advantage and the time of updates differs. */
const equal = {
  gamma: 0.98,
  hidden: [64],
  learningRate: 1e-3,
  criticLearningRate: 5e-3,
  learningRateSchedule: "constant",
  maxGradientNorm: 1e9,
  normalizeObservations: false,
};

/** What is compared; presets where nothing is said. */
const arms = {
  mc: { label: "Monte Carlo, preset", algorithm: "reinforce", options: {} },
  td: { label: "TD, preset", algorithm: "actor-critic", options: {} },
  "mc-equal": { label: "Monte Carlo, equal", algorithm: "reinforce", options: equal },
  "td-equal": { label: "TD, equal", algorithm: "actor-critic", options: { ...equal, optimizer: "adam" } },
  "td-raw": { label: "TD, raw observations", algorithm: "actor-critic", options: { normalizeObservations: false } },
} as const;
type Arm = keyof typeof arms;
const armNames = Object.keys(arms) as Arm[];

/** After so many episodes both advantages are taken from the same steps. */
const stages = [25, 50, 100, 150];
const probeSteps = 3000;

/** Episodes of a policy, of at least so many steps together, with its critic's values. */
function play(env: Env, policy: ActorCritic, seed: number): Trajectories {
  const [rewards, values, nextValues, terminated, truncated]: number[][] = [[], [], [], [], []];
  policy.seed(seed);
  let observation: Observation = env.reset(seed).observation;
  for (let isOver = false; rewards.length < probeSteps || !isOver;) {
    const next = env.step(policy.act(observation));
    values.push(policy.value(observation));
    nextValues.push(policy.value(next.observation));
    rewards.push(next.reward);
    terminated.push(Number(next.terminated));
    truncated.push(Number(next.truncated));
    isOver = next.terminated || next.truncated;
    observation = isOver ? env.reset().observation : next.observation;
  }
  return {
    steps: rewards.length,
    environments: 1,
    rewards: Float64Array.from(rewards),
    values: Float64Array.from(values),
    nextValues: Float64Array.from(nextValues),
    terminated: Uint8Array.from(terminated),
    truncated: Uint8Array.from(truncated),
  };
}

/** Standard deviations of G − V and of δ over the same steps, and how long the episodes were. */
function spreads(trajectories: Trajectories, gamma: number) {
  const { steps, values, terminated, truncated } = trajectories;
  const returns = rewardToGo(trajectories, { gamma });
  const ends = terminated.reduce((n, x, t) => n + Math.max(x, truncated[t]), 0);
  return {
    length: steps / ends,
    monteCarlo: deviation(Array.from(returns, (g, t) => g - values[t])),
    td: deviation(Array.from(tdAdvantages(trajectories, { gamma }))),
  };
}

/** Counts steps until the mean of the last n returns, of at least n, is the goal. */
function stepsTo(n: number) {
  const returns: number[] = [];
  let reached: number | undefined;
  return {
    add(total: number, step: number) {
      returns.push(total);
      if (returns.length >= n && mean(returns.slice(-n)) >= goal) reached ??= step;
    },
    /** The budget, where the goal was never reached. */
    or: (budget: number) => Math.min(reached ?? budget, budget),
  };
}

async function train(arm: Arm, seed: number, steps: number, controls: TrialControls): Promise<Row[]> {
  const { algorithm, options } = arms[arm];
  const env = await makeEnv("CartPole-v1");
  const probes: ReturnType<typeof spreads>[] = [];
  const [of100, of10] = [stepsTo(100), stepsTo(10)];
  const input = { env: "CartPole-v1", seed, totalSteps: steps, entropyCoefficient: 0.01, ...options };
  const report = algorithm === "actor-critic" ? { reportEvery: 100 } : {};
  const { final, average, returns } = await trainCurve(algorithm, { ...input, ...report }, controls, {
    stretches,
    onUpdate({ finished, episodes }, training) {
      for (const episode of finished) for (const counter of [of100, of10]) counter.add(episode.return, episode.step);
      if (episodes >= stages[probes.length])
        probes.push(spreads(play(env, training.policy, seed), training.options.gamma as number));
    },
  });
  return [
    {
      to100: of100.or(steps),
      to10: of10.or(steps),
      final,
      average,
      returns,
      lengths: probes.map(({ length }) => length),
      monteCarlo: probes.map(({ monteCarlo }) => monteCarlo),
      td: probes.map(({ td }) => td),
    },
  ];
}

/** After how many steps the weights have changed. The first report is left out: it begins with steps without learning. */
async function countUpdates(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [algorithm, options] of [
    ["reinforce", {}],
    ["actor-critic", { reportEvery: 1 }],
  ] as const) {
    const training = await createTraining(algorithm, { env: "CartPole-v1", seed: 1, totalSteps: 300, ...options });
    const { step, episodes } = training.update();
    let changes = 0;
    for (let weights = training.weightsSha256(); !training.done;) {
      training.update();
      changes += Number(weights !== (weights = training.weightsSha256()));
    }
    const played = { steps: training.step - step, episodes: training.episodes - episodes };
    rows.push({ kind: "updates", algorithm, ...played, changes });
    training.close();
  }
  return rows;
}

const ofArm = (data: Data, arm: Arm) => where(data, { arm });

/** Variances of the two advantages as a ratio, at each stage that a run came to. */
const ratios = ({ monteCarlo, td }: Row): number[] =>
  (monteCarlo as number[]).map((sd, i) => (sd * sd) / ((td as number[])[i] * (td as number[])[i]));

export const experiment: Experiment = {
  name: "td-or-monte-carlo",
  title: "Actor-critic against Monte Carlo",
  place: "Exercise 2",
  question: "Does learning from one-step TD errors reach a mean return of 195 sooner than learning from whole returns?",
  lesson: String.raw`
REINFORCE with a baseline waits for the end of the episode and learns from $G_t - V(s_t)$. The one-step actor-critic
does not wait. It replaces the rest of the episode by the critic's opinion of the next state:

$$\delta_t = r_{t+1} + \gamma V(s_{t+1}) - V(s_t)$$

So it learns after each step, and the sum of all later rewards, with their chance, has left the estimate. What it pays
is bias: as long as the critic is wrong, so is $\delta_t$.

On CartPole-v1 a reward of 1 comes at each step, and a fall ends the episode. At the moment of a fall $\delta_t$ is
about $-V(s_t)$; before it, with a good critic, nearly 0.

Two comparisons. With their presets each has what it was found to work with: REINFORCE Adam, the actor-critic plain
SGD and standardized observations. With equal settings both have one hidden layer, $\gamma = 0.98$ and Adam with the same rates.
The bonus for entropy is 0.01 throughout.

A mean of 195 over 100 episodes takes at least 19,500 steps, for whoever learns at once. So the mean of
the last 10 is looked at as well.
`,
  code: [sourceOf("advantages/td.ts", "tdError"), sourceOf("advantages/returns.ts", "rewardToGo")],
  protocol: (quick) => ({
    trials: [
      { id: "updates", settings: { exact: true } },
      ...seeds(count(quick)).flatMap((seed) =>
        armNames.map((arm) => ({
          id: `${arm}-${seed}`,
          settings: { arm, seed, steps: totalSteps(quick) },
          weight: 10,
        })),
      ),
    ],
    words: `CartPole-v1, ${told(totalSteps(quick))} steps, seeds 1 to ${count(quick)} for each setting. A run that never gets to
195 counts with all its steps. Equal settings: one hidden layer of 64, $\\gamma = 0.98$, Adam at 0.001 for the policy and
0.005 for the critic, observations as they are. After ${stages.slice(0, -1).join(", ")} and ${stages.at(-1)} episodes the policy of the
moment plays ${told(probeSteps)} steps, and both advantages are taken from these, with the critic of the moment.`,
  }),
  async carryOut({ exact, arm, seed, steps }, controls) {
    return exact ? countUpdates() : train(arm as Arm, seed as number, steps as number, controls);
  },
  claims: [
    {
      id: "each-step",
      claim: "With TD the policy is updated after every step, with Monte Carlo only at the end of an episode.",
      threshold:
        "Supported if in 300 steps, less the first report, the actor-critic's weights change after each, and REINFORCE's as often as an episode ends.",
      judge(data) {
        const [mc, td] = ["reinforce", "actor-critic"].map((algorithm) => where(data, { kind: "updates", algorithm })[0]); // prettier-ignore
        const measured = `actor-critic ${String(td.changes)} updates in ${String(td.steps)} steps; REINFORCE ${String(mc.changes)} in ${String(mc.steps)} steps, ${String(mc.episodes)} episodes`;
        return decided(td.changes === td.steps && mc.changes === mc.episodes, measured);
      },
    },
    {
      id: "quieter",
      claim: "On the same steps, with the same critic, TD errors vary less than Monte Carlo advantages.",
      threshold:
        "Supported if for both presets the interval of the ratio of the variances, Monte Carlo over TD, geometric mean over stages, is above 1; not if for either it is below.",
      judge(data) {
        const found = (["mc", "td"] as const).map((arm) => {
          const each = ofArm(data, arm).map((row) => geometricMean(ratios(row)));
          return judged(arms[arm].label, estimate(each, geometricMean), { above: 1, seeds: each.length, atLeast: 10 });
        });
        return allOf(found);
      },
    },
    {
      id: "long-episodes",
      claim: "The difference grows while the policy learns and episodes get longer.",
      threshold:
        "Supported if for both presets the interval of the ratio of variances after 150 episodes, over that after 25, is above 1; not if for either it is below.",
      judge(data) {
        const found = (["mc", "td"] as const).map((arm) => {
          const each = ofArm(data, arm).map(ratios).filter(({ length }) => length === stages.length); // prettier-ignore
          const growth = each.length === 0 ? noEstimate : pairedRatio(each.map((r) => r.at(-1)!), each.map((r) => r[0]), geometricMean); // prettier-ignore
          return judged(arms[arm].label, growth, { above: 1, seeds: each.length, atLeast: 10 });
        });
        return allOf(found);
      },
    },
    {
      id: "faster",
      claim: "With its preset TD reaches a mean return of 195 in fewer steps than Monte Carlo with its own.",
      threshold:
        "Supported if the interval of the probability that a seed of TD needs fewer steps than one of Monte Carlo is above a half; not if below.",
      judge: (data) => race(data, "td", "mc"),
    },
    {
      id: "faster-equal",
      claim: "With equal settings TD reaches it in fewer steps than Monte Carlo.",
      threshold:
        "Supported if the interval of the probability that a seed of TD needs fewer steps than one of Monte Carlo is above a half; not if below.",
      judge: (data) => race(data, "td-equal", "mc-equal"),
    },
  ],
  charts(data) {
    const [{ steps }] = ofArm(data, "mc");
    const ends = endsOf(stretches, steps as number);
    const curves = armNames.map((arm) => lineOver(arms[arm].label, ofArm(data, arm), "returns", ends));
    const spread = (["mc", "td"] as const).flatMap((arm) =>
      (["monteCarlo", "td"] as const).map((column) =>
        lineOver(
          `${column === "td" ? "δ" : "G − V"}, ${arm === "td" ? "TD's run" : "Monte Carlo's run"}`,
          ofArm(data, arm),
          column,
          stages,
        ),
      ),
    );
    return [
      {
        name: "curves",
        title: "Return against steps",
        caption: "Interquartile means over seeds, with their 95 % intervals.",
        draw: (size) => lineChart(curves, { x: "environment steps", y: "return", yRange: [0, 500] }, size),
      },
      {
        name: "steps",
        title: "Steps to a mean return of 195 over 100 episodes",
        caption: "Medians with 95 % intervals, single seeds faint. No run can have less than 19,500.",
        draw: (size) => intervalChart(toGoal(data, "to100"), { x: "environment steps" }, size),
      },
      {
        name: "first",
        title: "Steps to a mean return of 195 over 10 episodes",
        caption: "The same with a shorter memory: how soon it is there for the first time.",
        draw: (size) => intervalChart(toGoal(data, "to10"), { x: "environment steps" }, size),
      },
      {
        name: "spread",
        title: "How much advantages vary",
        caption: "Standard deviations over the same steps, with the critic of the moment; interquartile means over seeds.", // prettier-ignore
        draw: (size) => lineChart(spread, { x: "after episodes", y: "deviation", dots: true, logY: true }, size),
      },
    ];
  },
  discussion(data) {
    const [{ steps }] = ofArm(data, "mc");
    const reached = (arm: Arm) => {
      const each = numbers(ofArm(data, arm), "to100");
      return `${each.filter((n) => n < (steps as number)).length} of ${each.length}`;
    };
    const soon = (arm: Arm) => told(median(numbers(ofArm(data, arm), "to10")));
    const last = (arm: Arm) => {
      const { value, interval } = estimate(numbers(ofArm(data, arm), "final"));
      return withInterval(value, interval);
    };
    const at = (arm: Arm, stage: number) =>
      told(geometricMean(ofArm(data, arm).flatMap((row) => ratios(row).at(stage) ?? [])));
    const early = improvement(numbers(ofArm(data, "mc"), "to10"), numbers(ofArm(data, "td"), "to10"));
    const equalEarly = improvement(numbers(ofArm(data, "mc-equal"), "to10"), numbers(ofArm(data, "td-equal"), "to10"));
    return String.raw`
The exercise's own measure can hide a difference, since 100 episodes of 195 are 19,500 steps by themselves. By the mean of 10
episodes Monte Carlo is there after ${soon("mc")} steps with its preset and ${soon("mc-equal")} with equal settings, TD after
${soon("td")} and ${soon("td-equal")} (medians). The probability that a run of TD is there first is
${withInterval(early.value, early.interval)} with presets and ${withInterval(equalEarly.value, equalEarly.interval)} with equal settings.

TD errors are quiet where the critic is good. In Monte Carlo's run the variance of its advantages is ${at("mc", 0)} times that of the TD
errors after ${stages[0]} episodes and ${at("mc", -1)} times after the last look; in the actor-critic's own run, whose critic learns from its
own guesses, ${at("td", 0)} and ${at("td", -1)} times.

Variance is one side of it. Monte Carlo's noise is added up over an episode, and one step of Adam is made of the sum; TD makes a step out of
every number, each leaning on the critic. What that takes of the inputs shows in one more setting: with observations that are not standardized,
and nothing else changed, the actor-critic's preset gets to 195 on ${reached("td-raw")} seeds, after a median of
${told(median(numbers(ofArm(data, "td-raw"), "to100")))} steps; as it is, on ${reached("td")}, after ${told(median(numbers(ofArm(data, "td"), "to100")))}.

Getting there is not staying there. The mean of the last 100 returns, once all steps are done, is ${last("mc")} for Monte Carlo with
its preset and ${last("mc-equal")} with equal settings, ${last("td")} for TD with its preset and ${last("td-equal")} with equal ones.
`;
  },
};

const geometricMean = (values: readonly number[]) => exp(mean(values.map(log)));

/** Where there is nothing to estimate from. */
const noEstimate: Estimate = { value: NaN, interval: null };

/** Which of two settings is there first; runs that never are count with all their steps. */
function race(data: Data, td: Arm, mc: Arm): Finding {
  const [a, b] = [td, mc].map((arm) => numbers(ofArm(data, arm), "to100"));
  const medians = `medians ${told(median(a))} steps with TD, ${told(median(b))} with Monte Carlo`;
  const finding = judged("probability that TD needs fewer", improvement(b, a), { above: 0.5, seeds: a.length, atLeast: 20 }); // prettier-ignore
  return { ...finding, measured: `${medians}; ${finding.measured}` };
}

const toGoal = (data: Data, column: string) =>
  armNames.map((arm) => {
    const each = numbers(ofArm(data, arm), column);
    return { label: arms[arm].label, ...estimate(each, median), each };
  });
